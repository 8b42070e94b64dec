"""One suite for the shipped fake, SQLite, MariaDB and Redis."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import crawler.ports
from domain.clock import SteppedClock
from domain.errors import DangaError
from domain.grant import Grant, Wait
from domain.request_budget import RequestBudget
from pace.adaptation import START_SHARE
from pace.budget import Pace
from pace.errors import NoBudget
from pace.store import Store
from tests.servers import wait_until

NOON = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
SLOW = RequestBudget(requests_per_second=0.01, burst=60, concurrent_visits=2)
QUICK = replace(SLOW, requests_per_second=16.0)
BUDGETS = {"slow": SLOW, "quick": QUICK, "small": replace(SLOW, requests_per_day=70)}


@pytest.fixture
def clock() -> SteppedClock:
    return SteppedClock(NOON)


@pytest.fixture
def pace(store: Store, clock: SteppedClock) -> Pace:
    return Pace(store, BUDGETS, clock)


def as_a_visit_sees_it(pace: Pace) -> crawler.ports.Pace:
    """The type checker proves that the pace fills the visit's port."""
    return pace


def granted(pace: Pace, site: str, page: str = "creatives", *, warm: bool = True) -> Grant:
    answer = pace.ask(site, page, warm=warm)
    assert isinstance(answer, Grant), answer
    return answer


def test_a_grant_is_spent_until_it_is_settled_and_then_costs_what_was_sent(pace: Pace) -> None:
    grant = granted(pace, "slow", warm=False)
    assert (grant.site, grant.page, grant.warm, grant.requests) == ("slow", "creatives", False, 60)
    assert isinstance(pace.ask("slow", "creatives", warm=True), Wait)
    pace.settle(grant, 41)
    assert pace.snapshot("slow").spent_today == 41
    assert pace.snapshot("slow").available == 19
    assert granted(pace, "slow").requests == 8


def test_settling_a_grant_twice_charges_it_once(pace: Pace) -> None:
    grant = granted(pace, "slow")
    pace.settle(grant, 30)
    pace.settle(grant, 30)
    assert pace.snapshot("slow").spent_today == 30
    assert pace.snapshot("slow").available == 30


def test_what_was_sent_without_a_grant_is_paid_by_rate_and_day_and_teaches_no_cost(
    pace: Pace,
) -> None:
    pace.charge("slow", 55)
    assert (pace.snapshot("slow").spent_today, pace.snapshot("slow").available) == (55, 5)
    assert isinstance(pace.ask("slow", "creatives", warm=True), Wait)
    assert granted(pace, "quick").requests == 8
    with pytest.raises(ValueError, match="-1 requests"):
        pace.charge("slow", -1)


def test_what_a_page_cost_is_known_to_whoever_asks_next(
    store: Store, pace: Pace, clock: SteppedClock
) -> None:
    pace.settle(granted(pace, "slow", warm=True), 5)
    another_process = as_a_visit_sees_it(Pace(store, lambda _: SLOW, clock))
    answer = another_process.ask("slow", "creatives", warm=True)
    assert isinstance(answer, Grant)
    assert answer.requests == 5


def test_a_closed_site_tells_everybody_why_and_a_shorter_rest_does_not_open_it(
    pace: Pace,
) -> None:
    pace.turned_away("slow", "a", 600, "it refused us")
    pace.turned_away("slow", "b", 5, "something less")
    for answer in (pace.enter("slow", "a", 60), pace.ask("slow", "creatives", warm=True)):
        assert isinstance(answer, Wait)
        assert 590 < answer.seconds <= 600
        assert answer.reason == "it refused us"


def test_the_rate_runs_on_the_stores_own_clock(pace: Pace) -> None:
    pace.settle(granted(pace, "quick", warm=False), 60)
    wait = pace.ask("quick", "creatives", warm=True)
    assert isinstance(wait, Wait)
    assert wait.reason == "request rate"
    assert 0 < wait.seconds <= 8 / (16 * START_SHARE)
    wait_until(lambda: isinstance(pace.ask("quick", "creatives", warm=True), Grant))


def test_sites_do_not_share_a_budget(pace: Pace) -> None:
    pace.settle(granted(pace, "slow", warm=False), 60)
    assert granted(pace, "small").requests == 8


def test_a_place_is_taken_until_it_is_left(pace: Pace) -> None:
    assert pace.enter("slow", "visit-1", 60) is None
    assert pace.enter("slow", "visit-2", 60) is None
    assert pace.enter("slow", "visit-2", 60) is None
    crowded = pace.enter("slow", "visit-3", 60)
    assert crowded is not None
    assert crowded.reason == "2 visits already there"
    assert pace.snapshot("slow").concurrent == 2
    pace.leave("slow", "visit-1")
    pace.leave("slow", "visit-1")
    assert pace.enter("slow", "visit-3", 60) is None


def test_the_place_of_a_killed_worker_frees_itself_by_the_stores_clock(pace: Pace) -> None:
    pace.enter("slow", "killed-1", 0.5)
    pace.enter("slow", "killed-2", 0.5)
    assert pace.enter("slow", "next", 60) is not None
    wait_until(lambda: pace.enter("slow", "next", 60) is None)


def test_retry_after_closes_the_site_for_everybody_and_is_never_shortened(pace: Pace) -> None:
    pace.overloaded("slow", 30)
    pace.overloaded("slow", 1)
    wait = pace.ask("slow", "creatives", warm=True)
    assert isinstance(wait, Wait)
    assert wait.reason == "the site asked for 30 s (Retry-After)"
    assert 25 < wait.seconds <= 30
    entering, shown = pace.enter("slow", "visit", 60), pace.snapshot("slow").wait
    assert entering is not None
    assert shown is not None
    assert entering.reason == shown.reason == wait.reason


def test_retry_after_ends_by_the_stores_clock(pace: Pace) -> None:
    pace.overloaded("slow", 0.5)
    assert isinstance(pace.ask("slow", "creatives", warm=True), Wait)
    wait_until(lambda: isinstance(pace.ask("slow", "creatives", warm=True), Grant))


def test_the_day_ceiling_runs_on_business_time(pace: Pace, clock: SteppedClock) -> None:
    pace.settle(granted(pace, "small"), 65)
    wait = pace.ask("small", "creatives", warm=True)
    assert wait == Wait(12 * 3600, "day ceiling of 70 reached")
    clock.at += timedelta(hours=12)
    assert pace.snapshot("small").spent_today == 0


def test_looking_changes_nothing(store: Store, pace: Pace) -> None:
    pace.settle(granted(pace, "slow"), 20)
    before = store.change("slow", lambda state, _: (state, state))
    pace.snapshot("slow")
    assert store.change("slow", lambda state, _: (state, state)) == before


def test_threads_of_one_process_lose_no_update(pace: Pace) -> None:
    with ThreadPoolExecutor(4) as threads:
        grants = list(threads.map(lambda _: pace.ask("quick", "one", warm=True), range(80)))
        held = [grant for grant in grants if isinstance(grant, Grant)]
        list(threads.map(lambda grant: pace.settle(grant, 1), held))
    assert len({grant.token for grant in held}) == len(held) >= 7
    assert pace.snapshot("quick").spent_today == len(held)


def test_a_site_without_a_budget_gets_no_request(pace: Pace) -> None:
    with pytest.raises(NoBudget, match="nowhere has no request budget") as caught:
        pace.ask("nowhere", "creatives", warm=True)
    assert isinstance(caught.value, DangaError)
    assert "danga apply" in caught.value.next_step


def test_a_negative_count_is_refused(pace: Pace) -> None:
    grant = granted(pace, "slow")
    with pytest.raises(ValueError, match="-1 requests"):
        pace.settle(grant, -1)
    assert pace.snapshot("slow").spent_today == 8
