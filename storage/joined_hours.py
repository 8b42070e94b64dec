"""Hours of watches, a text for each date of a watch: the database joins what Python then splits.

PyMySQL reads a result in Python, row by row and value by value: 18 µs for an hour, of which a
page shows tens of thousands. Split from a text an hour takes 4.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, Text, case, cast, func, select

from costs.flag import Flag
from costs.rows import Glance, HourCost
from storage.tables import UnitCostHourRow

_MARK, _END = "|", "\n"
"""Between values and between hours: neither stands in a number, a moment or a list of flags."""
_ROW = UnitCostHourRow


def read_hours(
    connection: Connection, condition: ColumnElement[bool]
) -> Iterator[tuple[int, HourCost]]:
    """Yield the hours with their watch, by watch and ascending."""
    amounts = (_ROW.spend, _ROW.results, _ROW.unit_cost, _ROW.unpaired_spend)
    money = (_ROW.spend_net, _ROW.spend_basis)
    joined = _joined(_ROW.hour_at, _ROW.hour, *amounts, *money, _ROW.flags)
    by = (_ROW.watch_id, _ROW.business_date)
    wanted = select(*by, joined).where(condition).group_by(*by).order_by(*by)
    places = _places(connection)
    for watch, day, hours in connection.execute(wanted):
        for told in sorted(hours.split(_END)):
            yield watch, _hour(day, told, places)


def read_glances(
    connection: Connection, condition: ColumnElement[bool]
) -> dict[int, dict[datetime, Glance]]:
    """Return what a small picture shows of the hours, of each watch that has any."""
    paired = case((_ROW.results.is_not(None), _ROW.spend))
    joined = _joined(_ROW.hour_at, _ROW.unit_cost, paired)
    wanted = select(_ROW.watch_id, joined).where(condition).group_by(_ROW.watch_id)
    places = _places(connection)
    return {
        watch: dict(_glance(told, places) for told in hours.split(_END))
        for watch, hours in connection.execute(wanted)
    }


def _joined(*columns: Any) -> ColumnElement[str]:
    first, *others = (func.coalesce(cast(column, Text), "") for column in columns)
    told: ColumnElement[str] = first
    for other in others:
        told = told.concat(_MARK).concat(other)
    return func.aggregate_strings(told, _END)


def _places(connection: Connection) -> int:
    """Return how many places SQLite's whole numbers for decimals are shifted (`FourPlaces`)."""
    return 4 if connection.dialect.name == "sqlite" else 0


def _hour(day: date, told: str, places: int) -> HourCost:
    at, hour, spend, results, cost, unpaired, net, basis, flags = told.split(_MARK)
    return HourCost(
        _moment(at),
        day,
        int(hour),
        int(spend) if spend else None,
        int(results) if results else None,
        Decimal(cost).scaleb(-places) if cost else None,
        int(unpaired) if unpaired else None,
        flags_of(flags),
        Decimal(net).scaleb(-places) if net else None,
        Decimal(basis).scaleb(-places) if basis else None,
    )


def _glance(told: str, places: int) -> tuple[datetime, Glance]:
    at, cost, spend = told.split(_MARK)
    unit_cost = Decimal(cost).scaleb(-places) if cost else None
    return _moment(at), Glance(unit_cost, int(spend) if spend else None)


@lru_cache(maxsize=4096)  # the same hours come again for every watch
def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@lru_cache(maxsize=512)
def flags_of(text: str) -> frozenset[Flag]:
    """Parse a row's flags; there are few different ones, and thousands of rows."""
    return frozenset(Flag(name) for name in json.loads(text))
