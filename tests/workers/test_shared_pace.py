"""However many processes visit, a site gets no more than its budget, and everybody knows why."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.browser import Browser
from domain.grant import Grant, Wait
from domain.verdict import VerdictKind
from domain.visit import VisitState
from tests.demo_server import RunningDemo
from tests.servers import Redis
from tests.workers.processes import danga_up
from tests.workers.test_database_away import Moments
from tests.workers.workspace import (
    GENEROUS,
    KIM,
    KIM_EVERYTHING,
    LEE,
    Agency,
    Identity,
    inventory,
    pass_time,
    stored_numbers,
    true_numbers,
    visits_of,
)
from workers.house import House
from workers.tick import tick
from workers.visiting import visit_next

FOUR = tuple(
    Identity(name, (f"moment/{1001 + 2 * number}",))
    for number, name in enumerate(["kim", "lee", "park", "choi"])
)
RATE, BURST = 25, 60


def _begin(agency: Agency, house: House) -> None:
    tick(house)
    pass_time(house.engine, minutes=10)


def _over_any_span(by_second: dict[str, int]) -> int:
    """Return by how much the worst span of whole seconds is above the rate alone."""
    seconds = {int(second): requests for second, requests in by_second.items()}
    worst = 0
    for begin in seconds:
        total = 0
        for second in range(begin, max(seconds) + 1):
            total += seconds.get(second, 0)
            worst = max(worst, total - RATE * (second - begin + 1))
    return worst


def test_two_processes_together_keep_the_rate_and_the_burst(
    agency: Agency, demo: RunningDemo
) -> None:
    rate = {"requests_per_second": RATE, "floor_per_second": RATE}  # how it adapts: tests/pace
    budget = {**rate, "burst": BURST, "concurrent_visits": 2}
    agency.apply(inventory(demo, *FOUR, budget=budget))
    with agency.house() as house:
        _begin(agency, house)
        with danga_up(agency.root, processes=2) as up:
            up.wait_for(lambda: _done(house, len(FOUR)), 90, "every login is read")
        visits = visits_of(house.engine)
        assert stored_numbers(house.engine, visits[0].planned_at) == true_numbers(demo, *FOUR)
        assert len({visit.worker for visit in visits}) == 2
        assert sum(visit.requests for visit in visits) == demo.stats()["total"]
    assert _over_any_span(demo.stats()["by_second"]) <= BURST


def _done(house: House, visits: int) -> bool:
    found = visits_of(house.engine)
    return len(found) == visits and all(visit.state is VisitState.DONE for visit in found)


def test_a_visit_that_finds_no_place_waits_without_a_request_or_an_attempt(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, budget={**GENEROUS, "concurrent_visits": 1}))
    with agency.house() as house:
        _begin(agency, house)
        assert house.pace.enter("channel", "somebody else's visit", 60) is None
        visit_next(house, browser)
        (visit,) = visits_of(house.engine)
        assert (visit.state, visit.attempts) == (VisitState.DEFERRED, 0)
        assert visit.detail == "channel: 1 visit already there"
        assert house.pace.snapshot("moment").concurrent == 0, "the other site's place is free"
        assert demo.stats()["total"] == 0
        house.pace.leave("channel", "somebody else's visit")
        pass_time(house.engine, minutes=1)
        visit_next(house, browser)
        assert visits_of(house.engine)[0].state is VisitState.DONE
        assert house.pace.snapshot("moment").concurrent == 0


def test_in_quiet_hours_nothing_is_sent_and_the_row_says_until_when(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, budget={**GENEROUS, "quiet": "09:00-11:00"}))
    with agency.house() as house:
        _begin(agency, house)
        visit_next(house, browser)
        (visit,) = visits_of(house.engine)
        assert (visit.state, visit.attempts) == (VisitState.DEFERRED, 0)
        assert visit.detail == "moment: quiet hours until 11:00"
        agency.set_clock("2026-03-03T11:00:00+09:00")
        _begin(agency, house)
        visit_next(house, browser)
        assert visits_of(house.engine)[-1].state is VisitState.DONE
    assert set(demo.stats()["by_status"]) <= {"200", "302", "303"}


def test_a_spent_day_keeps_what_was_read_and_defers_the_rest(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    budget = {**GENEROUS, "burst": 40, "requests_per_day": 70}
    agency.apply(inventory(demo, Identity("kim", ("moment/1001", "moment/1002")), budget=budget))
    with agency.house() as house:
        for _slot in range(6):
            _begin(agency, house)
            visit_next(house, browser)
            agency.step(minutes=20)
        visit = visits_of(house.engine)[-1]
        assert visit.state is VisitState.DEFERRED
        assert "day ceiling of 70 reached" in visit.detail
        assert visit.attempts == 0
        assert sum(visit.requests for visit in visits_of(house.engine)) == demo.stats()["total"]
    assert demo.stats()["total"] <= 70


def test_a_retry_after_holds_every_login_of_the_site(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, LEE))
    with agency.house() as house:
        demo.knobs(too_many_above_per_second=0, retry_after_seconds=90)
        _begin(agency, house)
        visit_next(house, browser)
        demo.reset_stats()
        visit_next(house, browser)
        hit, held = visits_of(house.engine)
        assert (hit.state, hit.verdict) == (VisitState.DEFERRED, VerdictKind.OVERLOADED)
        assert held.state is VisitState.DEFERRED
        assert held.detail.endswith("the site asked for 90 s (Retry-After)")
        assert held.attempts == 0
    assert demo.stats()["total"] == 0


@pytest.fixture
def redis_back(redis_server: Redis) -> Any:
    """Whatever a test does to Redis, it runs again afterwards."""
    yield redis_server
    if not redis_server.answers():
        redis_server.start()


def test_without_redis_nothing_is_sent_and_no_attempt_is_charged(
    grown: Agency, browser: Browser, demo: RunningDemo, redis_back: Redis
) -> None:
    grown.apply(inventory(demo, KIM))
    with grown.house() as house:
        _begin(grown, house)
        redis_back.kill()
        visit_next(house, browser)
        (visit,) = visits_of(house.engine)
        assert (visit.state, visit.verdict) == (VisitState.DEFERRED, VerdictKind.OURS)
        assert visit.attempts == 0
        assert demo.stats()["total"] == 0
        redis_back.start()
        pass_time(house.engine, minutes=1)
        visit_next(house, browser)
        assert visits_of(house.engine)[0].state is VisitState.DONE


def test_redis_lost_between_two_pages_costs_no_page_twice(
    grown: Agency, browser: Browser, demo: RunningDemo, redis_back: Redis
) -> None:
    grown.apply(inventory(demo, KIM_EVERYTHING))
    with grown.house() as house:
        _begin(grown, house)
        visit_next(house, browser, go_on=Moments({2: redis_back.kill}))
        (visit,) = visits_of(house.engine)
        assert (visit.state, visit.verdict) == (VisitState.DEFERRED, VerdictKind.OURS)
        assert visit.pages_read == 1
        redis_back.start()
        pass_time(house.engine, minutes=1)
        visit_next(house, browser)
        (visit,) = visits_of(house.engine)
        assert (visit.state, visit.pages_read) == (VisitState.DONE, 3)
        numbers = stored_numbers(house.engine, visit.planned_at)
        assert numbers == true_numbers(demo, KIM_EVERYTHING)
        assert visit.requests == demo.stats()["total"]


def test_a_login_that_was_just_made_is_kept_when_the_budget_ends_the_visit_on_its_page(
    house: House, browser: Browser, demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.knobs(blank_after_redirect=1)
    ask = house.pace.ask

    def asked(site: str, page: str, *, warm: bool) -> Grant | Wait:
        return Wait(9_999, "a test") if page == "went back" else ask(site, page, warm=warm)

    monkeypatch.setattr(house.pace, "ask", asked)
    tick(house)
    visit_next(house, browser)
    (visit,) = visits_of(house.engine)
    assert (visit.state, visit.pages_read) == (VisitState.DEFERRED, 0)
    assert demo.stats()["logins"]["ok"] == 1
    assert visit.requests == demo.stats()["total"], "a page that was not finished counts too"

    monkeypatch.undo()
    browser.drop("kim")
    pass_time(house.engine, minutes=200)
    visit_next(house, browser)
    assert visits_of(house.engine)[0].state is VisitState.DONE
    assert demo.stats()["logins"]["ok"] == 1
