"""Ads and accounts that come and go while nobody edits anything."""

from __future__ import annotations

from crawler.browser import Browser
from domain.inventory import EntityState
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.entities import EntityBook
from storage.logins import LoginBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import (
    KIM,
    KIM_EVERYTHING,
    Agency,
    inventory,
    pages_of,
    stored_numbers,
    true_numbers,
    true_sum,
    unit_costs,
)
from workers.collecting import Wish, collect_here
from workers.house import House


def _collect(house: House, browser: Browser) -> VisitState:
    (visit,) = collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    return visit.state


def test_a_new_ad_is_measured_in_the_first_slot_that_lists_it_and_joins_its_watch(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    _collect(house, browser)
    before = true_sum(demo, "1001", "spend")
    demo.happen(
        {"type": "create_ad", "account": "1001", "at": "2026-03-03T10:05", "id": "c1001-99"}
    )
    slot = agency.step(minutes=20)
    _collect(house, browser)
    numbers = stored_numbers(house.engine, slot)
    assert numbers == true_numbers(demo, KIM)
    assert ("moment", "1001", "c1001-99", "spend") in numbers
    spend, _results, _cost = unit_costs(house, "moment/1001 친구")[slot]
    assert spend == true_sum(demo, "1001", "spend") - before


def test_an_ad_that_vanished_rests_and_the_others_are_measured_on(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    _collect(house, browser)
    demo.happen({"type": "delete_ad", "ad": "c1001-02", "at": "2026-03-03T10:05"})
    slot = agency.step(minutes=20)
    assert _collect(house, browser) is VisitState.DONE
    assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM)
    resting = [e for e in EntityBook(house.engine).all() if e.state is EntityState.RESTING]
    assert [entity.key.external_id for entity in resting] == ["c1001-02"]


def test_an_account_that_is_gone_is_asked_for_once_a_day_and_read_when_it_is_back(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM_EVERYTHING))
    with agency.house() as house:
        demo.knobs(withdrawn="1001", withdrawn_status="404")
        asked = []
        for hours in (0, 1 / 3, 23 + 1 / 3, 1 / 3, 1):
            agency.step(minutes=60 * hours)
            demo.reset_stats()
            _collect(house, browser)
            asked.append("/moment/accounts/1001/creatives" in demo.stats()["by_path"])
        assert asked == [True, False, False, True, False]
        demo.knobs(withdrawn="")
        between_slots = agency.step(minutes=7)
        _collect(house, browser)
        assert stored_numbers(house.engine, between_slots) == true_numbers(demo, KIM_EVERYTHING)
        slot = agency.step(minutes=13)
        _collect(house, browser)
        assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM_EVERYTHING)


def test_an_account_that_is_gone_stops_no_other_and_counts_as_no_failure(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM_EVERYTHING))
    with agency.house() as house:
        _collect(house, browser)
        demo.knobs(withdrawn="1001", withdrawn_status="404")
        slot = agency.step(minutes=20)
        (visit,) = collect_here(house, browser, Wish(LoginBook(house.engine).all()))
        assert (visit.state, visit.verdict) == (VisitState.DONE, VerdictKind.GONE)
        assert (visit.pages_read, visit.pages_failed) == (2, 0)
        assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM_EVERYTHING)
        gone = next(page for page in pages_of(house.engine, visit) if page.account == "1001")
        assert gone.verdict is VerdictKind.GONE
        assert not [e for e in EntityBook(house.engine).all() if e.state is EntityState.RESTING]
