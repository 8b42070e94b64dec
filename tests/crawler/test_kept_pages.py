"""A page whose layout changed is kept so that a mended class reads from it what it showed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from crawler.page import Found, Wanted
from crawler.redaction import redact
from crawler.reread import kept_page, reread
from crawler.site_loader import load_site
from domain.entity import EntityKey, EntityKind
from domain.evidence import Evidence
from domain.verdict import VerdictKind
from tests.crawler.memory_house import MemoryHouse, MemoryLedger, by_number, true_numbers
from tests.demo_server import RunningDemo
from tests.mended_classes import mended_source


def _everything(found: Found) -> frozenset[EntityKey]:
    return frozenset(entity.key for entity in found.entities)


@pytest.fixture
def kept(house: MemoryHouse, demo: RunningDemo) -> Evidence:
    """Evidence of a page of account 1001, as a visit kept it while a label was wanting."""
    account = next(one for one in house.accounts if one.key.external_id == "1001")
    assert house.visit(account).verdict.ok
    demo.knobs(rename_markup="labels")
    house.visit(account)
    return house.evidence.kept[0]


def test_a_kept_page_is_the_one_that_was_seen(house: MemoryHouse, kept: Evidence) -> None:
    saved = kept_page(kept)
    assert saved is not None
    assert saved.expected.page.account is not None
    assert saved.expected.page.account.external_id == "1001"
    assert saved.expected.slot_at == house.clock.at
    assert saved.snapshot.answers
    assert {answer.status for answer in saved.snapshot.answers} == {200}
    unmended = reread(house.sites["moment"], saved, _everything)
    assert unmended.verdict.kind is VerdictKind.LAYOUT_CHANGED
    assert unmended.readings == ()


def test_a_mended_class_reads_the_same_numbers_with_their_true_times(
    house: MemoryHouse, kept: Evidence, demo: RunningDemo, tmp_path: Path
) -> None:
    wanted = {
        number: value
        for number, value in true_numbers(demo, "kim").items()
        if number[:2] == ("moment", "1001")
    }
    saved = kept_page(kept)
    assert saved is not None
    path = tmp_path / "mended.py"
    path.write_text(mended_source("moment"), encoding="utf-8")
    mended = load_site("moment", "mended.py:MomentSite", demo.url, tmp_path)
    again = reread(mended, saved, _everything)
    assert again.verdict.ok, again.verdict
    assert by_number(again.readings) == wanted
    assert {one.observed_at for one in again.readings} == {saved.snapshot.taken_at}
    assert {one.slot_at for one in again.readings} == {saved.expected.slot_at}


def test_secrets_leave_the_page_and_its_numbers_and_labels_stay(kept: Evidence) -> None:
    assert kept.page is not None
    page = {**kept.page, "url": "https://ads.example/x?token=abcdefghijklmnop&page=2"}
    clean = redact(replace(kept, page=page))
    assert clean.page is not None
    assert "abcdefghijklmnop" not in json.dumps(clean.page)
    assert "page=2" in clean.page["url"]
    assert clean.page["entities"] == kept.page["entities"]


def test_a_page_whose_expectation_holds_a_secret_is_not_read_again(kept: Evidence) -> None:
    assert kept.page is not None
    page = {**kept.page, "shown_name": "달빛커피 owner@shop.example"}
    assert redact(replace(kept, page=page)).page is None


def test_the_account_s_other_pages_are_looked_at_and_kept_too(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    account = next(one for one in house.accounts if one.key.external_id == "1001")
    both = frozenset({EntityKind.CREATIVE, EntityKind.AD_GROUP})
    good = house.visit(replace(account, wanted=Wanted(levels=both)))
    assert len(good.pages) == 2
    demo.knobs(rename_markup="labels")
    ledger = MemoryLedger(before=tuple(one.page for one in good.pages))
    report = house.visit(account, ledger=ledger)
    assert [one.page for one in report.pages] == [one.page for one in good.pages]
    assert {one.verdict.kind for one in report.pages} == {VerdictKind.LAYOUT_CHANGED}
    assert len(house.evidence.kept) == len(good.pages)


def test_an_old_address_beyond_the_end_of_the_list_stops_nobody(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    first, second = (one for one in house.accounts if one.key.site == "moment")
    good = house.visit(first)
    last = good.pages[-1].page
    number = last.number + 1
    beyond = replace(last, url=last.url.replace(f"page={last.number}", f"page={number}"))
    demo.knobs(rename_json=True)
    ledger = MemoryLedger(before=(replace(beyond, number=number),))
    report = house.visit(first, second, ledger=ledger)
    assert report.verdict.ok
    assert {one.page.account for one in report.pages} == {first.key, second.key}
