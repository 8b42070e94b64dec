"""One demo process per test run and a browser per module; every test begins with all knobs off."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo

HEADLESS_SHELL = Path("/usr/lib/chromium/chromium-headless-shell")
MORNING = "2026-03-03T10:00+09:00"


@pytest.fixture(scope="session")
def running_demo() -> Iterator[RunningDemo]:
    with RunningDemo("--frozen-at", MORNING, "--creatives", "12", "--page-size", "8") as demo:
        yield demo


@pytest.fixture
def demo(running_demo: RunningDemo) -> RunningDemo:
    running_demo.reset()
    running_demo.end_sessions()
    running_demo.clock(MORNING)
    running_demo.reset_stats()
    return running_demo


@pytest.fixture
def visitor(demo: RunningDemo) -> Iterator[Visitor]:
    with Visitor(demo.url) as visitor:
        yield visitor


@pytest.fixture
def kim(visitor: Visitor) -> Visitor:
    assert visitor.sign_in("kim") == "open"
    return visitor


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = str(HEADLESS_SHELL) if HEADLESS_SHELL.exists() else None
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def context(browser: Browser, demo: RunningDemo) -> Iterator[BrowserContext]:
    with browser.new_context(base_url=demo.url) as fresh:
        fresh.set_default_timeout(10_000)
        yield fresh


@pytest.fixture
def guest(context: BrowserContext) -> Page:
    """A tab that is not signed in."""
    return context.new_page()


@pytest.fixture
def tab(context: BrowserContext, kim: Visitor) -> Page:
    """A tab with kim's session."""
    cookie = kim.http.cookies["demo_session"]
    url = str(kim.http.base_url)
    context.add_cookies([{"name": "demo_session", "value": cookie, "url": url}])
    return context.new_page()
