"""What a failed page looked like can be shown again, and holds no secret."""

from __future__ import annotations

from crawler.browser import Browser
from domain.verdict import VerdictKind
from storage.logins import LoginBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import login_of, pages_of
from workers.collecting import Wish, collect_here
from workers.house import House


def test_a_page_that_changed_its_layout_is_shown_as_it_was(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    demo.knobs(rename_markup="labels")
    (visit,) = collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    page = next(page for page in pages_of(house.engine, visit) if page.site == "moment")
    assert page.evidence_id is not None
    shown = house.evidence.show(page.evidence_id)
    assert shown.verdict.kind is VerdictKind.LAYOUT_CHANGED
    assert "/moment/accounts/1001/creatives" in shown.page_url
    assert "c1001-01" in shown.html
    assert shown.screenshot is not None
    assert shown.screenshot.startswith(b"\x89PNG")
    assert page.evidence_id in {one.id for one in house.evidence.list(login="kim")}


def test_neither_the_password_nor_a_cookie_stands_in_it_nor_on_the_disk(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    demo.knobs(second_factor=True)
    collect_here(house, browser, Wish(LoginBook(house.engine).all(), patience_seconds=1))
    (kept,) = house.evidence.list()
    shown = house.evidence.show(kept.id)
    saved = house.vault.load(login_of(house.engine).id)
    assert saved is not None
    cookies = [cookie["value"] for cookie in saved.session.cookies if len(cookie["value"]) > 15]
    assert cookies
    answers = " ".join(body for _, body in shown.answers)
    text = " ".join([shown.html, shown.page_url, answers, *shown.log])
    assert [secret for secret in ("demo-kim", *cookies) if secret in text] == []
    files = [path for path in house.settings.folder.evidence.rglob("*") if path.is_file()]
    assert files
    assert all(b"html" not in path.read_bytes() for path in files)
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)
