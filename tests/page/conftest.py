"""One real Chromium for all pages; a page is opened from its file, as a marketer's mail would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from crawler.browser_path import find_browser
from reports.page.render import page_html
from reports.page.sheet import Sheet

Opened = Callable[..., Page]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    program = find_browser()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program.executable, chromium_sandbox=program.sandbox
        )
        yield opened
        opened.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Opened]:
    """Write a sheet and open it by file://; whatever its script says wrong fails the test."""
    said: list[str] = []
    contexts = []

    def show(sheet: Sheet, state: str = "", **context: Any) -> Page:
        path = tmp_path / "index.html"
        path.write_text(page_html(sheet), encoding="utf-8")
        context.setdefault("viewport", DESKTOP)
        contexts.append(browser.new_context(**context))
        page = contexts[-1].new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{path.as_uri()}#{state}")
        return page

    yield show
    for one in contexts:
        one.close()
    assert said == []
