"""Unit costs per slot and per hour: replaced over a window, in one transaction.

They are derived: whatever stands here can be thrown away and computed again from the readings.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, Text, delete, select, type_coerce

from costs.flag import Flag
from costs.rows import HourCost, SlotCost, WatchCosts
from costs.window import Window
from storage.tables import Base, UnitCostHourRow, UnitCostSlotRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


class UnitCostStore:
    """The calculator's rows of all watches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def replace(self, watch_id: int, window: Window, costs: WatchCosts, at: datetime) -> int:
        """Make the rows of the window those of `costs`; return how many rows changed.

        Rows that are the same keep their `computed_at`.
        """
        return run_in_transaction(
            self._engine,
            lambda connection: replace_costs(connection, watch_id, window, costs, at),
        )

    def slots(self, watch_id: int, since: datetime, until: datetime) -> tuple[SlotCost, ...]:
        """Return the rows with slot_at in [since, until], ascending."""
        wanted = (
            select(UnitCostSlotRow)
            .where(
                UnitCostSlotRow.watch_id == watch_id,
                UnitCostSlotRow.slot_at.between(since, until),
            )
            .order_by(UnitCostSlotRow.slot_at)
        )
        with reading(self._engine) as connection:
            return tuple(_slot(row) for row in connection.execute(wanted))

    def hours(self, watch_id: int, since: datetime, until: datetime) -> tuple[HourCost, ...]:
        """Return the hours that begin in [since, until], ascending."""
        wanted = (
            select(UnitCostHourRow)
            .where(
                UnitCostHourRow.watch_id == watch_id,
                UnitCostHourRow.hour_at.between(since, until),
            )
            .order_by(UnitCostHourRow.hour_at)
        )
        with reading(self._engine) as connection:
            return tuple(_hour(row) for row in connection.execute(wanted))


def replace_costs(
    connection: Connection, watch_id: int, window: Window, costs: WatchCosts, at: datetime
) -> int:
    """Replace the rows of a window in a transaction of the caller's."""
    cut = window.cut(costs)
    slots = [_slot_row(watch_id, one, at) for one in cut.slots]
    hours = [_hour_row(watch_id, one, at) for one in cut.hours]
    slots_there = select(UnitCostSlotRow).where(
        UnitCostSlotRow.watch_id == watch_id, UnitCostSlotRow.slot_at > window.replace_after
    )
    hours_there = select(UnitCostHourRow).where(
        UnitCostHourRow.watch_id == watch_id, UnitCostHourRow.hour_at >= window.hours_from
    )
    return _replace(connection, slots_there, "slot_at", slots) + _replace(
        connection, hours_there, "hour_at", hours
    )


def pair_point_before(connection: Connection, watch_id: int, moment: datetime) -> datetime | None:
    """Return the last slot before `moment` at which both sides of the watch were read."""
    alone = f'%"{Flag.ONE_SIDED}"%'
    return connection.scalar(
        select(UnitCostSlotRow.slot_at)
        .where(
            UnitCostSlotRow.watch_id == watch_id,
            UnitCostSlotRow.slot_at < moment,
            type_coerce(UnitCostSlotRow.flags, Text).not_like(alone),
        )
        .order_by(UnitCostSlotRow.slot_at.desc())
        .limit(1)
    )


def _replace(
    connection: Connection, there: Select[*tuple[Any, ...]], moment: str, rows: list[dict[str, Any]]
) -> int:
    """Delete what the selection finds and `rows` do not hold, write what differs."""
    kind: type[Base] = UnitCostSlotRow if moment == "slot_at" else UnitCostHourRow
    stored = {row[moment]: dict(row) for row in connection.execute(there).mappings()}
    changed = [row for row in rows if not _same(stored.pop(row[moment], None), row)]
    table = kind.__table__
    for stale in stored.values():
        connection.execute(
            delete(kind).where(
                table.c.watch_id == stale["watch_id"], table.c[moment] == stale[moment]
            )
        )
    upsert(connection, kind, changed)
    return len(stored) + len(changed)


def _same(stored: dict[str, Any] | None, row: dict[str, Any]) -> bool:
    return stored is not None and {**stored, "computed_at": None} == {**row, "computed_at": None}


def _slot_row(watch_id: int, cost: SlotCost, at: datetime) -> dict[str, Any]:
    return {
        "watch_id": watch_id,
        "slot_at": cost.slot_at,
        "interval_start": cost.interval_start,
        **_amounts(cost, at),
    }


def _hour_row(watch_id: int, cost: HourCost, at: datetime) -> dict[str, Any]:
    return {
        "watch_id": watch_id,
        "hour_at": cost.hour_at,
        "business_date": cost.business_date,
        "hour": cost.hour,
        **_amounts(cost, at),
    }


def _amounts(cost: SlotCost | HourCost, at: datetime) -> dict[str, Any]:
    return {
        "spend": cost.spend,
        "results": cost.results,
        "unit_cost": cost.unit_cost,
        "unpaired_spend": cost.unpaired_spend,
        "flags": sorted(cost.flags),
        "computed_at": at,
    }


def _flags(names: Iterable[str]) -> frozenset[Flag]:
    return frozenset(Flag(name) for name in names)


def _slot(row: Any) -> SlotCost:
    return SlotCost(
        row.slot_at,
        row.interval_start,
        row.spend,
        row.results,
        row.unit_cost,
        row.unpaired_spend,
        _flags(row.flags),
    )


def _hour(row: Any) -> HourCost:
    return HourCost(
        row.hour_at,
        row.business_date,
        row.hour,
        row.spend,
        row.results,
        row.unit_cost,
        row.unpaired_spend,
        _flags(row.flags),
    )
