"""Generations of unit costs that do not count any more: which may go, and letting them go.

A rebuild keeps what counted before. Once its own rows have counted for long enough, nobody asks
for those: `--as-of` computes from readings. Of a closed month every generation stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from sqlalchemy import ColumnElement, Connection, Engine, Select, func, select

from domain.audit import Actor, Deed
from domain.business_day import BusinessDay
from domain.month import Month
from storage.audit import note_deed
from storage.cost_months import CostTable
from storage.month_rows import WatchMonth
from storage.tables import (
    ClosedMonthRow,
    CostGenerationRow,
    CostMonthRow,
    UnitCostDayRow,
    UnitCostHourRow,
    UnitCostSlotRow,
    WatchRow,
)
from storage.transaction import reading, run_in_transaction

_KINDS: tuple[CostTable, ...] = (UnitCostSlotRow, UnitCostHourRow, UnitCostDayRow)


@dataclass(frozen=True, slots=True)
class OldCosts:
    """The rows of one generation of a watch's month, which another one has replaced."""

    watch_id: int
    month: Month
    generation: int
    rows: int


def old_costs(engine: Engine, before: datetime) -> tuple[OldCosts, ...]:
    """Return what another generation has replaced before `before` (business time), by month.

    Not where a rebuild is under way, and nothing of a closed month.
    """
    found: dict[tuple[int, Month, int], int] = {}
    with reading(engine) as connection:
        for kind in _KINDS:
            for watch, first, generation, rows in connection.execute(_replaced(kind, before)):
                key = watch, Month(first), generation
                found[key] = found.get(key, 0) + rows
    every = (OldCosts(*key, rows) for key, rows in found.items())
    return tuple(sorted(every, key=lambda one: (one.month.first, one.watch_id, one.generation)))


def forget_old_costs(
    engine: Engine, found: Sequence[OldCosts], wall: BusinessDay, actor: Actor
) -> None:
    """Delete them, each watch's month under its lock; run it again where it was interrupted."""
    if not found:
        return
    told = {
        "months": sorted({str(one.month) for one in found}),
        "rows": sum(one.rows for one in found),
    }
    deed = Deed("costs.prune", "costs", "older generations", told)
    run_in_transaction(engine, lambda connection: note_deed(connection, actor, deed))
    for one in found:
        run_in_transaction(engine, partial(_forget, one, wall))


def _forget(one: OldCosts, wall: BusinessDay, connection: Connection) -> None:
    watch, month = one.watch_id, one.month
    connection.execute(select(WatchRow.id).where(WatchRow.id == watch).with_for_update())
    now = connection.execute(
        select(CostMonthRow.generation, CostMonthRow.building).where(
            CostMonthRow.watch_id == watch, CostMonthRow.month == month.first
        )
    ).one()
    closed = select(ClosedMonthRow.month).where(ClosedMonthRow.month == month.first)
    if one.generation in now or connection.scalar(closed) is not None:
        return  # closed or rebuilt meanwhile
    WatchMonth(watch, month, wall).forget(connection, one.generation)


def _replaced(kind: CostTable, before: datetime) -> Select[int, date, int, int]:
    month = CostMonthRow
    return (
        select(month.watch_id, month.month, kind.generation, func.count())
        .join(CostGenerationRow, CostGenerationRow.id == month.generation)
        .join(kind, (kind.watch_id == month.watch_id) & _within(kind))
        .where(
            CostGenerationRow.live_at < before,
            month.building.is_(None),
            month.month.not_in(select(ClosedMonthRow.month)),
            kind.generation != month.generation,
        )
        .group_by(month.watch_id, month.month, kind.generation)
    )


def _within(kind: CostTable) -> ColumnElement[bool]:
    month = CostMonthRow
    if kind is UnitCostSlotRow:
        return (kind.slot_at > month.begins_at) & (kind.slot_at <= month.ends_at)
    if kind is UnitCostHourRow:
        return (kind.hour_at >= month.begins_at) & (kind.hour_at < month.ends_at)
    assert kind is UnitCostDayRow
    return kind.business_date.between(month.month, month.last_date)
