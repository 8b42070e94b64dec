"""When a program may sign in again, and when somebody else seems to: rules over the history."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.sign_in import (
    SignIn,
    SignInKind,
    SignInOutcome,
    ceiling_of,
    cooldown_of,
    ended_elsewhere,
)
from domain.verdict import VerdictKind

DAY = datetime(2026, 3, 3, tzinfo=UTC)
SLOT = timedelta(minutes=20)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def failed(hour: float, verdict: VerdictKind = VerdictKind.SIGNED_OUT) -> SignIn:
    return SignIn(SignInKind.PROGRAM, SignInOutcome.FAILED, at(hour), at(hour), verdict=verdict)


def life(begin: float, end: float | None, kind: SignInKind = SignInKind.PROGRAM) -> SignIn:
    """A session that held from `begin` to `end` (None: it lives), in hours of the day."""
    alive = at(end - 0.01) if end is not None else at(begin)
    ended = None if end is None else at(end)
    return SignIn(kind, SignInOutcome.HELD, at(begin), at(begin), alive, ended)


@pytest.mark.parametrize(("failures", "minutes"), [(1, 5), (2, 10), (3, 20), (7, 320), (9, 360)])
def test_the_rest_after_failures_doubles_to_six_hours(failures: int, minutes: int) -> None:
    history = [failed(1 + place / 100) for place in range(failures)]
    wait = cooldown_of(history, history[-1].at)
    assert wait is not None
    assert wait.seconds == minutes * 60
    assert cooldown_of(history, history[-1].at + timedelta(minutes=minutes)) is None


def test_one_that_held_and_a_person_begin_anew() -> None:
    for ending in (life(2, None), life(2, None, SignInKind.PERSON)):
        assert cooldown_of([failed(1), failed(1.5), ending], at(2)) is None
    after = [failed(1), failed(1.5), life(2, 3), failed(3)]
    wait = cooldown_of(after, at(3))
    assert wait is not None
    assert wait.seconds == 300


def test_nobody_knows_what_came_of_it_is_a_failure_and_a_refused_password_is_none() -> None:
    unknown = replace(failed(1), outcome=SignInOutcome.TYPED)
    assert cooldown_of([unknown], at(1)) is not None
    assert cooldown_of([failed(1, VerdictKind.BAD_CREDENTIALS)], at(1)) is None


def test_the_ceiling_counts_programs_of_today() -> None:
    yesterday = failed(-1)
    person = life(1, 2, SignInKind.PERSON)
    history = [yesterday, person, failed(3), failed(4)]
    assert ceiling_of(history, 3, DAY, at(24), at(5)) is None
    wait = ceiling_of(history, 2, DAY, at(24), at(5))
    assert wait is not None
    assert wait.seconds == 19 * 3600


SHARED = [life(1, 3), life(3, 4), life(4, None)]
"""Sessions of 2 h, then 1 h: nothing that a site does by itself."""


def test_two_sessions_that_ended_before_their_time_were_ended_elsewhere() -> None:
    assert ended_elsewhere(SHARED, (), DAY, SLOT) == tuple(SHARED[:2])


def test_a_session_that_never_outlasts_the_next_visit_is_ended_elsewhere_each_time() -> None:
    history = [life(1, 1.33), life(1.33, 1.67), life(1.67, None)]
    assert len(ended_elsewhere(history, (), DAY, SLOT)) == 2


def test_sessions_that_last_alike_are_ended_by_the_site() -> None:
    history = [life(1, 5), life(5, 9.2), life(9.2, 13.1), life(13.1, None)]
    assert ended_elsewhere(history, (), DAY, SLOT) == (history[0],)


def test_a_session_whose_cookie_had_ended_was_not_ended_elsewhere() -> None:
    history = [replace(SHARED[0], expired=True), *SHARED[1:]]
    assert ended_elsewhere(history, (), DAY, SLOT) == (SHARED[1],)


def test_what_was_before_a_persons_word_and_before_today_counts_no_more() -> None:
    cleared = SignIn(SignInKind.CLEARED, SignInOutcome.HELD, at(4.5), at(4.5))
    assert ended_elsewhere([*SHARED, cleared], (), DAY, SLOT) == ()
    assert ended_elsewhere(SHARED, (), at(3.5), SLOT) == (SHARED[1],)


def test_where_the_others_ended_as_well_the_site_did_it() -> None:
    lives_on = [replace(life(0, None), alive_at=at(5))]
    ended_too = [
        replace(life(0, 3.1), alive_at=at(2.8)),
        replace(life(3.1, 4.1), alive_at=at(3.8)),
        life(4.1, None),
    ]
    unknown = [replace(life(0, None), alive_at=at(2.9))]
    assert len(ended_elsewhere(SHARED, (lives_on,), DAY, SLOT)) == 2
    assert ended_elsewhere(SHARED, (ended_too,), DAY, SLOT) == ()
    assert ended_elsewhere(SHARED, (unknown,), DAY, SLOT) == (SHARED[1],)
