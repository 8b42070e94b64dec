"""Hours of watches, a text for each date of a watch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from sqlalchemy import ColumnElement, Connection, case, select

from costs.flag import Flag
from costs.rows import Glance, HourCost
from storage.joined_rows import joined, moment, split
from storage.tables import UnitCostHourRow

_ROW = UnitCostHourRow


def read_hours(
    connection: Connection, condition: ColumnElement[bool]
) -> Iterator[tuple[int, HourCost]]:
    """Yield the hours with their watch, by watch and ascending."""
    amounts = (_ROW.spend, _ROW.results, _ROW.unit_cost, _ROW.unpaired_spend)
    money = (_ROW.spend_net, _ROW.spend_basis)
    told = joined(_ROW.hour_at, _ROW.hour, *amounts, *money, _ROW.flags)
    by = (_ROW.watch_id, _ROW.business_date)
    wanted = select(*by, told).where(condition).group_by(*by).order_by(*by)
    places = _places(connection)
    for watch, day, hours in connection.execute(wanted):
        for values in sorted(split(hours)):
            yield watch, _hour(day, values, places)


def read_glances(
    connection: Connection, condition: ColumnElement[bool]
) -> dict[int, dict[datetime, Glance]]:
    """Return what a small picture shows of the hours, of each watch that has any."""
    paired = case((_ROW.results.is_not(None), _ROW.spend))
    told = joined(_ROW.hour_at, _ROW.unit_cost, paired)
    wanted = select(_ROW.watch_id, told).where(condition).group_by(_ROW.watch_id)
    places = _places(connection)
    return {
        watch: dict(_glance(values, places) for values in split(hours))
        for watch, hours in connection.execute(wanted)
    }


def _places(connection: Connection) -> int:
    """Return how many places SQLite's whole numbers for decimals are shifted (`FourPlaces`)."""
    return 4 if connection.dialect.name == "sqlite" else 0


def _hour(day: date, values: list[str], places: int) -> HourCost:
    at, hour, spend, results, cost, unpaired, net, basis, flags = values
    return HourCost(
        moment(at),
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


def _glance(values: list[str], places: int) -> tuple[datetime, Glance]:
    at, cost, spend = values
    unit_cost = Decimal(cost).scaleb(-places) if cost else None
    return moment(at), Glance(unit_cost, int(spend) if spend else None)


@lru_cache(maxsize=512)
def flags_of(text: str) -> frozenset[Flag]:
    """Parse a row's flags; there are few different ones, and thousands of rows."""
    return frozenset(Flag(name) for name in json.loads(text))
