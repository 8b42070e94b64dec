"""Sheets by the command line: template, export, apply."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.admin.conftest import Danga
from tests.admin.inventories import changed, whole
from tests.workers.sheets.books import book

HEADS = ["단가 항목", "목표단가"]
ALSO = '"*친구*", metric: spend, also: [{account: channel/bomkkot, kind: channel, metric: spend}]}'


@pytest.fixture
def applied(danga: Danga) -> Danga:
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    return danga


@pytest.mark.parametrize("form", ["csv", "xlsx", "yaml"])
def test_what_was_exported_is_applied_as_no_change(applied: Danga, form: str) -> None:
    path = applied.workspace / f"export.{form}"
    assert applied("inventory", "export", "--format", form, "--to", path).code == 0
    ran = applied("apply", path, "--json")
    assert (ran.code, ran.json()["changes"]) == (0, [])
    assert applied("inventory", "export", "--to", path).code == 2  # never over a file


def test_yaml_keeps_the_entities_that_a_side_names_in_several_ways(danga: Danga) -> None:
    also = 'also: [{accounts: [moment/1001], kind: campaign, ids: ["7", "8"]}]}'
    danga.write("danga.yaml", changed(('"*친구*", metric: spend}', f'"*친구*", {also}')))
    danga("apply", "--yes")
    assert danga("watch", "list", "--json").json()["watches"][0]["spend"] == [
        "moment/1001 campaign 7,8 spend",
        "moment/1001 creative *친구* spend",
    ]
    danga("inventory", "export", "--format", "yaml", "--to", danga.workspace / "danga.new.yaml")
    assert danga("apply", danga.workspace / "danga.new.yaml", "--json").json()["changes"] == []


def test_a_fault_in_also_is_told_with_its_line(danga: Danga) -> None:
    danga.write("danga.yaml", changed(('"*친구*", metric: spend}', ALSO)))
    ran = danga("apply", "--json")
    (fault,) = ran.json()["error"]["faults"]
    assert fault["where"].endswith("watches[0].spend.also[0].metric")
    assert fault["what"] == "the site channel has no metric spend"


def test_a_sheet_changes_what_it_names_after_it_was_shown(applied: Danga, tmp_path: Path) -> None:
    path = book(tmp_path, HEADS, ["봄꽃 친구 추가", "25,000원"])
    ran = applied("apply", path, "--dry-run")
    assert "~ change  watch  봄꽃 친구 추가  target: 30,000원 -> 25,000원" in ran.out
    assert "nobody to ask" in applied("apply", path).err
    ran = applied("apply", path, "--yes", "--as", "jieun")
    assert "danga inventory export --format yaml" in ran.out
    (line,) = applied("audit", "--action", "watch.change", "--json").json()["audit"]
    assert (line["actor"], line["reason"][:10]) == ("jieun", "names.xlsx")


def test_bad_cells_are_told_for_programs_too_and_nothing_is_changed(
    applied: Danga, tmp_path: Path
) -> None:
    path = book(tmp_path, HEADS, ["봄꽃 친구 추가", 1], ["봄꽃 친구 추가", "much"])
    ran = applied("apply", path, "--yes", "--json")
    assert (ran.code, ran.json()["error"]["faults"]) == (
        2,
        [
            {
                "where": "names.xlsx 매핑!B3",
                "what": "much is no number",
                "cure": "write it as 30000",
            }
        ],
    )
    assert applied("watch", "list", "--json").json()["watches"][0]["target"] == 30_000


def test_a_sheet_that_is_whole_closes_what_it_leaves_out(applied: Danga, tmp_path: Path) -> None:
    path = book(tmp_path, ["광고주"], ["봄꽃마켓"])
    ran = applied("apply", path, "--whole", "--yes")
    assert "- close  watch" in ran.out
    assert applied("login", "list", "--json").json()["logins"]
    assert applied("apply", "--whole").code == 2


def test_the_template_of_a_workbook_offers_what_is_known(applied: Danga, tmp_path: Path) -> None:
    path = tmp_path / "template.xlsx"
    assert applied("inventory", "template", "--format", "xlsx", "--to", path).code == 0
    (sheet,) = load_workbook(path).worksheets
    offered = {str(one.formula1) for one in sheet.data_validations.dataValidation}
    assert {'"kim"', '"channel,moment"', '"캠페인,광고그룹,소재,채널"'} <= offered
    assert sheet["A1"].value == "광고주"
    ran = applied("inventory", "template", "--lang", "en")
    assert ran.out.startswith("\ufeffclient,owner,watch")
    assert applied("inventory", "template", "--format", "xlsx").code == 2
