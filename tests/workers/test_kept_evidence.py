"""What a failed page looked like can be shown again, and holds no secret."""

from __future__ import annotations

from datetime import date
from functools import partial

from crawler.browser import Browser
from crawler.page import Page, ReadPage
from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.evidence import Evidence
from domain.reading import Reading
from domain.verdict import OK, VerdictKind
from domain.visit import VisitKind, VisitState
from storage.entities import EntityBook
from storage.logins import LoginBook
from storage.proof_pages import kept
from storage.visit_record import Outcome
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import Agency, login_of, pages_of
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.upkeep import old_records
from workers.visit_in_hand import VisitInHand


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
    (one,) = house.evidence.list()
    shown = house.evidence.show(one.id)
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


def test_pages_of_a_list_keep_their_number_over_the_tries_of_a_visit(house: House) -> None:
    """The first try reads two pages, the second goes on with the third."""
    account = AccountKey("moment", "1001")
    slot_at, engine = house.clock.now(), house.engine
    ads = [EntityKey("moment", "1001", EntityKind.CREATIVE, str(number)) for number in (1, 2, 3)]
    EntityBook(engine).follow(account, [FoundEntity(ad, "봄", parent="7") for ad in ads], slot_at)
    login = login_of(engine).id
    visit = VisitSchedule(engine).plan({login: 0}, slot_at, VisitKind.REGULAR)[login]

    def read(number: int) -> ReadPage:
        page = Page("creatives", f"{house.site('moment').base_url}/?page={number}", account, number)
        day = slot_at.astimezone(house.settings.zone).date()
        one = Reading(ads[number - 1], "spend", day, number, slot_at, slot_at, str(number))
        return ReadPage("moment", page, OK, (one,))

    def seen(number: int) -> Evidence:
        return Evidence("kim", "http://x/", OK, slot_at, f"<p>{number}</p>", None, (), ())

    for tried in ((1, 2), (3,)):
        claim = VisitBook(engine).claim(visit, "worker", 60)
        assert claim is not None
        ledger = VisitInHand.of(house, claim).ledger
        ledger.recall()
        for number in (1, 2, 3):
            page = read(number)
            if ledger.done(page.page) is None and number in tried:
                ledger.commit(page, partial(seen, number))
        VisitBook(engine).defer(claim, 0, Outcome(VisitState.DEFERRED))
    assert house.proof is not None
    pages = [(one.id[-1], house.proof.show(one.id).html) for one in kept(engine, account, None, 9)]
    assert pages == [("1", "<p>1</p>"), ("2", "<p>2</p>"), ("3", "<p>3</p>")]


def test_nothing_is_kept_where_nobody_wants_proof(agency: Agency) -> None:
    with (agency.root / ".env").open("a") as file:
        file.write("DANGA_KEEP_PROOF_MONTHS=0\n")
    with agency.house() as house:
        assert house.proof is None
        assert old_records(house, house.clock.now()).proof == date.max
