"""A cell of a report as people read it, on a screen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from typing import Any

from costs.flag import Flag
from domain.currency import CURRENCIES
from domain.money import show_money
from domain.session import SessionState
from reports import words
from reports.mark import ESTIMATED, Mark
from reports.report import COSTS, DIFFERS, Column, Kind, Report, Row

_BARS = "▁▂▃▄▅▆▇█"
_MISSING = " "


def cell_text(report: Report, column: Column, row: Row) -> str:
    """Return what a screen shows of a row in a column; nothing is an empty text."""
    return texts_of(report, column)(row)


def texts_of(report: Report, column: Column) -> Callable[[Row], str]:
    """Return what gives the cells of a column, for thousands of rows."""
    if column.kind in _WHOLE_ROWS:
        return partial(_WHOLE_ROWS[column.kind], report, column)
    key, show = column.key, _TEXTS[column.kind]

    def text(row: Row) -> str:
        value = row.get(key)
        return "" if value is None else show(report, row, value)

    return text


def cell_style(column: Column, row: Row) -> Mark:
    """Return the sign whose colour a cell has."""
    if column.kind not in COSTS:
        return Mark.NONE
    return Mark(row.get(f"{column.prefix}mark", ""))


def _cost(report: Report, column: Column, row: Row) -> str:
    """Show money per result; no results are said as such, never as a number."""
    cost, spend = row.get(column.key), row.get(f"{column.prefix}spend")
    sign = _sign(column, row)
    if cost is not None:
        return f"{sign} {show_money(cost, row['currency'])}".strip()
    if spend is not None:
        found = words.NO_RESULTS.say(
            report.language,
            count=row[f"{column.prefix}results"],
            spend=show_money(spend, row["currency"]),
        )
        return f"{sign} {found}".strip()
    unpaired = row.get(f"{column.prefix}unpaired_spend")
    if unpaired:
        shown = show_money(unpaired, row["currency"])
        return words.UNPAIRED.say(report.language, spend=shown)
    return sign


def _heat(report: Report, column: Column, row: Row) -> str:
    """The same, without the currency: a table of 24 hours has to fit a screen."""
    cost, spend = row.get(column.key), row.get(f"{column.prefix}spend")
    sign = _sign(column, row)
    if cost is not None:
        return f"{sign}{_bare(cost, row)}"
    if spend is not None:
        counted = words.count(row[f"{column.prefix}results"], report.language)
        return f"{sign}{counted}/{_bare(spend, row)}"
    if row.get(f"{column.prefix}unpaired_spend"):
        return f"{sign}{words.SPENT_ALONE.say(report.language)}"
    return sign


def _bare(amount: int | Decimal, row: Row) -> str:
    currency = CURRENCIES[row["currency"]]
    whole = currency.major(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))
    return f"{whole:,.{currency.digits}f}"


def _sign(column: Column, row: Row) -> str:
    estimated = ESTIMATED if row.get(f"{column.prefix}estimated") else ""
    return f"{row.get(f'{column.prefix}mark', '')}{estimated}"


def _note(report: Report, _column: Column, row: Row) -> str:
    """An old number that looks new is said first."""
    if row.get("trouble"):
        at = _moment(report, row, row["trouble_since"])
        return words.REFUSED.say(report.language, at=at)
    if row.get("waiting_logins"):
        at = f"{row['waits_since'].astimezone(report.zone):%H:%M}"
        logins = ", ".join(row["waiting_logins"])
        return words.WAITS.say(report.language, at=at, logins=logins)
    never = "last_slot_at" in row and row["last_slot_at"] is None
    empty = row.get("empty_sides")
    if never or empty:
        said = [words.NEVER.say(report.language)] if never else []
        return ", ".join([*said, words.no_entity(empty, report.language)] if empty else said)
    notes = [words.NET_RESULTS.say(report.language)] if row.get("net_results") else []
    return ", ".join([*notes, *filter(None, [_flags(report, row, row.get("flags", []))])])


def _text(report: Report, row: Row, value: Any) -> str:
    return str(value)


def _results(report: Report, row: Row, value: int) -> str:
    counted = words.count(value, report.language)
    return words.NET.say(report.language, count=counted) if row.get("net_results") else counted


def _moment(report: Report, row: Row, value: Any) -> str:
    return f"{value.astimezone(report.zone):%Y-%m-%d %H:%M}"


def _flags(report: Report, row: Row, value: list[str]) -> str:
    return words.flags((Flag(name) for name in value), report.language)


def _provisional(report: Report, row: Row, value: bool) -> str:
    return (words.PROVISIONAL if value else words.FINAL).say(report.language)


def _spark(report: Report, row: Row, value: list[Decimal | None]) -> str:
    known = [cost for cost in value if cost is not None]
    highest = max(known, default=Decimal(0))
    if highest <= 0:
        return ""
    top = len(_BARS) - 1
    return "".join(
        _MISSING if cost is None else _BARS[round(max(cost, Decimal(0)) / highest * top)]
        for cost in value
    )


_WHOLE_ROWS: Mapping[Kind, Callable[[Report, Column, Row], str]] = {
    Kind.COST: _cost,
    Kind.HEAT: _heat,
    Kind.NOTE: _note,
}
"""Cells that say more than the value of their column."""

_TEXTS: Mapping[Kind, Callable[[Report, Row, Any], str]] = {
    Kind.TEXT: _text,
    Kind.NAMES: lambda report, row, value: ", ".join(value),
    Kind.COUNT: lambda report, row, value: f"{value:,}",
    Kind.RESULTS: _results,
    Kind.MONEY: lambda report, row, value: show_money(value, row["currency"]),
    Kind.PERCENT: lambda report, row, value: f"{value:,}%",
    Kind.CHANGE: lambda report, row, value: f"{value:+,}%",
    Kind.MOMENT: _moment,
    Kind.DATE: _text,
    Kind.HOUR: lambda report, row, value: f"{value:02d}",
    Kind.MINUTES: lambda report, row, value: words.minutes(value, report.language),
    Kind.FLAGS: _flags,
    Kind.PROVISIONAL: _provisional,
    Kind.CLOSED: lambda report, row, value: "≠" if value == DIFFERS else "",
    Kind.SPAN: lambda report, row, value: words.SPANS[value].say(report.language),
    Kind.STATE: lambda report, row, value: words.STATES[SessionState(value)].say(report.language),
    Kind.SPARK: _spark,
}
