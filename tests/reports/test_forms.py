"""The same rows in each form: what strangers wrote stays text, numbers stay numbers."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from costs.flag import Flag
from domain.person import Language
from domain.session import SessionState
from reports import (
    daily_report,
    freshness_report,
    hourly_report,
    load_report,
    now_report,
    watch_report,
    words,
)
from reports.amounts import Amounts
from reports.cells import cell_text
from reports.csv_form import csv_bytes
from reports.html_form import html_text
from reports.report import Column, Kind, Report, Sheet, amount_fields
from reports.xlsx_form import xlsx_bytes
from tests.reports.rows import seoul

SEOUL = ZoneInfo("Asia/Seoul")
COLUMNS = (
    Column("watch", Kind.TEXT),
    Column("date", Kind.DATE),
    Column("last_slot_at", Kind.MOMENT),
    Column("unit_cost", Kind.COST),
    Column("mark", Kind.TEXT),
    Column("target", Kind.MONEY),
    Column("spend", Kind.MONEY),
    Column("results", Kind.RESULTS),
    Column("yesterday_change", Kind.CHANGE),
    Column("flags", Kind.FLAGS),
)


def row(amounts: Amounts, target: int | None = 30_000, **more: Any) -> dict[str, Any]:
    return {
        "watch": "봄꽃 친구",
        "currency": "KRW",
        "target": target,
        "date": date(2026, 3, 3),
        "last_slot_at": seoul("2026-03-03T14:00"),
        "yesterday_change": 12,
        **amount_fields(amounts, target),
        **more,
    }


def report(*rows: dict[str, Any], language: Language = Language.KOREAN) -> Report:
    return Report("제목 <&>", (Sheet("rows", COLUMNS, rows),), language, SEOUL, "없음", ("범례",))


DEAR = Amounts(82_400, 2, Decimal("41200.0000"), 0, is_measured=True)
CHEAP = Amounts(100_000, 10, Decimal("10000.0000"), 0, is_measured=True)
NONE = Amounts(12_000, 0, None, 0, is_measured=True)
ALONE = Amounts(None, None, None, 7_000, frozenset({Flag.ONE_SIDED}), is_measured=True)
UNKNOWN = Amounts()


def cells(found: Report) -> list[dict[str, str]]:
    sheet = found.sheets[0]
    return [
        {column.key: cell_text(found, column, row) for column in sheet.columns}
        for row in sheet.rows
    ]


def test_people_read_no_result_and_unknown_as_what_they_are() -> None:
    shown = [one["unit_cost"] for one in cells(report(*map(row, (CHEAP, NONE, ALONE, UNKNOWN))))]
    assert shown == ["▼ 10,000원", "· 0건 / 소진 12,000원", "짝이 없는 소진 7,000원", ""]
    english = report(row(NONE), row(ALONE), language=Language.ENGLISH)
    assert [one["unit_cost"] for one in cells(english)] == [
        "· 0 results / spent 12,000원",
        "7,000원 spent without results",
    ]


def test_a_net_change_an_estimate_and_another_currency_are_said() -> None:
    estimated = Amounts(12_345, 5, Decimal(2_469), 0, frozenset({Flag.ESTIMATED}), True)
    (shown,) = cells(report(row(estimated, 2_000, currency="USD", net_results=True)))
    assert (shown["unit_cost"], shown["spend"]) == ("▲▨ US$24.69", "US$123.45")
    assert (shown["results"], shown["flags"]) == ("순증 5건", "추정(시간 배분)")


def test_csv_opens_in_excel_with_korean_and_plain_numbers() -> None:
    written = csv_bytes(report(row(DEAR), row(UNKNOWN)))
    assert written.startswith(b"\xef\xbb\xbf")
    text = written.decode("utf-8-sig")
    assert text.count("\r\n") == 3 == text.count("\n")
    headings, first, second = csv.reader(io.StringIO(text))
    assert headings[:4] == ["단가 항목", "날짜", "마지막 측정", "단가"]
    assert first[1:8] == ["2026-03-03", "2026-03-03 14:00", "41200", "·", "30000", "82400", "2"]
    assert second[3:8] == ["", "", "30000", "", ""]  # not known is empty, never 0


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＠"])
def test_text_that_a_spreadsheet_would_compute_is_made_harmless(begin: str) -> None:
    nasty = f"{begin}1+1"
    found = report(row(CHEAP, watch=nasty, yesterday_change=-5))
    text = csv_bytes(found).decode("utf-8-sig")
    (_, line) = csv.reader(io.StringIO(text, newline=""))
    assert line[0] == f"'{nasty}"
    assert line[8] == "-0.05"  # a number may be below zero
    page = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(found))).active
    assert page is not None
    cell = page["A2"]
    assert (cell.data_type, cell.quotePrefix) == ("s", True)
    assert str(cell.value).lstrip("\t\r\n") == nasty.lstrip("\t\r\n")
    assert page["I2"].value == -0.05


def test_a_workbook_has_numbers_dates_a_frozen_heading_filters_and_colours() -> None:
    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(report(row(DEAR), row(CHEAP)))))
    page = book["rows"]
    values = [cell.value for cell in page[2]]
    moments = [datetime.fromisoformat(text) for text in ("2026-03-03", "2026-03-03T14:00")]
    assert values[1:4] == [*moments, 41_200]
    assert values[5:9] == [30_000, 82_400, 2, 0.12]
    assert page["D2"].number_format == '#,##0"원"'
    assert (page.freeze_panes, page.auto_filter.ref) == ("A2", "A1:J3")
    assert page.column_dimensions["A"].width >= 10
    (rules,) = [one.rules for one in page.conditional_formatting if str(one.sqref) == "D2:D3"]
    assert [rule.formula for rule in rules] == [['$E2="▲"'], ['$E2="▼"'], ['$E2="·"']]
    assert [page["E2"].value, page["E3"].value] == ["·", "▼"]


def test_cents_are_shown_as_cents() -> None:
    dollars = Amounts(12_345, 5, Decimal("2469.0000"), 0, is_measured=True)
    found = report(row(dollars, 2_000, currency="USD"))
    page = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(found)))["rows"]
    assert (page["G2"].value, page["G2"].number_format) == (123.45, '"US$"#,##0.00')
    assert csv_bytes(found).decode("utf-8-sig").splitlines()[1].split(",")[3] == "24.69"


def test_what_no_workbook_may_hold_is_left_out() -> None:
    found = report(row(CHEAP, watch="봄\x00꽃\x1b[31m"))
    page = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(found)))["rows"]
    assert page["A2"].value == "봄꽃[31m"


def test_a_page_escapes_what_strangers_wrote_and_needs_nothing_else() -> None:
    page = html_text(report(row(DEAR, watch="<script>alert(1)</script>"), row(CHEAP)))
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "제목 &lt;&amp;&gt;" in page
    assert 'class="n under"' in page
    assert "http" not in page.replace("http-equiv", "")


def test_an_empty_report_says_so() -> None:
    assert "없음" in html_text(report())
    assert csv_bytes(report()).decode("utf-8-sig").count("\r\n") == 1
    assert openpyxl.load_workbook(io.BytesIO(xlsx_bytes(report())))["rows"].max_row == 1


@pytest.mark.parametrize(
    "columns",
    [
        now_report.COLUMNS,
        hourly_report.COLUMNS,
        daily_report.COLUMNS,
        daily_report.TOTAL_COLUMNS,
        watch_report.SPAN_COLUMNS,
        watch_report.DAY_COLUMNS,
        freshness_report.COLUMNS,
        load_report.COLUMNS,
    ],
)
def test_every_column_has_its_heading_in_both_languages(columns: tuple[Column, ...]) -> None:
    for column in columns:
        assert column.heading.ko, column.key
        assert column.heading.en, column.key


def test_every_flag_has_its_words() -> None:
    assert set(words.FLAGS) == set(Flag)


def test_every_state_of_a_login_and_every_span_has_its_words() -> None:
    assert set(words.STATES) == set(SessionState)
    assert set(words.SPANS) >= set(watch_report.SPANS)
