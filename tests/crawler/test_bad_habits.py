"""Every bad habit of the demo meets a visit: the verdict, and never a number from a wrong page."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from crawler.browser import Browser
from crawler.visit_report import VisitReport
from domain.verdict import VerdictKind
from tests.crawler.memory_house import MemoryHouse, MemoryLedger, by_number, true_numbers
from tests.demo_server import RunningDemo

V = VerdictKind

WRONG_PAGES: list[tuple[dict[str, Any], VerdictKind]] = [
    ({"wrong_account": "all"}, V.WRONG_ACCOUNT),
    ({"columns": "swapped"}, V.WRONG_VIEW),
    ({"unit": "thousand"}, V.WRONG_VIEW),
    ({"unit": "dollar"}, V.WRONG_VIEW),
    ({"rounded": True}, V.LAYOUT_CHANGED),
    ({"rename_markup": "labels"}, V.LAYOUT_CHANGED),
    ({"rename_markup": "marks"}, V.LAYOUT_CHANGED),
    ({"rename_json": True}, V.LAYOUT_CHANGED),
    ({"half_rendered": "dom"}, V.LAYOUT_CHANGED),
    ({"half_rendered": "json"}, V.LAYOUT_CHANGED),
    ({"overlay": "stuck"}, V.COVERED),
    ({"withdrawn": "1001", "withdrawn_status": "404"}, V.GONE),
    ({"withdrawn": "1001", "withdrawn_status": "403"}, V.GONE),
]
STOPS_OF_THE_SITE: list[tuple[dict[str, Any], VerdictKind]] = [
    ({"maintenance": "all"}, V.MAINTENANCE),
    ({"too_many_above_per_second": 0}, V.OVERLOADED),
    ({"unavailable_above_per_second": 0}, V.OVERLOADED),
    ({"refuse_above_per_minute": 0, "refuse_as": "403"}, V.REFUSED),
    ({"refuse_above_per_minute": 0, "refuse_as": "page"}, V.REFUSED),
    ({"consent": True}, V.CONSENT),
]


@pytest.fixture
def signed_in(house: MemoryHouse) -> MemoryHouse:
    """A house whose login has a session, before any habit begins."""
    assert house.visit(house.accounts[-1]).verdict.ok
    return house


def _one_account(house: MemoryHouse) -> VisitReport:
    moment = next(account for account in house.accounts if account.key.external_id == "1001")
    return house.visit(moment)


@pytest.mark.parametrize(("knobs", "kind"), WRONG_PAGES, ids=str)
def test_a_wrong_page_gives_no_reading_but_a_verdict_with_evidence(
    signed_in: MemoryHouse, demo: RunningDemo, knobs: dict[str, Any], kind: VerdictKind
) -> None:
    demo.knobs(**knobs)
    report = _one_account(signed_in)
    assert [page.verdict.kind for page in report.pages] == [kind]
    assert report.readings == ()
    evidence = signed_in.evidence.kept[-1]
    assert evidence.verdict.kind is kind
    assert evidence.html
    assert evidence.screenshot


@pytest.mark.parametrize(("knobs", "kind"), STOPS_OF_THE_SITE, ids=str)
def test_what_stops_the_site_ends_the_visit_at_its_first_page(
    signed_in: MemoryHouse, demo: RunningDemo, knobs: dict[str, Any], kind: VerdictKind
) -> None:
    demo.knobs(**knobs)
    report = signed_in.visit()
    assert report.verdict.kind is kind
    assert len(report.pages) == 1
    assert report.readings == ()


def test_an_account_in_dollars_is_read_to_the_cent_and_never_from_a_page_in_won(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    demo.knobs(unit="dollar")
    moment = next(account for account in signed_in.accounts if account.key.external_id == "1001")
    in_dollars = replace(moment, currency="USD")
    report = signed_in.visit(in_dollars)
    truth = true_numbers(demo, "kim")  # the model's won are cents
    assert by_number(report.readings) == {key: truth[key] for key in truth if key[1] == "1001"}
    assert all(r.shown[-3] == "." for r in report.readings if r.metric == "spend")
    demo.knobs(unit="won")
    (page,) = signed_in.visit(in_dollars).pages
    assert page.verdict.kind is V.WRONG_VIEW
    assert page.verdict.detail == "the unit is 소진액(원), and the account is in USD"


def test_columns_that_moved_with_their_headers_are_read_by_their_labels(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    demo.knobs(columns="moved")
    assert by_number(signed_in.visit().readings) == true_numbers(demo, "kim")


def test_an_overlay_that_closes_is_dismissed(signed_in: MemoryHouse, demo: RunningDemo) -> None:
    demo.knobs(overlay="closable")
    report = signed_in.visit()
    assert by_number(report.readings) == true_numbers(demo, "kim")
    assert all("dismissed overlay" in page.steps for page in report.pages)


@pytest.mark.parametrize("period", ["yesterday", "last7"])
def test_a_period_that_the_server_remembers_is_set_right_once(
    signed_in: MemoryHouse, demo: RunningDemo, period: str
) -> None:
    demo.knobs(remembered_period=period)
    report = signed_in.visit()
    assert by_number(report.readings) == true_numbers(demo, "kim")


def test_a_table_that_fills_late_is_waited_for(signed_in: MemoryHouse, demo: RunningDemo) -> None:
    demo.knobs(half_rendered="dom", half_rendered_heals_ms=400)
    report = _one_account(signed_in)
    assert report.verdict.ok
    assert report.pages[0].verdict.ok


def test_an_account_whose_permission_is_gone_does_not_stop_the_others(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    demo.knobs(withdrawn="1001")
    report = signed_in.visit()
    truth = true_numbers(demo, "kim")
    assert report.verdict.ok
    assert by_number(report.readings) == {k: v for k, v in truth.items() if k[1] != "1001"}


def test_a_site_that_says_too_many_tells_everybody_how_long_to_wait(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    demo.knobs(too_many_above_per_second=0, retry_after_seconds=17)
    report = signed_in.visit()
    assert report.verdict.retry_after_seconds == 17
    assert signed_in.pace.overloads == [(signed_in.accounts[0].site.name, 17)]


def test_a_page_that_hangs_is_tried_once_more_and_then_left(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    demo.knobs(stall_every=1, stall_path="/creatives", stall_seconds=120)
    signed_in.sites["moment"].ready_within_seconds = 2.0  # type: ignore[misc]
    report = _one_account(signed_in)
    assert report.pages[0].verdict.kind in (V.UNREACHABLE, V.LAYOUT_CHANGED)
    assert report.readings == ()
    assert set(signed_in.pace.eased) == {"moment strained"}


def test_all_sessions_ended_costs_exactly_one_login(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    before = demo.stats()["logins"]["ok"]
    demo.end_sessions()
    assert by_number(signed_in.visit().readings) == true_numbers(demo, "kim")
    assert demo.stats()["logins"]["ok"] == before + 1


def test_a_second_factor_is_for_a_person(house: MemoryHouse, demo: RunningDemo) -> None:
    demo.knobs(second_factor=True)
    assert house.visit().verdict.kind is V.SECOND_FACTOR


def test_a_wrong_password_is_typed_once(house: MemoryHouse, demo: RunningDemo) -> None:
    house.credentials.user = "nobody"
    assert house.visit().verdict.kind is V.BAD_CREDENTIALS
    assert demo.stats()["logins"]["failed"] == 1


def test_a_login_without_a_password_waits_for_a_person(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    house.credentials.user = None
    report = house.visit()
    assert report.verdict.kind is V.SIGNED_OUT
    assert "no password" in report.verdict.detail
    assert demo.stats()["logins"] == {"ok": 0, "failed": 0}


def test_evidence_of_a_sign_in_holds_neither_password_nor_cookie(
    signed_in: MemoryHouse, demo: RunningDemo, browser: Browser
) -> None:
    demo.end_sessions()
    demo.knobs(captcha_after=0)
    assert signed_in.visit().verdict.kind is V.CAPTCHA
    kept = signed_in.evidence.kept[-1]
    text = kept.html + "".join(body for _, body in kept.answers) + kept.page_url
    stored = signed_in.vault.load()
    assert stored is not None
    secrets = ["demo-kim", *(c["value"] for c in stored.session.cookies if len(c["value"]) > 20)]
    assert [secret for secret in secrets if secret in text] == []


def test_a_visit_that_was_interrupted_reads_only_what_is_missing(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    ledger = MemoryLedger()
    signed_in.visit(*signed_in.accounts[:2], ledger=ledger)
    report = signed_in.visit(ledger=ledger)
    assert len(report.pages) == len(ledger.pages) - 2
    numbers = [reading for page in ledger.pages.values() for reading in page.readings]
    assert by_number(numbers) == true_numbers(demo, "kim")


def test_a_past_day_shows_its_settled_figures(signed_in: MemoryHouse, demo: RunningDemo) -> None:
    yesterday = demo.now().date()
    demo.step(minutes=24 * 60)
    report = signed_in.visit(day=yesterday)
    truth = {k: v for k, v in true_numbers(demo, "kim", day=yesterday).items() if k[0] == "moment"}
    assert by_number(report.readings) == truth


def test_a_midnight_that_comes_late_is_told_by_the_page(
    signed_in: MemoryHouse, demo: RunningDemo
) -> None:
    demo.knobs(midnight_late_minutes=5)
    for moment in ("2026-03-04T00:00:00+09:00", "2026-03-04T00:20:00+09:00"):
        demo.clock(moment)
        assert by_number(signed_in.visit().readings) == true_numbers(demo, "kim")


def test_a_dead_browser_is_replaced_and_the_visit_goes_on(
    signed_in: MemoryHouse, demo: RunningDemo, browser: Browser
) -> None:
    browser._kill()
    first = signed_in.visit()
    second = signed_in.visit() if not first.verdict.ok else first
    assert by_number(second.readings) == true_numbers(demo, "kim")
    assert demo.stats()["logins"]["ok"] == 1
