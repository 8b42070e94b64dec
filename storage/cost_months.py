"""Which generation of unit costs counts, by watch and month.

A month that never was rebuilt has no row here: its generation is 0. While a rebuild runs, its
months hold two: the one that counts, and the one that is being written and will count next.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum

from sqlalchemy import ColumnElement, Connection, func, select

from storage.tables import CostMonthRow, UnitCostDayRow, UnitCostHourRow, UnitCostSlotRow

CostTable = type[UnitCostSlotRow] | type[UnitCostHourRow] | type[UnitCostDayRow]


class Shelf(Enum):
    """Whose rows are meant: those that count, or those that will once a rebuild has ended."""

    LIVE = "live"
    BUILDING = "building"


@dataclass(frozen=True, slots=True)
class CostMonth:
    """A month of a watch that was rebuilt, or is being rebuilt; moments are UTC."""

    watch_id: int
    month: date
    last_date: date
    begins_at: datetime
    ends_at: datetime
    generation: int
    building: int | None


@dataclass(frozen=True, slots=True)
class WatchMonths:
    """The months of one watch that ever were rebuilt."""

    months: tuple[CostMonth, ...] = ()

    @property
    def building(self) -> frozenset[int]:
        """The generations that are being written to some of them."""
        return frozenset(one.building for one in self.months if one.building is not None)

    def of_slot(self, slot_at: datetime) -> CostMonth | None:
        """Return the month in which the interval ends; its midnight belongs to the month before."""
        return next((m for m in self.months if m.begins_at < slot_at <= m.ends_at), None)

    def of_hour(self, hour_at: datetime) -> CostMonth | None:
        """Return the month of an hour."""
        return next((m for m in self.months if m.begins_at <= hour_at < m.ends_at), None)

    def of_date(self, day: date) -> CostMonth | None:
        """Return the month of a business date."""
        return next((m for m in self.months if m.month <= day <= m.last_date), None)


def is_live(kind: CostTable, shelf: Shelf = Shelf.LIVE) -> ColumnElement[bool]:
    """Return the condition that a row of unit costs counts: for `.where(...)`.

    Without it a query would find the rows of older generations, too.
    """
    month = CostMonthRow
    if kind is UnitCostSlotRow:
        inside = (month.begins_at < kind.slot_at) & (month.ends_at >= kind.slot_at)
    elif kind is UnitCostHourRow:
        inside = (month.begins_at <= kind.hour_at) & (month.ends_at > kind.hour_at)
    else:
        assert kind is UnitCostDayRow
        inside = (month.month <= kind.business_date) & (month.last_date >= kind.business_date)
    live = month.generation
    chosen = live if shelf is Shelf.LIVE else func.coalesce(month.building, live)
    found = select(chosen).where(month.watch_id == kind.watch_id, inside).correlate(kind)
    return kind.generation == func.coalesce(found.scalar_subquery(), 0)


def months_of(connection: Connection, watches: Collection[int]) -> dict[int, WatchMonths]:
    """Return the rebuilt months of each watch that has any."""
    columns = CostMonthRow.__table__.columns
    rows = connection.execute(select(*columns).where(columns.watch_id.in_(watches)))
    found: defaultdict[int, list[CostMonth]] = defaultdict(list)
    for row in rows:
        found[row.watch_id].append(CostMonth(*row))
    return {watch: WatchMonths(tuple(months)) for watch, months in found.items()}
