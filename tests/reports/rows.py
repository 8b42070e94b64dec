"""Rows of the calculator, as tests of reports put them into the tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from costs.flag import Flag
from costs.rows import HourCost, SlotCost, WatchCosts, unit_cost
from costs.window import Window
from domain.business_day import BusinessDay
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook

SEOUL = BusinessDay(ZoneInfo("Asia/Seoul"))
SLOT = timedelta(minutes=20)


def seoul(text: str) -> datetime:
    """Return a moment as people in Seoul write it."""
    return datetime.fromisoformat(text).replace(tzinfo=SEOUL.zone)


def slot(
    at: str,
    spend: int | None,
    results: int | None,
    *flags: Flag,
    unpaired: int | None = 0,
    long: timedelta = SLOT,
) -> SlotCost:
    """Return the interval that ends at a moment of Seoul."""
    end = seoul(at)
    cost = unit_cost(spend, results)
    return SlotCost(end, end - long, spend, results, cost, unpaired, frozenset(flags))


def hour(
    at: str, spend: int | None, results: int | None, *flags: Flag, unpaired: int | None = 0
) -> HourCost:
    """Return the hour that begins at a moment of Seoul."""
    wall = seoul(at)
    cost = unit_cost(spend, results)
    flag_set = frozenset(flags)
    return HourCost(wall, wall.date(), wall.hour, spend, results, cost, unpaired, flag_set)


def store(
    engine: Engine,
    watch: str,
    slots: Iterable[SlotCost] = (),
    hours: Iterable[HourCost] = (),
    final: Iterable[str] = (),
) -> None:
    """Make these the rows of a watch; `final` are the dates that nothing changes any more."""
    found = next(one for one in WatchBook(engine).all() if one.name == watch)
    first = seoul("2000-01-01")
    settled = frozenset(date.fromisoformat(one) for one in final)
    costs = WatchCosts(tuple(slots), tuple(hours), settled)
    UnitCostStore(engine).replace(found.id, Window(first, first, first, first), costs, first)
