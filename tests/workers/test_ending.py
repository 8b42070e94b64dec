"""What a visit's row says when something broke that nobody expected."""

from __future__ import annotations

import pytest

from crawler.browser import Browser
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.leases import LeaseBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import (
    KIM,
    KIM_EVERYTHING,
    Agency,
    inventory,
    login_of,
    pass_time,
    stored_numbers,
    true_numbers,
    visits_of,
)
from workers import visiting
from workers.house import House
from workers.tick import tick
from workers.visiting import visit_next


def _raises(error: BaseException) -> object:
    def run_visit(*_arguments: object) -> None:
        raise error

    return run_visit


def test_a_mistake_of_ours_waits_longer_each_time_and_the_next_try_has_a_fresh_browser(
    house: House, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(house)
    monkeypatch.setattr(visiting, "run_visit", _raises(RuntimeError("nobody thought of this")))
    for attempts, seconds in [(1, 60), (2, 120)]:
        visit_next(house, browser)
        (visit,) = visits_of(house.engine)
        assert (visit.state, visit.verdict) == (VisitState.DEFERRED, VerdictKind.OURS)
        assert visit.detail == "RuntimeError: see the log"
        assert visit.attempts == attempts
        assert visit.started_at is not None
        waits = (visit.not_before - visit.started_at).total_seconds()
        assert waits == pytest.approx(seconds, abs=5)
        pass_time(house.engine, minutes=seconds / 60)
    monkeypatch.undo()
    visit_next(house, browser)
    assert visits_of(house.engine)[0].state is VisitState.DONE


def test_an_interrupted_command_gives_its_login_back_at_once(
    house: House, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(house)
    monkeypatch.setattr(visiting, "run_visit", _raises(KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        visit_next(house, browser)
    assert LeaseBook(house.engine).holder_of(login_of(house.engine).id) is None
    (visit,) = visits_of(house.engine)
    assert (visit.state, visit.detail, visit.attempts) == (VisitState.DEFERRED, "interrupted", 0)


def test_a_browser_that_died_between_two_visits_costs_no_attempt_and_no_login(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    tick(house)
    visit_next(house, browser)
    browser._kill()
    slot = agency.step(minutes=20)
    tick(house)
    for _try in range(2):
        visit_next(house, browser)
        pass_time(house.engine, minutes=1)
    visit = visits_of(house.engine)[-1]
    assert (visit.state, visit.attempts) == (VisitState.DONE, 1)
    assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM)
    assert demo.stats()["logins"]["ok"] == 1


def test_a_visit_whose_login_somebody_took_meanwhile_stores_nothing_more(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM_EVERYTHING))
    with agency.house() as house:
        tick(house)
        asked = []

        def go_on() -> None:
            asked.append(1)
            if len(asked) == 2:
                pass_time(house.engine, minutes=6)
                login = login_of(house.engine)
                assert LeaseBook(house.engine).take(login.id, "another", "refresh", 300)

        visit_next(house, browser, go_on=go_on)
        (visit,) = visits_of(house.engine)
        assert visit.state is VisitState.RUNNING, "whoever has the lease now decides"
        assert visit.pages_read == 1
        assert len(stored_numbers(house.engine, visit.planned_at)) == 2


def test_a_verdict_that_ends_the_visit_after_some_pages_leaves_it_partial(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM_EVERYTHING))
    with agency.house() as house:
        demo.knobs(wrong_account="1001")
        tick(house)
        visit_next(house, browser)
        (visit,) = visits_of(house.engine)
        assert (visit.state, visit.verdict) == (VisitState.PARTIAL, VerdictKind.WRONG_ACCOUNT)
        assert visit.pages_read == 1
        assert login_of(house.engine).waits
