"""When a watch burns money: from its rows alone, the same whoever asks and however often."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from costs.alerting import Evidence, burning, stopped_since
from costs.errors import NoTarget
from costs.flag import Flag
from costs.rows import SlotCost, unit_cost

BEGIN = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
SLOT = timedelta(minutes=20)
TARGET = 30_000
Amounts = tuple[int | None, int | None]
GOOD: Amounts = (120_000, 5)
BAD: Amounts = (120_000, 0)
PAUSED: Amounts = (0, 0)


def rows(*amounts: Amounts, begin: datetime = BEGIN, long: timedelta = SLOT) -> list[SlotCost]:
    """Consecutive intervals from `begin` on."""
    return [
        SlotCost(begin + (n + 1) * long, begin + n * long, *pair, unit_cost(*pair), 0, frozenset())
        for n, pair in enumerate(amounts)
    ]


def alerts(found: Sequence[SlotCost]) -> list[tuple[int, str]]:
    """Go through the slots one after the other, as the scheduler does: what is told when."""
    told, since, said = False, None, []
    for number in range(1, len(found) + 1):
        shown = burning(found[:number], TARGET, told, since)
        if shown is not None and not told:
            told = True
            said.append((number, "begin"))
        elif shown is None and told:
            told, since = False, found[number - 1].slot_at
            said.append((number, "over"))
    return said


def test_a_burning_ad_is_told_after_two_slots_and_over_after_three_calm_ones() -> None:
    found = rows(*[GOOD] * 9, *[BAD] * 6, *[GOOD] * 12)
    assert alerts(found) == [(11, "begin"), (20, "over")]


def test_what_was_over_is_not_raised_again_by_its_own_past() -> None:
    """The day still costs too much on the whole, and nobody is told of that twice."""
    found = rows(*[GOOD] * 6, *[BAD] * 12, *[GOOD] * 30)
    assert [what for _, what in alerts(found)] == ["begin", "over"]


def test_one_bad_slot_is_chance() -> None:
    assert alerts(rows(*[GOOD] * 6, BAD, *[GOOD] * 6, BAD, *[GOOD] * 6)) == []


def test_the_evidence_is_the_span_that_says_most() -> None:
    found = rows(*[GOOD] * 6, BAD, BAD)
    assert burning(found, TARGET, told=False) == Evidence(timedelta(minutes=40), 240_000, 0)
    assert burning(found, TARGET, told=True) == Evidence(timedelta(hours=1), 360_000, 5)


def test_an_ad_that_spends_slowly_is_told_when_enough_was_spent_and_not_before() -> None:
    found = rows(*[(10_000, 0)] * 40)
    ((slot, what),) = alerts(found)
    assert what == "begin"
    assert 7 * TARGET < slot * 10_000 < 11 * TARGET, "the spans are not every length"


def test_three_times_the_target_with_many_results_is_told() -> None:
    found = rows(*[(300_000, 10)] * 6, *[(300_000, 3)] * 4)
    assert [what for _, what in alerts(found)] == ["begin"]


def test_a_little_over_the_target_is_nobodys_message() -> None:
    assert alerts(rows(*[(330_000, 10)] * 100)) == []


def test_an_ad_that_was_stopped_burns_no_more() -> None:
    found = rows(*[GOOD] * 6, BAD, BAD, *[PAUSED] * 6)
    assert alerts(found) == [(8, "begin"), (13, "over")]


def test_what_is_not_known_says_nothing() -> None:
    unknown: Amounts = (None, None)
    assert alerts(rows(*[GOOD] * 6, unknown, unknown, unknown)) == []
    assert burning([], TARGET, told=False) is None
    assert burning(rows(BAD), TARGET, told=False) is None, "one slot is none in a row"


def test_people_who_leave_a_channel_are_no_burning_ad() -> None:
    assert alerts(rows(*[GOOD] * 6, (120_000, -40), *[GOOD] * 6)) == []


def test_a_refund_lowers_the_spend() -> None:
    assert alerts(rows(*[GOOD] * 6, BAD, (-100_000, 0), *[GOOD] * 3)) == []


def test_a_missed_slot_makes_one_longer_slot() -> None:
    found = rows(*[GOOD] * 6)
    later = rows((240_000, 0), (240_000, 0), begin=found[-1].slot_at, long=2 * SLOT)
    assert alerts(found + later) == [(8, "begin")]


def test_without_a_target_there_is_nothing_to_hold_it_against() -> None:
    with pytest.raises(NoTarget):
        burning(rows(BAD, BAD), 0, told=False)


@pytest.mark.parametrize("seed", range(3))
def test_chance_alone_is_no_alert(seed: int) -> None:
    """A week at two thirds of the target: results as Poisson's law has them."""
    draw = Random(seed)
    spends = [draw.randint(20_000, 90_000) for _ in range(504)]
    amounts: list[Amounts] = [(spend, poisson(draw, spend / 20_000)) for spend in spends]
    assert alerts(rows(*amounts)) == []


def poisson(draw: Random, mean: float) -> int:
    """Count arrivals within `mean`."""
    at, count = draw.expovariate(1), 0
    while at < mean:
        at, count = at + draw.expovariate(1), count + 1
    return count


RUNNING: Amounts = (9_000, 1)
DAY = timedelta(days=1)


def history(*amounts: Amounts) -> list[SlotCost]:
    """A day that runs, and then these; the last but these begins at 10:00 in Seoul."""
    found = rows(*[RUNNING] * 75, begin=BEGIN - DAY - timedelta(hours=1))
    return found + rows(*amounts, begin=found[-1].slot_at)


def test_spend_that_stands_still_for_an_hour_has_stopped() -> None:
    assert stopped_since(history(PAUSED, PAUSED), (), told=False) is None
    assert stopped_since(history(PAUSED, PAUSED, PAUSED), (), told=False) == BEGIN
    assert stopped_since(history(*[PAUSED] * 5), (), told=False) == BEGIN
    assert stopped_since(history(*[PAUSED] * 5), (), told=True) == BEGIN
    assert stopped_since(history(*[PAUSED] * 5, RUNNING), (), told=True) is None


def test_an_ad_that_rests_at_this_time_of_other_days_has_not_stopped() -> None:
    still = history(PAUSED, PAUSED, PAUSED)
    rested = [
        one if abs(one.slot_at - BEGIN + DAY) > SLOT else rows(PAUSED, begin=one.interval_start)[0]
        for one in still
    ]
    assert stopped_since(rested, (), told=False) is None, "yesterday"
    week_ago = rows(*[PAUSED] * 18, begin=BEGIN - 7 * DAY - timedelta(hours=3))
    assert stopped_since(still, week_ago, told=False) is None, "a week ago"
    week_ago = rows(*[RUNNING] * 18, begin=BEGIN - 7 * DAY - timedelta(hours=3))
    assert stopped_since(still, week_ago, told=False) == BEGIN


def test_what_was_not_read_has_not_stopped() -> None:
    unknown: Amounts = (None, None)
    assert stopped_since(history(PAUSED, unknown, PAUSED, PAUSED), (), told=False) is None
    assert stopped_since(rows(*[PAUSED] * 9), (), told=False) is None, "it never ran"
    assert stopped_since([], (), told=False) is None


def test_flags_of_a_row_change_nothing() -> None:
    """What is skewed or was held is still a part of the same sum."""
    found = rows(*[GOOD] * 6, BAD, BAD)
    flagged = [
        SlotCost(
            one.slot_at,
            one.interval_start,
            one.spend,
            one.results,
            one.unit_cost,
            0,
            frozenset({Flag.SKEWED, Flag.HELD}),
        )
        for one in found
    ]
    assert burning(flagged, TARGET, told=False) == burning(found, TARGET, told=False)
