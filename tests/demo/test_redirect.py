"""The redirect after which the router renders nothing until the visitor goes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response, expect

from tests.demo_server import RunningDemo

DEEP = "/moment/accounts/1001/creatives?page=1"


def open_lost(page: Page, path: str) -> None:
    """Open a deep link and wait until the address bar has been pushed back to it."""
    page.goto(path)
    page.wait_for_function("path => location.pathname + location.search === path", arg=path)


@pytest.mark.parametrize("path", [DEEP, "/channel/ch501"])
def test_a_deep_link_renders_nothing_until_going_back(
    demo: RunningDemo, tab: Page, path: str
) -> None:
    demo.knobs(blank_after_redirect=1)
    redirects: list[str] = []

    def note(answer: Response) -> None:
        if answer.status == 302:
            redirects.append(answer.headers["location"])

    tab.on("response", note)
    open_lost(tab, path)
    assert "/enter?to=" in redirects[0]
    assert tab.inner_html("#app") == ""
    tab.go_back()
    expect(tab.locator("[data-ready]")).to_be_visible()
    assert tab.url.endswith(path)


def test_reload_and_forward_do_not_help(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(blank_after_redirect=1)
    open_lost(tab, DEEP)
    tab.reload()
    tab.wait_for_function("() => location.pathname.endsWith('/creatives')")
    tab.go_forward()
    assert tab.inner_html("#app") == ""


def test_going_back_may_be_needed_more_than_once(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(blank_after_redirect=1, blank_backs=3)
    open_lost(tab, DEEP)
    for _ in range(2):
        tab.go_back()
        assert tab.inner_html("#app") == ""
    tab.go_back()
    expect(tab.locator("[data-ready]")).to_be_visible()


def test_the_lobby_and_inner_links_are_spared(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(blank_after_redirect=1)
    tab.goto("/moment/accounts")
    tab.click("a[href^='/moment/accounts/1002']")
    expect(tab.locator("[data-account='1002'][class=account]")).to_be_visible()


def test_a_share_of_the_deep_links_loses_its_way(demo: RunningDemo, tab: Page) -> None:
    demo.knobs(blank_after_redirect=0.5)
    landed = [tab.request.get(DEEP).url.endswith(DEEP) for _ in range(40)]
    assert 8 <= sum(landed) <= 32
