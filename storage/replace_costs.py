"""Write what was computed: the rows of a window become those of a computation, and no others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, select

from costs.days import day_costs
from costs.rows import DayCost, HourCost, SlotCost, WatchCosts
from costs.window import Window
from storage.cost_months import CostMonth, CostTable, Shelf, WatchMonths, is_live, months_of
from storage.cost_rows import Row, day_row, hour_cost, hour_row, slot_row
from storage.tables import UnitCostDayRow, UnitCostHourRow, UnitCostSlotRow
from storage.upsert import upsert

_LONGEST_DAY = timedelta(hours=25)
_MOMENTS: dict[CostTable, str] = {
    UnitCostSlotRow: "slot_at",
    UnitCostHourRow: "hour_at",
    UnitCostDayRow: "business_date",
}


def replace_costs(
    connection: Connection,
    watch_id: int,
    window: Window,
    costs: WatchCosts,
    at: datetime,
    shelf: Shelf = Shelf.LIVE,
) -> int:
    """Replace the rows of a window in a transaction of the caller's; return how many changed.

    The sums of the days that its hours belong to are written with them. On the shelf that is
    being built only the months of that rebuild are touched.
    """
    months = months_of(connection, [watch_id]).get(watch_id, WatchMonths())
    desk = _Desk(connection, watch_id, months, shelf, at)
    cut = window.cut(costs)
    slots = desk.stored(UnitCostSlotRow, UnitCostSlotRow.slot_at > window.replace_after)
    # The first hour's date is summed from its midnight on.
    near = desk.stored(UnitCostHourRow, UnitCostHourRow.hour_at >= window.hours_from - _LONGEST_DAY)
    before = [row for row in near if row.hour_at < window.hours_from]
    hours = [row for row in near if row.hour_at >= window.hours_from]
    touched = {one.business_date for one in (*cut.hours, *hours)}
    if touched:
        first = min(touched)
        same_day = (hour_cost(row) for row in before if row.business_date >= first)
        sums = day_costs((*same_day, *cut.hours), cut.final_dates)
        days = desk.stored(UnitCostDayRow, UnitCostDayRow.business_date >= first)
    else:
        sums, days = (), []
    return (
        desk.replace(UnitCostSlotRow, slots, desk.slot_rows(cut.slots))
        + desk.replace(UnitCostHourRow, hours, desk.hour_rows(cut.hours))
        + desk.replace(UnitCostDayRow, days, desk.day_rows(sums))
    )


@dataclass(frozen=True, slots=True)
class _Desk:
    """One watch on one shelf, within one transaction."""

    connection: Connection
    watch_id: int
    months: WatchMonths
    shelf: Shelf
    at: datetime

    def stored(self, kind: CostTable, within: ColumnElement[bool]) -> list[Any]:
        """Return the rows there are, ascending."""
        mine = select(kind).where(kind.watch_id == self.watch_id, within)
        if self.shelf is Shelf.LIVE:
            mine = mine.where(is_live(kind))
        else:
            mine = mine.where(kind.generation.in_(self.months.building))
        order = kind.__table__.c[_MOMENTS[kind]]
        return list(self.connection.execute(mine.order_by(order)))

    def slot_rows(self, costs: Iterable[SlotCost]) -> list[Row]:
        """Return the rows to be, except those of months that are not touched."""
        found = ((one, self._generation(self.months.of_slot(one.slot_at))) for one in costs)
        return [slot_row(self.watch_id, one, n, self.at) for one, n in found if n is not None]

    def hour_rows(self, costs: Iterable[HourCost]) -> list[Row]:
        """Return the rows to be, except those of months that are not touched."""
        found = ((one, self._generation(self.months.of_hour(one.hour_at))) for one in costs)
        return [hour_row(self.watch_id, one, n, self.at) for one, n in found if n is not None]

    def day_rows(self, costs: Iterable[DayCost]) -> list[Row]:
        """Return the rows to be, except those of months that are not touched."""
        found = ((one, self._generation(self.months.of_date(one.business_date))) for one in costs)
        return [day_row(self.watch_id, one, n, self.at) for one, n in found if n is not None]

    def replace(self, kind: CostTable, there: Sequence[Any], rows: list[Row]) -> int:
        """Delete what is there and not among `rows`, write what differs; return how many."""
        moment = _MOMENTS[kind]
        stored = {getattr(row, moment): dict(row._mapping) for row in there}
        changed = [row for row in rows if not _same(stored.pop(row[moment], None), row)]
        table = kind.__table__
        for stale in stored.values():
            gone = (table.c[column.name] == stale[column.name] for column in table.primary_key)
            self.connection.execute(delete(kind).where(*gone))
        upsert(self.connection, kind, changed)
        return len(stored) + len(changed)

    def _generation(self, month: CostMonth | None) -> int | None:
        if self.shelf is Shelf.LIVE:
            return month.generation if month else 0
        return month.building if month else None


def _same(stored: Row | None, row: Row) -> bool:
    return stored is not None and {**stored, "computed_at": None} == {**row, "computed_at": None}
