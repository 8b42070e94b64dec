"""A business date hour by hour, for every watch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Engine

from costs.rows import HourCost
from domain.business_day import BusinessDay
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WatchHour:
    """One hour of a watch."""

    client: str
    watch: str
    label: str
    cost: HourCost


def unit_costs_by_hour(
    engine: Engine, on: date, day: BusinessDay, watch: str | None = None
) -> tuple[WatchHour, ...]:
    """Return the hours of the business date `on`, by client, watch and hour.

    Sites in other time zones begin that date at another moment, so rows are chosen by the date
    they carry.
    """
    store = UnitCostStore(engine)
    since, until = day.starts(on) - _ONE_DAY, day.starts(on) + 2 * _ONE_DAY
    return tuple(
        WatchHour(one.client, one.name, one.label, hour)
        for one in WatchBook(engine).all()
        if watch in (None, one.name)
        for hour in store.hours(one.id, since, until)
        if hour.business_date == on
    )
