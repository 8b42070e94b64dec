"""A site that turns us away is left alone, then looked at by one visit, and every turn is told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from domain.clock import SteppedClock
from domain.grant import Grant, Wait
from domain.request_budget import RequestBudget
from pace.breaker import FIRST_SECONDS, LONGEST_SECONDS, LOOKING_SECONDS, Breaker, Position, Turned
from pace.budget import Pace
from pace.state import State, from_text, to_text
from pace.store import Store


def opened(now: float = 1000.0) -> Breaker:
    return Breaker().opened(now, 600, "it refused us")


def waits(breaker: Breaker, visit: str, now: float) -> Wait:
    after, wait = breaker.entered(visit, now)
    assert wait is not None
    assert after == breaker
    return wait


def let_in(breaker: Breaker, visit: str, now: float) -> Breaker:
    after, wait = breaker.entered(visit, now)
    assert wait is None
    return after


def test_while_it_is_open_nobody_comes_and_then_exactly_one() -> None:
    breaker = opened()
    assert waits(breaker, "one", 1000.0) == Wait(600.0, "it refused us")
    assert waits(breaker, "one", 1599.0).seconds == 1.0
    looked_at = let_in(breaker, "one", 1600.0)
    assert looked_at.position is Position.HALF_OPEN
    assert "one visit looks first, as it refused us" in waits(looked_at, "two", 1601.0).reason
    assert let_in(looked_at, "one", 1602.0) == looked_at, "it prolongs its place"


def test_a_page_that_was_read_lets_everybody_in_again() -> None:
    looked_at = let_in(opened(), "one", 1600.0)
    assert looked_at.worked() == Breaker()
    assert opened().worked() == opened(), "a visit that was there before proves nothing"


def test_what_it_meets_again_keeps_everybody_away_for_longer_each_time() -> None:
    breaker, now, rests = Breaker(), 0.0, []
    for login in ("kim", "lee", "park"):
        breaker = breaker.failed(login, now, "unreachable")
    for _ in range(6):
        rests.append(breaker.until - now)
        now = breaker.until
        breaker = let_in(breaker, "one", now).failed("kim", now, "unreachable")
    assert rests == [300, 600, 1200, 2400, LONGEST_SECONDS, LONGEST_SECONDS]
    let_in(breaker, "one", breaker.until).worked()


def test_it_takes_three_logins_in_a_row_lately_and_none_that_read_a_page() -> None:
    two = Breaker().failed("kim", 10, "down").failed("lee", 20, "down")
    assert two.failed("kim", 30, "down").position is Position.CLOSED, "the same login again"
    assert two.worked().failed("park", 30, "down").position is Position.CLOSED
    assert two.failed("park", 1815, "down").position is Position.CLOSED, "kim's was long ago"
    third = two.failed("park", 30, "down")
    assert third.position is Position.OPEN
    assert (third.until, third.reason) == (30 + FIRST_SECONDS, "3 logins in a row: down")


def test_a_visit_that_died_or_saw_nothing_leaves_its_look_to_another() -> None:
    looked_at = let_in(opened(), "one", 1600.0)
    assert let_in(looked_at.left("one"), "two", 1601.0).looks == "two"
    assert looked_at.left("another") == looked_at
    assert let_in(looked_at, "two", 1600.0 + LOOKING_SECONDS).looks == "two"


def test_a_shorter_rest_never_ends_a_longer_one() -> None:
    assert opened().opened(1010.0, 5, "something less").until == 1600.0


def test_it_travels_and_a_state_of_before_has_none() -> None:
    breaker = Breaker().failed("kim", 10, "down")
    for one in (breaker, opened(), let_in(opened(), "one", 1600.0)):
        assert from_text(to_text(State(breaker=one)), "moment").breaker == one
    assert from_text('{"at": 1.0}', "moment").breaker == Breaker()
    assert opened().shifted(-100).until == 1500.0


@pytest.fixture
def told() -> list[tuple[Turned, str]]:
    return []


@pytest.fixture
def pace(store: Store, told: list[tuple[Turned, str]]) -> Pace:
    clock = SteppedClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC))
    budget = RequestBudget(requests_per_second=100, concurrent_visits=5)
    return Pace(store, {"moment": budget}, clock, told=lambda *change: told.append(change))


def test_every_turn_is_told_once_with_its_reason(
    pace: Pace, told: list[tuple[Turned, str]]
) -> None:
    for number, login in enumerate(("kim", "lee", "park", "choi")):
        pace.failed("moment", f"visit {number}", login, "maintenance")
    assert isinstance(pace.ask("moment", "creatives", warm=True), Wait)
    assert isinstance(pace.enter("moment", "visit 5", 60), Wait)
    stands = pace.snapshot("moment")
    assert (stands.breaker, stands.closed is not None) == (Position.OPEN, True)
    ((change, visit),) = told
    assert (change.before, change.after, visit) == (Position.CLOSED, Position.OPEN, "visit 2")
    assert change.reason == "3 logins in a row: maintenance"
    assert 290 < change.seconds <= 300


def test_one_visit_looks_and_its_page_opens_the_site_to_all(
    pace: Pace, told: list[tuple[Turned, str]]
) -> None:
    pace.turned_away("moment", "visit 1", 0.0, "it refused us")
    assert pace.enter("moment", "visit 2", 60) is None
    assert isinstance(pace.enter("moment", "visit 3", 60), Wait)
    assert isinstance(pace.ask("moment", "creatives", warm=True), Grant)
    assert pace.snapshot("moment").closed is not None, "not yet open to all"
    pace.leave("moment", "visit 2")
    assert pace.enter("moment", "visit 3", 60) is None
    pace.worked("moment", "visit 3")
    assert pace.enter("moment", "visit 4", 60) is None
    assert pace.snapshot("moment").closed is None
    turns = [(change.after, visit) for change, visit in told]
    assert turns == [
        (Position.OPEN, "visit 1"),
        (Position.HALF_OPEN, "visit 2"),
        (Position.CLOSED, "visit 3"),
    ]
    assert {change.reason for change, _ in told} == {"it refused us"}
