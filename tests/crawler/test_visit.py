"""A visit from the sign-in to its readings, in a real browser at the demo's own site."""

from __future__ import annotations

from crawler.browser import Browser
from domain.verdict import VerdictKind
from tests.crawler.memory_house import MemoryHouse, by_number, true_numbers
from tests.demo_server import RunningDemo


def test_a_visit_logs_in_once_and_reads_every_number_as_it_is(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    report = house.visit()
    assert report.verdict.ok
    assert by_number(report.readings) == true_numbers(demo, "kim")
    assert demo.stats()["logins"] == {"ok": 1, "failed": 0}


def test_a_second_visit_in_a_new_context_needs_no_login(
    house: MemoryHouse, demo: RunningDemo, browser: Browser
) -> None:
    house.visit()
    browser.drop("kim")
    demo.step(minutes=20)
    assert by_number(house.visit().readings) == true_numbers(demo, "kim")
    assert demo.stats()["logins"]["ok"] == 1


def test_every_request_that_the_site_counted_was_recorded(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    report = house.visit()
    again = house.visit()
    counted = demo.stats()["total"]
    assert report.requests + again.requests == sum(house.pace.settled) == counted


def test_a_blank_page_after_a_redirect_is_read_after_going_back(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    house.visit()
    demo.knobs(blank_after_redirect=1)
    report = house.visit()
    assert by_number(report.readings) == true_numbers(demo, "kim")
    assert all(page.steps[0] == "went back" for page in report.pages)


def test_a_cookie_that_rotates_at_every_page_load_costs_no_login(
    house: MemoryHouse, demo: RunningDemo, browser: Browser
) -> None:
    demo.knobs(rotate_cookie=True)
    for _slot in range(3):
        assert house.visit().verdict.ok
        browser.drop("kim")
        demo.step(minutes=20)
    assert demo.stats()["logins"]["ok"] == 1


def test_a_captcha_ends_the_visit_and_nothing_is_typed_into_it(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    demo.knobs(captcha_after=0)
    report = house.visit()
    assert report.verdict.kind is VerdictKind.CAPTCHA
    assert report.readings == ()
    assert demo.stats()["logins"]["ok"] == 0
