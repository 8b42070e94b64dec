"""A cell of a report as a spreadsheet takes it: a real number, a real date, or text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from domain.currency import CURRENCIES
from reports.cells import cell_text
from reports.report import COSTS, Column, Kind, Report, Row

_MONEY = frozenset({Kind.MONEY, *COSTS})
_PERCENT = frozenset({Kind.PERCENT, Kind.CHANGE})
_AS_READ = frozenset({Kind.COUNT, Kind.RESULTS, Kind.HOUR, Kind.MINUTES, Kind.DATE})

Value = str | int | Decimal | date | datetime | None


def value_of(report: Report, column: Column, row: Row) -> Value:
    """Return a row's value in a column; None is not known.

    Money is in the currency's own unit, moments are those of the report's zone and without an
    offset, as spreadsheets know none; per cent are fractions.
    """
    value = row.get(column.key)
    if value is None:
        said = column.kind in (Kind.NOTE, Kind.HEAT)
        return (cell_text(report, column, row) or None) if said else None
    if column.kind in _MONEY:
        return CURRENCIES[row["currency"]].major(value)
    if column.kind in _PERCENT:
        return Decimal(value) / 100
    if column.kind is Kind.MOMENT:
        moment: datetime = value.astimezone(report.zone).replace(tzinfo=None, microsecond=0)
        return moment
    if column.kind in _AS_READ:
        found: Value = value
        return found
    return cell_text(report, column, row)
