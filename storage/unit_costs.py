"""Unit costs per slot, hour and day, as they count now.

They are derived: whatever stands here can be thrown away and computed again from the readings.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Text, select, type_coerce

from costs.flag import Flag
from costs.rows import DayCost, HourCost, SlotCost, WatchCosts
from costs.window import Window
from storage.cost_months import CostTable, Shelf, is_live
from storage.cost_rows import day_cost, hour_cost, slot_cost
from storage.replace_costs import replace_costs
from storage.tables import UnitCostDayRow, UnitCostHourRow, UnitCostSlotRow
from storage.transaction import reading, run_in_transaction

_BOTH_SIDES = type_coerce(UnitCostSlotRow.flags, Text).not_like(f'%"{Flag.ONE_SIDED}"%')


class UnitCostStore:
    """The calculator's rows of all watches, of the generations that count."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace(self, watch_id: int, window: Window, costs: WatchCosts, at: datetime) -> int:
        """Make the rows of the window those of `costs`; return how many rows changed.

        Rows that are the same keep their `computed_at`.
        """
        return run_in_transaction(
            self._engine,
            lambda connection: replace_costs(connection, window, {watch_id: costs}, at),
        )

    def slots(self, watch_id: int, since: datetime, until: datetime) -> tuple[SlotCost, ...]:
        """Return the rows with slot_at in [since, until], ascending."""
        kind = UnitCostSlotRow
        rows = self._rows(kind, watch_id, kind.slot_at.between(since, until), kind.slot_at)
        return tuple(slot_cost(row) for row in rows)

    def hours(self, watch_id: int, since: datetime, until: datetime) -> tuple[HourCost, ...]:
        """Return the hours that begin in [since, until], ascending."""
        kind = UnitCostHourRow
        rows = self._rows(kind, watch_id, kind.hour_at.between(since, until), kind.hour_at)
        return tuple(hour_cost(row) for row in rows)

    def days(self, watch_id: int, since: date, until: date) -> tuple[DayCost, ...]:
        """Return the business dates in [since, until], ascending."""
        with reading(self._engine) as connection:
            return days_of(connection, watch_id, since, until)

    def _rows(self, kind: CostTable, watch_id: int, between: Any, order: Any) -> list[Any]:
        wanted = select(kind).where(kind.watch_id == watch_id, between, is_live(kind))
        with reading(self._engine) as connection:
            return list(connection.execute(wanted.order_by(order)))


def days_of(connection: Connection, watch_id: int, since: date, until: date) -> tuple[DayCost, ...]:
    """Return the business dates in [since, until], in a transaction of the caller's."""
    kind = UnitCostDayRow
    rows = (
        select(kind)
        .where(kind.watch_id == watch_id, kind.business_date.between(since, until), is_live(kind))
        .order_by(kind.business_date)
    )
    return tuple(day_cost(row) for row in connection.execute(rows))


def pair_point_before(
    connection: Connection, watch_id: int, moment: datetime, shelf: Shelf = Shelf.LIVE
) -> datetime | None:
    """Return the last slot before `moment` at which both sides of the watch were read."""
    return connection.scalar(
        select(UnitCostSlotRow.slot_at)
        .where(
            UnitCostSlotRow.watch_id == watch_id,
            UnitCostSlotRow.slot_at < moment,
            _BOTH_SIDES,
            is_live(UnitCostSlotRow, shelf),
        )
        .order_by(UnitCostSlotRow.slot_at.desc())
        .limit(1)
    )


def pair_point_from(
    connection: Connection, watch_id: int, moment: datetime, shelf: Shelf = Shelf.LIVE
) -> datetime | None:
    """Return the first slot from `moment` on at which both sides of the watch were read."""
    return connection.scalar(
        select(UnitCostSlotRow.slot_at)
        .where(
            UnitCostSlotRow.watch_id == watch_id,
            UnitCostSlotRow.slot_at >= moment,
            _BOTH_SIDES,
            is_live(UnitCostSlotRow, shelf),
        )
        .order_by(UnitCostSlotRow.slot_at)
        .limit(1)
    )


def pair_points_between(
    connection: Connection, watches: Collection[int], since: datetime, before: datetime
) -> dict[int, list[datetime]]:
    """Return the slots in [since, before) at which both sides of each watch were read."""
    row = UnitCostSlotRow
    rows = connection.execute(
        select(row.watch_id, row.slot_at)
        .where(
            row.watch_id.in_(watches),
            row.slot_at >= since,
            row.slot_at < before,
            _BOTH_SIDES,
            is_live(row),
        )
        .order_by(row.slot_at)
    )
    found: defaultdict[int, list[datetime]] = defaultdict(list)
    for watch, slot_at in rows:
        found[watch].append(slot_at)
    return found
