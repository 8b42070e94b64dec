"""One real Chromium, one demo and one business clock per test process; a workspace per test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from crawler.browser import Browser
from crawler.browser_path import find_browser
from domain.clock import FileClock
from tests.demo_server import RunningDemo
from tests.workers.workspace import KIM, Agency, inventory
from workers.house import House

BEGIN = "2026-03-03T10:00:00+09:00"


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("DANGA_")]:
        monkeypatch.delenv(name)
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def business_clock(tmp_path_factory: pytest.TempPathFactory) -> FileClock:
    """The clock that every workspace of this process reads."""
    return FileClock(tmp_path_factory.mktemp("clock") / "now")


@pytest.fixture(scope="package")  # a thread holds one Playwright only
def _browser(business_clock: FileClock) -> Iterator[Browser]:
    with Browser(find_browser(), business_clock) as opened:
        yield opened


@pytest.fixture
def browser(_browser: Browser) -> Browser:
    """The one browser, without any login's context."""
    for login in _browser.warm_logins:
        _browser.drop(login)
    return _browser


@pytest.fixture(scope="session")
def _demo() -> Iterator[RunningDemo]:
    with RunningDemo("--frozen-at", BEGIN) as demo:
        yield demo


@pytest.fixture
def demo(_demo: RunningDemo, business_clock: FileClock) -> RunningDemo:
    """The demo with every knob off and no session, at 10:00 in Seoul, as is our own clock."""
    _demo.reset()
    _demo.end_sessions()
    business_clock.set(_demo.clock(BEGIN))
    _demo.reset_stats()
    return _demo


@pytest.fixture
def agency(
    tmp_path: Path,
    made_workspace: Path,
    demo: RunningDemo,
    business_clock: FileClock,
    migrated_sqlite_url: str,
) -> Agency:
    """A workspace on SQLite that measures nothing yet."""
    made = Agency(tmp_path / "ws", demo, business_clock)
    made.prepare(made_workspace, migrated_sqlite_url)
    return made


@pytest.fixture
def grown(
    tmp_path: Path,
    made_workspace: Path,
    demo: RunningDemo,
    business_clock: FileClock,
    migrated_mariadb_url: str,
    redis_url: str,
) -> Agency:
    """A workspace on MariaDB and Redis that measures nothing yet."""
    made = Agency(tmp_path / "ws", demo, business_clock)
    made.prepare(made_workspace, migrated_mariadb_url, redis_url)
    return made


@pytest.fixture
def house(agency: Agency) -> Iterator[House]:
    """The open house of an agency that measures kim's ads and friends through one login."""
    agency.apply(inventory(agency.demo, KIM))
    with agency.house() as opened:
        yield opened
