from __future__ import annotations

import pytest

from domain.session import SessionState
from domain.verdict import Verdict, VerdictKind
from workers.follow_up import FOLLOW_UPS, follow_up


def test_every_verdict_has_its_follow_up() -> None:
    assert set(FOLLOW_UPS) == set(VerdictKind)


@pytest.mark.parametrize("kind", [kind for kind in VerdictKind if kind.needs_human])
def test_what_only_a_person_can_do_waits_without_an_attempt(kind: VerdictKind) -> None:
    row = follow_up(Verdict(kind))
    assert row.login_state is SessionState.NEEDS_HUMAN
    assert row.wait_seconds is not None
    assert not row.charges_attempt
    assert "danga session refresh" in row.next_step


def test_an_overloaded_site_is_left_alone_as_long_as_it_asked() -> None:
    row = follow_up(Verdict(VerdictKind.OVERLOADED, retry_after_seconds=90))
    assert row.wait_after(attempts=3) == 90


def test_waits_double_with_each_attempt_up_to_an_hour() -> None:
    row = FOLLOW_UPS[VerdictKind.UNREACHABLE]
    waits = [row.wait_after(attempts) for attempts in range(12)]
    assert waits[:4] == [60, 120, 240, 480]
    assert waits[-1] == 3600


def test_our_own_trouble_charges_the_visit_nothing() -> None:
    assert not FOLLOW_UPS[VerdictKind.OURS].charges_attempt


def test_a_wrong_page_gives_no_second_try_in_its_slot_and_stops_the_login() -> None:
    for kind in (VerdictKind.WRONG_ACCOUNT, VerdictKind.WRONG_VIEW):
        assert FOLLOW_UPS[kind].wait_after(0) is None
        assert FOLLOW_UPS[kind].login_state is SessionState.NEEDS_HUMAN
