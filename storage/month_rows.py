"""The rows of one month of a watch, of one generation: to compare, to write, to forget."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select

from costs.days import days_of
from domain.business_day import BusinessDay
from domain.month import Month
from storage.cost_months import CostTable, is_live
from storage.cost_rows import Row, day_row, hour_row, slot_row
from storage.dated_costs import DatedCosts
from storage.tables import UnitCostDayRow, UnitCostHourRow, UnitCostSlotRow

_MOMENTS: dict[CostTable, str] = {
    UnitCostSlotRow: "slot_at",
    UnitCostHourRow: "hour_at",
    UnitCostDayRow: "business_date",
}
_NOT_COMPARED = {"generation": 0, "computed_at": None}
MonthRows = dict[CostTable, list[Row]]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a month as it counts compares with what its readings give."""

    rows: int = 0
    differ: int = 0
    """Rows that change, come, or go."""

    def __add__(self, other: Difference) -> Difference:
        """Return both together."""
        return Difference(self.rows + other.rows, self.differ + other.differ)


@dataclass(frozen=True, slots=True)
class WatchMonth:
    """One month of a watch; `wall` tells the days of the zone in which hours are cut."""

    watch_id: int
    month: Month
    wall: BusinessDay

    def of_costs(self, found: DatedCosts, generation: int, at: datetime) -> MonthRows:
        """Return the month's rows of a computation."""
        costs = found.between(self.month.begins(self.wall), self.month.ends(self.wall), self.wall)
        watch = self.watch_id
        return {
            UnitCostSlotRow: [slot_row(watch, one, generation, at) for one in costs.slots],
            UnitCostHourRow: [hour_row(watch, one, generation, at) for one in costs.hours],
            UnitCostDayRow: [day_row(watch, one, generation, at) for one in days_of(costs)],
        }

    def live(self, connection: Connection) -> MonthRows:
        """Return the rows that count."""
        return {
            kind: [
                dict(row)
                for row in connection.execute(
                    select(kind).where(self._within(kind), is_live(kind))
                ).mappings()
            ]
            for kind in _MOMENTS
        }

    def write(self, connection: Connection, rows: MonthRows) -> None:
        """Add rows of a generation that has none yet."""
        for kind, some in rows.items():
            if some:
                connection.execute(insert(kind), some)

    def forget(self, connection: Connection, generation: int) -> int:
        """Delete the rows of a generation and return how many they were."""
        gone = 0
        for kind in _MOMENTS:
            mine = delete(kind).where(self._within(kind), kind.generation == generation)
            gone += connection.execute(mine).rowcount
        return gone

    def _within(self, kind: CostTable) -> ColumnElement[bool]:
        mine = kind.watch_id == self.watch_id
        begins, ends = self.month.begins(self.wall), self.month.ends(self.wall)
        if kind is UnitCostSlotRow:
            return mine & (kind.slot_at > begins) & (kind.slot_at <= ends)
        if kind is UnitCostHourRow:
            return mine & (kind.hour_at >= begins) & (kind.hour_at < ends)
        assert kind is UnitCostDayRow
        return mine & kind.business_date.between(self.month.first, self.month.last)


def compared(live: MonthRows, fresh: MonthRows) -> Difference:
    """Return how many rows differ, whatever their generation.

    A fresh row that is as the one that counts takes over its `computed_at`.
    """
    found = Difference()
    for kind, moment in _MOMENTS.items():
        there = {row[moment]: row for row in live[kind]}
        same = 0
        for row in fresh[kind]:
            old = there.get(row[moment])
            if old is not None and {**old, **_NOT_COMPARED} == {**row, **_NOT_COMPARED}:
                row["computed_at"] = old["computed_at"]
                same += 1
        changed = len(fresh[kind]) - same
        gone = len(there.keys() - {row[moment] for row in fresh[kind]})
        found += Difference(len(fresh[kind]), changed + gone)
    return found
