"""A report as a workbook for Excel: real numbers and dates, a frozen heading, filters, colours.

Colours and the sign before a unit cost come from conditional formats that look at the column of
signs (`mark`), so the numbers stay numbers. What strangers wrote is text, never a formula.
"""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter

from domain.currency import CURRENCIES, KRW
from reports.harmless import is_harmful
from reports.mark import Mark
from reports.report import COSTS, Column, Form, Kind, Report, Sheet
from reports.values import Value, value_of

_FORMATS: Mapping[Kind, str] = {
    Kind.COUNT: "#,##0",
    Kind.RESULTS: "#,##0",
    Kind.MINUTES: "#,##0",
    Kind.HOUR: "00",
    Kind.PERCENT: "0%",
    Kind.CHANGE: "+0%;-0%;0%",
    Kind.MOMENT: "yyyy-mm-dd hh:mm",
    Kind.DATE: "yyyy-mm-dd",
}
_FILLS = {Mark.OVER: "FFC7CE", Mark.UNDER: "C6EFCE", Mark.FEW: "E7E6E6"}
_INKS = {Mark.OVER: "9C0006", Mark.UNDER: "006100", Mark.FEW: "595959"}
_WIDEST = 40
_FIRST_ID = 500
"""Of number formats within conditional ones: no other format has such a number."""
_ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""What no XML file may hold."""
_NO_NAME = re.compile(r"[\[\]:*?/\\]")
"""What no sheet may be called."""


def xlsx_bytes(report: Report) -> bytes:
    """Return the workbook, a sheet for each sheet of the report."""
    book = Workbook(write_only=True)
    book.properties.title = report.title
    book.properties.creator = "Danga"
    for sheet in report.shown_in(Form.XLSX):
        _write(report, sheet, book.create_sheet(_name(sheet)))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _write(report: Report, sheet: Sheet, page: Any) -> None:
    """Fill a sheet; openpyxl's types know little of one that is written row by row."""
    columns = sheet.shown_in(Form.XLSX)
    table = [[value_of(report, column, row) for column in columns] for row in sheet.rows]
    page.freeze_panes = "A2"
    headings = [column.heading.say(report.language) for column in columns]
    for number, heading in enumerate(headings):
        width = max(_width(heading) + 3, *(_width(line[number]) for line in table), 6)
        look = page.column_dimensions[get_column_letter(number + 1)]
        look.width, look.hidden = min(width, _WIDEST), columns[number].folded
    last = f"{get_column_letter(len(columns))}{len(table) + 1}"
    page.auto_filter.ref = f"A1:{last}"
    currencies = {row["currency"] for row in sheet.rows if row.get("currency")}
    for cells, rule in _rules(columns, len(table), currencies):
        page.conditional_formatting.add(cells, rule)
    page.append(_heading(page, heading) for heading in headings)
    for row, line in zip(sheet.rows, table, strict=True):
        page.append(
            _cell(page, column, value, row.get("currency"))
            for column, value in zip(columns, line, strict=True)
        )


def _heading(page: Any, text: str) -> Any:
    cell = _text(page, text)
    cell.font = Font(name="Calibri", size=11, bold=True)
    cell.alignment = Alignment(vertical="center")
    return cell


def _cell(page: Any, column: Column, value: Value, currency: str | None) -> Any:
    if isinstance(value, str):
        return _text(page, value)
    cell: Any = WriteOnlyCell(page)
    cell.value = value
    if value is not None:
        cell.number_format = number_format(column.kind, currency)
    return cell


def _text(page: Any, text: str) -> Any:
    """Return a cell of text; Excel must not compute it, not even after somebody edits it."""
    cell: Any = WriteOnlyCell(page, _ILLEGAL.sub("", text))
    cell.data_type = "s"
    if is_harmful(text):
        cell.quotePrefix = True
    return cell


def number_format(kind: Kind, currency: str | None) -> str:
    """Return how Excel shows a number of that kind."""
    return _FORMATS.get(kind) or _money(currency)


def _money(currency: str | None, sign: str = "") -> str:
    kind = CURRENCIES[currency or KRW]
    whole = "#,##0" + ("." + "0" * kind.digits if kind.digits else "")
    return f'{sign}{whole}"원"' if kind.code == KRW else f'{sign}"{kind.sign}"{whole}'


def _rules(
    columns: tuple[Column, ...], rows: int, currencies: Collection[str]
) -> Iterator[tuple[str, Rule]]:
    """Yield the colours of each unit cost that has a column of signs beside it."""
    place = {column.key: get_column_letter(number + 1) for number, column in enumerate(columns)}
    for column in columns:
        sign = place.get(f"{column.prefix}mark")
        if column.kind not in COSTS or sign is None or not rows:
            continue
        for mark in _FILLS:
            cells = f"{place[column.key]}2:{place[column.key]}{rows + 1}"
            look = _look(mark, next(iter(currencies)) if len(currencies) == 1 else None)
            yield cells, Rule("expression", dxf=look, formula=[f'${sign}2="{mark}"'])


def _look(mark: Mark, currency: str | None) -> Any:
    """Return colours and sign; in a column of several currencies the sign stands only beside it."""
    look = DifferentialStyle(
        font=Font(color=_INKS[mark]),
        fill=PatternFill(bgColor=_FILLS[mark], fill_type="solid"),
    )
    if currency is not None:
        number = _FIRST_ID + len(Mark) * list(CURRENCIES).index(currency) + list(Mark).index(mark)
        look.numFmt = NumberFormat(number, _money(currency, f'"{mark} "'))
    return look


def _name(sheet: Sheet) -> str:
    return _NO_NAME.sub(" ", sheet.title or sheet.name)[:31]


def _width(value: Value) -> int:
    """Return how many columns a value takes; Korean takes two each."""
    if value is None:
        return 0
    if isinstance(value, datetime):
        return 17
    if isinstance(value, date):
        return 11
    if isinstance(value, Decimal | int):
        return len(f"{int(value):,}") + 4
    return sum(2 if unicodedata.east_asian_width(one) in "WF" else 1 for one in value) + 1
