"""What the site does to those who press it, and when it is not well."""

from __future__ import annotations

import time

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo

PAGE = "/moment/accounts"
JSON = "/moment/api/accounts"


def statuses(visitor: Visitor, path: str, times: int) -> list[int]:
    return [visitor.get(path).status_code for _ in range(times)]


def test_an_address_is_refused_above_its_requests_a_minute(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(refuse_above_per_minute=3, refuse_seconds=60)
    assert statuses(kim, PAGE, 5) == [200, 200, 200, 403, 403]
    assert "data-refused" in kim.get(PAGE).text
    assert kim.get(JSON).json() == {"error": "refused"}
    with Visitor(demo.url, address="127.0.0.5") as other:
        assert other.get("/sign-in").status_code == 200
    demo.reset()
    assert kim.opens()


def test_a_refusal_can_look_like_any_other_page(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(refuse_above_per_minute=0, refuse_as="page")
    answer = kim.get(PAGE)
    assert answer.status_code == 200
    assert "data-refused" in answer.text
    assert kim.get(JSON).headers["content-type"].startswith("text/html")


def test_an_address_or_a_proxy_can_be_refused_by_name(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(refuse_addresses="127.0.0.5,proxy-b")
    assert kim.opens()
    with Visitor(demo.url, address="127.0.0.5") as banned:
        assert banned.get("/sign-in").status_code == 403
    with Visitor(demo.url, via="1.1 proxy-b (tinyproxy/1.11)") as banned:
        assert banned.get("/sign-in").status_code == 403
    with Visitor(demo.url, via="1.1 proxy-a (tinyproxy/1.11)") as welcome:
        assert welcome.get("/sign-in").status_code == 200


def test_the_page_shows_a_refusal_that_hits_its_json(demo: RunningDemo, tab: Page) -> None:
    tab.goto(PAGE)
    expect(tab.locator("[data-ready]")).to_be_visible()
    for look in ("403", "page"):
        demo.knobs(refuse_addresses="127.0.0.1", refuse_as=look)
        tab.click("a[href^='/moment/accounts']")
        expect(tab.locator("[data-refused]")).to_be_visible()
        demo.knobs(refuse_addresses="")
        tab.goto(PAGE)
        expect(tab.locator("[data-ready]")).to_be_visible()


def test_too_many_requests_a_second_are_told_when_to_come_back(
    demo: RunningDemo, kim: Visitor
) -> None:
    demo.knobs(too_many_above_per_second=0, retry_after_seconds=7)
    for path in (PAGE, JSON, "/sign-in"):
        answer = kim.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    demo.knobs(too_many_above_per_second=1000)
    assert kim.opens()


def test_above_a_rate_the_site_is_unavailable(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(unavailable_above_per_second=0, retry_after_seconds="off")
    answer = kim.get(PAGE)
    assert answer.status_code == 503
    assert "retry-after" not in answer.headers
    assert "data-overloaded" in answer.text


def test_a_rate_lets_as_many_through_as_it_says(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(too_many_above_per_second=20)
    answered = [kim.get("/sign-in/api/state").status_code for _ in range(60)]
    assert answered[:5] == [200] * 5
    assert 429 in answered


def test_a_rate_can_leave_the_assets_alone(demo: RunningDemo, kim: Visitor) -> None:
    asset = kim.get(PAGE).text.split('rel="stylesheet" href="')[1].split('"')[0]
    demo.knobs(too_many_above_per_second=0, rate_counts="dynamic")
    assert kim.get(asset).status_code == 200
    assert kim.get(PAGE).status_code == 429
    demo.knobs(rate_counts="all")
    assert kim.get(asset).status_code == 429


def test_the_page_shows_an_overload_that_hits_its_json(demo: RunningDemo, tab: Page) -> None:
    tab.goto(PAGE)
    expect(tab.locator("[data-ready]")).to_be_visible()
    demo.knobs(too_many_above_per_second=0)
    tab.click("a[href^='/moment/accounts/1001']")
    expect(tab.locator("[data-overloaded]")).to_be_visible()


def test_latency_delays_every_answer(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(latency_ms=150)
    began = time.monotonic()
    assert kim.json(JSON)
    assert time.monotonic() - began >= 0.15


def test_every_third_request_hangs(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(stall_every=3, stall_path="/api/accounts", stall_seconds=30)
    kim.http.timeout = httpx.Timeout(0.5)
    assert kim.json(JSON)
    assert kim.opens()
    assert kim.json(JSON)
    with pytest.raises(httpx.ReadTimeout):
        kim.get(JSON)
    assert kim.json(JSON)


@pytest.mark.parametrize(("which", "closed"), [("moment", True), ("channel", False)])
def test_a_site_under_maintenance_says_until_when(
    demo: RunningDemo, kim: Visitor, which: str, closed: bool
) -> None:
    demo.knobs(maintenance=which)
    assert ("data-maintenance" in kim.get(PAGE).text) is closed
    assert ("data-maintenance" in kim.get("/channel/ch501").text) is not closed


def test_maintenance_under_an_open_page_shows_its_notice(demo: RunningDemo, tab: Page) -> None:
    tab.goto(PAGE)
    expect(tab.locator("[data-ready]")).to_be_visible()
    demo.knobs(maintenance="all")
    tab.click("a[href^='/moment/accounts/1001']")
    expect(tab.locator("[data-maintenance]")).to_be_visible()
    assert "until" in tab.request.get(JSON).json()
