"""The main job embedded: one command reads everything once, and what it costs the site."""

from __future__ import annotations

import pytest

from crawler.browser import Browser
from domain.money import unit_cost
from domain.session import SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.logins import LoginBook
from storage.visit_record import VisitRecord
from tests.demo_server import RunningDemo
from tests.workers.workspace import (
    KIM,
    Agency,
    login_of,
    pages_of,
    stored_numbers,
    true_numbers,
    true_sum,
    unit_costs,
    visits_of,
)
from workers.collecting import Wish, collect_here
from workers.house import House


def _collect(house: House, browser: Browser, patience: float = 20.0) -> list[VisitRecord]:
    wish = Wish(LoginBook(house.engine).all(), patience_seconds=patience)
    return list(collect_here(house, browser, wish))


def test_one_command_reads_every_number_with_one_login(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    [visit] = _collect(house, browser)
    assert visit.state is VisitState.DONE
    assert stored_numbers(house.engine, visit.planned_at) == true_numbers(demo, KIM)
    assert demo.stats()["logins"] == {"ok": 1, "failed": 0}
    assert login_of(house.engine).state is SessionState.ACTIVE


def test_a_second_command_in_a_new_process_needs_no_login(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    _collect(house, browser)
    browser.drop("kim")
    agency.step(minutes=20)
    with agency.house() as later:
        [visit] = _collect(later, browser)
        assert stored_numbers(later.engine, visit.planned_at) == true_numbers(demo, KIM)
    assert demo.stats()["logins"]["ok"] == 1


def test_unit_costs_are_there_as_soon_as_the_visit_has_ended(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    _collect(house, browser)
    before = {name: true_sum(demo, *name) for name in [("1001", "spend"), ("ch501", "friends")]}
    now = agency.step(minutes=40)
    _collect(house, browser)
    spend = true_sum(demo, "1001", "spend") - before["1001", "spend"]
    friends = true_sum(demo, "ch501", "friends") - before["ch501", "friends"]
    assert spend > 0
    costs = unit_costs(house, "moment/1001 친구")
    assert costs[now] == (spend, friends, unit_cost(spend, friends))


def test_a_visit_notes_its_pages_with_their_requests_and_bytes(
    house: House, browser: Browser
) -> None:
    [visit] = _collect(house, browser)
    pages = pages_of(house.engine, visit)
    assert [(page.site, page.page_kind, page.verdict) for page in pages] == [
        ("channel", "channel", VerdictKind.OK),
        ("moment", "creatives", VerdictKind.OK),
    ]
    assert pages[0].steps[0] == "signed in"
    assert visit.pages_read == 2
    assert visit.readings == sum(page.readings for page in pages)
    assert visit.requests == sum(page.requests for page in pages)
    assert all(page.bytes_received > 5_000 for page in pages)
    assert visit.bytes_received == sum(page.bytes_received for page in pages)


def test_requests_recorded_are_those_that_the_site_counted(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    for _slot in range(3):
        _collect(house, browser)
        agency.step(minutes=20)
    assert sum(visit.requests for visit in visits_of(house.engine)) == demo.stats()["total"]


@pytest.mark.parametrize("share", [1])
def test_what_a_repair_costs_is_recorded_too(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo, share: int
) -> None:
    _collect(house, browser)
    demo.knobs(blank_after_redirect=share)
    agency.step(minutes=20)
    [visit] = _collect(house, browser)
    assert stored_numbers(house.engine, visit.planned_at) == true_numbers(demo, KIM)
    assert sum(one.requests for one in visits_of(house.engine)) == demo.stats()["total"]
