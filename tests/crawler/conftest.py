from __future__ import annotations

from collections.abc import Iterator

import pytest

from crawler.browser import Browser
from crawler.browser_path import find_browser
from domain.clock import SystemClock
from tests.crawler.memory_house import MemoryHouse
from tests.demo_server import RunningDemo


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One real Chromium for these tests.

    Not for the session: a thread can hold one Playwright only, and the other packages have
    theirs, which found themselves "inside the asyncio loop" when they came after this one.
    """
    with Browser(find_browser(), SystemClock()) as opened:
        yield opened


@pytest.fixture(scope="session")
def _running_demo() -> Iterator[RunningDemo]:
    with RunningDemo("--frozen-at", "2026-03-03T10:00:00+09:00") as demo:
        yield demo


@pytest.fixture
def demo(_running_demo: RunningDemo) -> RunningDemo:
    """The demo with every knob off, no session, at 10:00 in Seoul."""
    _running_demo.reset()
    _running_demo.end_sessions()
    _running_demo.clock("2026-03-03T10:00:00+09:00")
    _running_demo.reset_stats()
    return _running_demo


@pytest.fixture
def house(demo: RunningDemo, browser: Browser) -> Iterator[MemoryHouse]:
    """kim's login around a cold browser context."""
    yield MemoryHouse(demo, browser)
    browser.drop("kim")
