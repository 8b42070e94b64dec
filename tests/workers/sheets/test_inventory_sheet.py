"""What the rows of an inventory sheet change, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from crawler.site import Site
from crawler.sites.channel import ChannelSite
from crawler.sites.moment import MomentSite
from domain.account import AccountKey
from domain.entity import EntityKind
from domain.errors import BadInput
from domain.inventory import (
    AccountSpec,
    AccountTerms,
    ClientSpec,
    InventorySpec,
    MemberRule,
    SiteSpec,
    Vat,
    WatchSpec,
    changes,
)
from domain.person import Language
from storage.audit import AuditBook
from storage.inventory import InventoryStore
from tests.storage.inventories import CHANNEL, INVENTORY, MOMENT, NOW, WATCH
from tests.workers.sheets.books import faults, opened
from workers.sheets.inventory_lines import choices, inventory_lines, template_lines
from workers.sheets.inventory_sheet import InventorySheet
from workers.sheets.source import Sheet, open_sheet
from workers.sheets.writing import csv_bytes, xlsx_bytes

LATER = datetime(2026, 3, 4, tzinfo=UTC)
HEADS = ["광고주", "담당자", "단가 항목", "목표단가", "매체", "로그인", "광고계정", "결과 지표"]


def classes(site: SiteSpec) -> Site:
    kind = MomentSite if site.name == "moment" else ChannelSite
    return kind(site.name, "http://127.0.0.1:1")


def edit(source: Sheet, **given: Any) -> InventorySheet:
    return InventorySheet(source, classes, **given)


def wanted(folder: Path, *lines: list[Any], **given: Any) -> InventorySpec:
    return edit(opened(folder, *lines), **given)(INVENTORY)


def told(folder: Path, *lines: list[Any]) -> list[str]:
    return faults(lambda: wanted(folder, *lines))


def lines_of(found: InventorySpec) -> set[str]:
    return {f"{one.kind} {one.what} {one.name}" for one in changes(INVENTORY, found)}


def test_a_row_adds_a_client_its_owners_its_account_and_its_watch(tmp_path: Path) -> None:
    row = ["달빛", "이몽룡, 성춘향", "달빛 전환", "30,000원", "moment", "kim", 1003, "전환"]
    found = wanted(tmp_path, HEADS, row)
    assert lines_of(found) == {
        "add owner 이몽룡",
        "add owner 성춘향",
        "add client 달빛",
        "add account moment/1003",
        "add watch 달빛 전환",
    }
    key = AccountKey("moment", "1003")
    assert found.accounts[-1] == AccountSpec(key, "kim", "달빛")
    ads = MemberRule(key, EntityKind.CREATIVE, "spend")
    results = replace(ads, metric="conversions")
    assert found.watches[-1] == WatchSpec(
        "달빛 전환", "달빛", 30_000, frozenset([ads]), frozenset([results])
    )


def test_english_headings_and_every_column_are_read(tmp_path: Path) -> None:
    heads = ["client", "watch", "label", "target cost", "site", "login", "ad account"]
    heads += ["account name", "level", "name", "VAT", "VAT rate", "result site", "result login"]
    heads += ["result account", "result metric", "notes"]
    row = ["shop", "new", "DB단가", 25000, "moment", "kim", "0123", "Shop", "campaign", "sp*"]
    row += ["excluded", 0.1, "channel", "kim", "ch1", "친구 수", "for people"]
    found = wanted(tmp_path, heads, row)
    key = AccountKey("moment", "0123")
    terms = AccountTerms(vat_included=False, vat_rate=Decimal("0.1000"))
    accounts = {one.key: one for one in found.accounts}
    assert accounts[key] == AccountSpec(key, "kim", "shop", "Shop", terms)
    assert accounts[AccountKey("channel", "ch1")].client == "shop"
    watch = found.watches[-1]
    assert (watch.label, watch.target) == ("DB단가", 25_000)
    assert set(map(str, watch.spend)) == {"moment/0123 campaign sp* spend"}
    assert set(map(str, watch.results)) == {"channel/ch1 channel * friends"}


def test_empty_cells_say_nothing_and_what_no_row_names_stays(tmp_path: Path) -> None:
    found = wanted(tmp_path, ["단가 항목", "목표단가", "담당자"], [WATCH.name, 2500, None])
    assert found == replace(INVENTORY, watches=(replace(WATCH, target=2_500),))


def test_the_rows_of_a_watch_say_each_side_whole(tmp_path: Path) -> None:
    heads = ["단가 항목", "매체", "로그인", "광고계정", "단위", "이름 패턴"]
    first = [WATCH.name, "moment", "kim", "1001", "소재", "봄*"]
    second = [WATCH.name, "moment", "kim", "1002", "캠페인", "여름*"]
    watch = wanted(tmp_path, heads, first, second).watches[0]
    assert set(map(str, watch.spend)) == {
        "moment/1001 creative 봄* spend",
        "moment/1002 campaign 여름* spend",
    }
    assert watch.results == WATCH.results


def test_only_a_sheet_that_is_said_to_be_whole_closes_anything(tmp_path: Path) -> None:
    row = ["달빛", "이몽룡", "달빛 전환", 30000, "moment", "kim", 1003, "전환"]
    assert not any("close" in one for one in lines_of(wanted(tmp_path, HEADS, row)))
    closed = lines_of(wanted(tmp_path, HEADS, row, is_whole=True))
    assert {one for one in closed if "close" in one} == {
        "close client shop",
        "close account moment/1001",
        "close account channel/shop",
        "close follow moment/1001 creative *",
        "close watch spring friends",
    }  # fmt: skip


def test_every_bad_cell_is_told_at_once_with_its_cure(tmp_path: Path) -> None:
    heads = [*HEADS, "부가세", "부가세율", "단위"]
    rows: list[list[Any]] = [
        ["shop", "lee", "w1", "3만원", "momnt", "kim", 1001, "전환", "글쎄", 10, "소제"],
        ["shop", "han", "w1", 0, "moment", "kin", 12345678901234567, "전환수 합", None, "x", None],
        ["shop", None, "w1", date(2026, 3, 3), None, None, "1.2E+15", None, None, None, None],
    ]
    place = "names.xlsx 매핑!"
    assert told(tmp_path, heads, *rows) == [
        f"{place}E2: unknown site momnt (did you mean moment?)",
        f"{place}I2: 글쎄 is not known here (write 포함 or 별도)",
        f"{place}J2: 10 is no rate (write 10% or 0.1)",
        f"{place}D2: 3만원 is a rounded amount (write all its digits)",
        f"{place}K2: 소제 is not known here (write 캠페인, 광고그룹, 소재 or 채널)",
        f"{place}B3: han contradicts lee of client shop (first at {place}B2: write the same, or"
        " leave one empty)",
        f"{place}G3: 12345678901234570 has lost its last digits (format the column as text, then"
        " enter it again)",
        f"{place}F3: unknown login kin (did you mean kim?)",
        f"{place}J3: x is no rate (write 10% or 0.1)",
        f"{place}D3: a target of 0 can never be met (write the cost per result)",
        f"{place}G4: 1.2E+15 was shortened by a spreadsheet (format the column as text, then enter"
        " it again)",
        f"{place}D4: has to be a number, not the date or time 2026-03-03 00:00:00",
    ]
    rows = [["shop", None, "w1", 1, "moment", "kim", 1001, "전환수 합", None, None, None]]
    assert told(tmp_path, heads, *rows) == [
        f"{place}H2: the site moment has no metric 전환수 합 (did you mean 전환수?)"
    ]


LACKING: list[tuple[list[Any], list[Any], str]] = [
    (["광고주", "client"], ["a", "b"], "B1: client stands twice (first at names.xlsx 매핑!A1"),
    (["광고주", "목표 단까"], ["a", 1], "B1: unknown heading 목표 단까 (did you mean 목표단가?)"),
    (["광고주", None], ["a", "b"], "B2: stands below no heading"),
    (["광고주"], ["# a remark"], "has no row below its headings"),
    (["광고주", "목표단가"], ["a", 1], "B2: is part of a watch, and the row names none"),
    (["담당자"], ["lee"], "row 2: names no client"),
    (["매체", "광고계정"], ["moment", "7"], "B2: the account moment/7 is new, and no row says"),
    (["단가 항목", "목표단가"], ["w", 1], "A2: the watch w is new, and no row says its 광고주,"),
    (
        ["단가 항목", "매체", "광고계정", "소진 지표"],
        ["w", "moment", "7", "clicks"],
        "D2: clicks of moment is no amount of money that grows",
    ),
    (["단가 항목", "목표단가"], ["spring friends", "1.5"], "B2: 1.5 is no amount: KRW has 0"),
    (["매체", "광고계정", "통화"], ["moment", "7", "XXX"], "C2: the class of moment reads"),
]


@pytest.mark.parametrize(("heads", "row", "fault"), LACKING)
def test_what_a_sheet_lacks_is_told(
    tmp_path: Path, heads: list[Any], row: list[Any], fault: str
) -> None:
    assert fault in " | ".join(told(tmp_path, heads, row))


def test_a_new_account_beside_two_clients_needs_a_row_of_its_own(tmp_path: Path) -> None:
    rows = [[client, None, f"{client} w", 1, "moment", "kim", 7, "전환"] for client in ("a", "b")]
    (fault,) = told(tmp_path, HEADS, *rows)
    assert "the account moment/7 stands beside a and b" in fault
    alone = ["-", None, None, None, "moment", "kim", 7, None]
    assert wanted(tmp_path, HEADS, *rows, alone).accounts[-1].client is None


OTHER, THIRD = AccountKey("moment", "0007"), AccountKey("moment", "1002")
SOME = MemberRule(MOMENT, EntityKind.CREATIVE, "spend", external_ids=frozenset(["7", "07"]))
MOONLIGHT = WatchSpec(
    "@달빛",
    "달빛",
    12_345,
    frozenset([SOME, MemberRule(OTHER, EntityKind.CAMPAIGN, "spend", "봄*")]),
    frozenset(
        [
            replace(SOME, metric="conversions"),
            MemberRule(CHANNEL, EntityKind.CHANNEL, "friends"),
            MemberRule(CHANNEL, EntityKind.CHANNEL, "subscribers"),
        ]
    ),
    daily_budget=500_000,
    vat=Vat.EXCLUDED,
)
EVERYTHING = replace(
    INVENTORY,
    clients=(*INVENTORY.clients, ClientSpec("달빛", frozenset(["lee"])), ClientSpec("empty")),
    accounts=(
        *INVENTORY.accounts,
        AccountSpec(OTHER, "kim", None, "=이름", AccountTerms(vat_included=False)),
        AccountSpec(THIRD, "kim", "shop", None, AccountTerms(vat_rate=Decimal("0.0550"))),
    ),
    watches=(WATCH, MOONLIGHT),
)


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_what_export_writes_apply_reads_back_as_no_change(
    engine: Engine, tmp_path: Path, ending: str, language: Language
) -> None:
    store = InventoryStore(engine)
    store.apply(EVERYTHING, "test", NOW)
    now = store.declared()
    lines = inventory_lines(now, language)
    path = tmp_path / f"export.{ending}"
    path.write_bytes(
        csv_bytes(lines) if ending == "csv" else xlsx_bytes("a", lines, choices(now, language))
    )
    for is_whole in (False, True):
        again = edit(open_sheet(path), is_whole=is_whole)
        assert store.change(again, "test", LATER, "export") == ()
    # ... and where sites and logins alone are known, the same comes out of it.
    bare = replace(now, owners=(), clients=(), accounts=(), watches=(), follow=frozenset())
    made = edit(open_sheet(path))(bare)
    assert set(made.accounts) == set(now.accounts)
    assert set(made.watches) == set(now.watches)
    assert set(made.clients) == set(now.clients)


def test_applying_a_sheet_is_audited_with_its_file(engine: Engine, tmp_path: Path) -> None:
    store = InventoryStore(engine)
    store.apply(INVENTORY, "test", NOW)
    source = opened(tmp_path, ["단가 항목", "목표단가"], [WATCH.name, 2500])
    store.change(edit(source), "jieun", LATER, f"{source.name} {source.sha256[:12]}")
    newest = AuditBook(engine).newest(limit=1)[0]
    assert (newest.actor.name, newest.deed.action) == ("jieun", "watch.change")
    assert newest.deed.reason == f"names.xlsx {source.sha256[:12]}"


def test_a_sheet_with_one_bad_cell_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    store = InventoryStore(engine)
    store.apply(INVENTORY, "test", NOW)
    source = opened(tmp_path, ["단가 항목", "목표단가"], [WATCH.name, 2500], ["nobody", 1])
    with pytest.raises(BadInput):
        store.change(edit(source), "jieun", LATER, "x")
    assert store.declared().watches == (WATCH,)


def test_the_template_is_read_as_remarks_only(tmp_path: Path) -> None:
    path = tmp_path / "template.csv"
    path.write_bytes(csv_bytes(template_lines(Language.KOREAN)))
    (fault,) = faults(lambda: edit(open_sheet(path)))
    assert "has no row below its headings" in fault


def test_a_watch_over_amounts_with_and_without_vat_that_does_not_say_which_is_refused(
    tmp_path: Path,
) -> None:
    heads = [*HEADS, "부가세"]
    base = ["달빛", "이몽룡", "달빛 전환", 30000, "moment", "kim"]
    with pytest.raises(BadInput, match="달빛 전환 adds amounts with VAT to amounts without"):
        wanted(tmp_path, heads, [*base, 1003, "전환", "포함"], [*base, 1004, "전환", "별도"])
