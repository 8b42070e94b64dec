"""How large is a marketer's page, how long does it take to write, and to see?

So many clients with a watch each and two weeks of hours, on MariaDB. The page is everyone's: all
of them stand on it. It is opened from its file in a real Chromium, a few times anew.
"""

from __future__ import annotations

import gzip
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright
from sqlalchemy import Engine

from admin.door import Door
from admin.init_command import make_workspace
from bench.database import counted_statements, private_database
from bench.many_watches import BEGINS, many_watches, slots_between
from crawler.browser_path import find_browser
from domain.clock import FileClock
from workers.house import House
from workers.page_folder import PageFolder
from workers.pages import Which, write_pages
from workers.settings import open_settings
from workers.workspace import Workspace

_CREATIVES = 3
_TIMES = 5
_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime"


def measure(clients: int, days: int) -> dict[str, Any]:
    """Write and open the page of so many clients with so many days of hours."""
    with private_database() as engine, tempfile.TemporaryDirectory(prefix="danga-bench-") as root:
        world = many_watches(engine, clients, _CREATIVES, clients)
        ends = BEGINS + timedelta(days=days)
        world.read(slots_between(BEGINS, ends))
        world.compute_anew()
        with _house(Path(root) / "workspace", engine) as house:
            FileClock(house.settings.workspace / "clock").set(ends - timedelta(minutes=10))
            folder = PageFolder(house.settings.workspace / "pages")
            write_pages(house, folder, Which.ALL)  # templates are compiled once per process
            with counted_statements(engine) as counted:
                began = time.perf_counter()
                written = write_pages(house, folder, Which.ALL)
                all_seconds = time.perf_counter() - began
            began = time.perf_counter()
            write_pages(house, folder)
            look_seconds = time.perf_counter() - began
        page = folder.page(None)
        content = page.read_bytes()
        painted = _painted(page)
    return {
        "page": {
            "clients": clients,
            "days": days,
            "kib": round(len(content) / 1024),
            "kib_gzipped": round(len(gzip.compress(content)) / 1024),
            "look_ms": round(1000 * look_seconds),
            "write_ms": round(1000 * (all_seconds - look_seconds) / len(written)),
            "statements": counted.sent,
            "first_paint_ms": round(statistics.median(painted)),
            "first_paints_ms": [round(one) for one in painted],
        }
    }


@contextmanager
def _house(root: Path, engine: Engine) -> Iterator[House]:
    root.mkdir()
    make_workspace(Door(), Workspace(root))
    with (root / ".env").open("a", encoding="utf-8") as env:
        env.write("\nDANGA_CLOCK_FILE=clock\n")
    yield House(open_settings(root), engine)


def _first_paint(tab: Page) -> float:
    """Wait for it by questions: the page's policy lets nothing be evaluated within it."""
    until = time.monotonic() + 30
    while not (painted_at := tab.evaluate(_PAINT)):
        if time.monotonic() > until:
            raise TimeoutError("nothing was painted")
        tab.wait_for_timeout(10)
    return float(painted_at)


def _painted(page: Path) -> list[float]:
    """Return when the first content was painted, in ms after navigating there, each time anew."""
    program = find_browser()
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program.executable, chromium_sandbox=program.sandbox
        )
        for _time in range(_TIMES):
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            tab.goto(page.as_uri())
            found.append(_first_paint(tab))
            tab.close()
        browser.close()
    return found
