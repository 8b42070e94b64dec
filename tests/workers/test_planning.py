"""When logins start within a slot: together, spread by what they read, never all at once."""

from __future__ import annotations

from itertools import pairwise

import pytest

from domain.together import merged
from workers.planning import JITTER_SECONDS, Reader, after_delay, spread_for, start_offsets

MOMENT, CHANNEL = frozenset({"moment"}), frozenset({"channel"})


def readers(*names: str, sites: frozenset[str] = MOMENT, accounts: int = 1) -> list[Reader]:
    return [Reader(name, sites, accounts) for name in names]


def test_logins_of_one_watch_start_together_and_get_the_room_of_all_of_them() -> None:
    logins = readers("park", "kim", "lee", "choi", "shin")
    together = merged([{"kim", "lee"}, {"lee", "park"}])
    offsets = start_offsets(logins, together, {"moment": 0.5}, 1200)
    assert offsets["choi"] == 0
    assert offsets["kim"] == offsets["lee"] == offsets["park"]
    assert 120 - JITTER_SECONDS <= offsets["kim"] <= 120
    assert 480 - JITTER_SECONDS <= offsets["shin"] <= 480


def test_a_login_has_the_same_offset_in_every_slot() -> None:
    one = start_offsets(readers("a", "b", "c"), [], {}, 1200)
    other = start_offsets(readers("c", "a", "b"), [], {}, 1200)
    assert one == other


def test_the_starts_at_each_site_are_spread_over_the_part_of_the_slot_that_it_needs() -> None:
    """Although all logins of one site come before those of the other by name."""
    busy = readers(*(f"a{number:03}" for number in range(180)))
    calm = readers(*(f"b{number}" for number in range(6)), sites=CHANNEL)
    offsets = start_offsets([*calm, *busy], [], {"moment": 0.9, "channel": 0.5}, 1200)
    starts = sorted(offsets[one.login] for one in busy)
    assert max(starts) < 0.9 * 1200
    assert all(4 <= later - before <= 8 for before, later in pairwise(starts))
    channel = sorted(offsets[one.login] for one in calm)
    assert 450 < channel[-1] - channel[0] < 600
    assert max(channel) < 600


def test_a_login_of_many_accounts_is_left_more_room() -> None:
    logins = [Reader("a", MOMENT, accounts=9), *readers("b", "c")]
    offsets = start_offsets(logins, [], {"moment": 0.55}, 2000)
    assert 900 - JITTER_SECONDS <= offsets["b"] <= 900
    assert 1000 - JITTER_SECONDS <= offsets["c"] <= 1000


def test_a_watch_over_a_login_that_is_switched_off_joins_nothing() -> None:
    assert start_offsets(readers("a"), [{"a", "gone"}, {"away"}], {}, 600) == {"a": 0}


def test_no_logins_need_no_plan() -> None:
    assert start_offsets([], [], {}, 600) == {}


@pytest.mark.parametrize("late", [30.0, 300.0, 900.0, 1199.0])
def test_after_an_outage_a_slot_begins_softly_and_within_itself(late: float) -> None:
    offsets = [10.0 * number for number in range(60)]
    starts = sorted(after_delay(offset, late, 1200.0) for offset in offsets)
    assert max(starts) <= max(1200.0 - late, 0.0)
    assert len(set(starts)) >= len(starts) // 2, "two of them may meet, all of them never do"


def test_whoever_is_planned_in_time_starts_as_planned() -> None:
    assert [after_delay(offset, 0.0, 1200.0) for offset in (0.0, 7.5, 600.0)] == [0, 7.5, 600]


def test_the_busier_a_site_the_longer_its_starts_take() -> None:
    shares = [spread_for(share) for share in (0.0, 0.4, 0.5, 0.6, 0.7, 2.0)]
    assert shares == [0.5, 0.5, 0.6, 0.8, 0.9, 0.9]
