"""Unit costs as rows of their tables, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from costs.flag import Flag
from costs.rows import DayCost, HourCost, SlotCost

Row = dict[str, Any]


def slot_row(watch_id: int, cost: SlotCost, generation: int, at: datetime) -> Row:
    """Return the row of an interval; `at` is the business time at which it was computed."""
    return {
        "watch_id": watch_id,
        "slot_at": cost.slot_at,
        "interval_start": cost.interval_start,
        **_amounts(cost, generation, at),
    }


def hour_row(watch_id: int, cost: HourCost, generation: int, at: datetime) -> Row:
    """Return the row of an hour."""
    return {
        "watch_id": watch_id,
        "hour_at": cost.hour_at,
        "business_date": cost.business_date,
        "hour": cost.hour,
        **_amounts(cost, generation, at),
    }


def day_row(watch_id: int, cost: DayCost, generation: int, at: datetime) -> Row:
    """Return the row of a business date."""
    return {
        "watch_id": watch_id,
        "business_date": cost.business_date,
        "is_final": cost.is_final,
        **_amounts(cost, generation, at),
    }


def slot_cost(row: Any) -> SlotCost:
    """Return the interval of a row."""
    return SlotCost(row.slot_at, row.interval_start, **_values(row))


def hour_cost(row: Any) -> HourCost:
    """Return the hour of a row."""
    return HourCost(row.hour_at, row.business_date, row.hour, **_values(row))


def day_cost(row: Any) -> DayCost:
    """Return the date of a row."""
    return DayCost(row.business_date, is_final=row.is_final, **_values(row))


def _amounts(cost: SlotCost | HourCost | DayCost, generation: int, at: datetime) -> Row:
    return {
        "spend": cost.spend,
        "results": cost.results,
        "unit_cost": cost.unit_cost,
        "unpaired_spend": cost.unpaired_spend,
        "spend_net": cost.spend_net,
        "spend_basis": cost.spend_basis,
        "flags": sorted(cost.flags),
        "computed_at": at,
        "generation": generation,
    }


_AMOUNTS = ("spend", "results", "unit_cost", "unpaired_spend", "spend_net", "spend_basis")


def _values(row: Any) -> dict[str, Any]:
    amounts = {name: getattr(row, name) for name in _AMOUNTS}
    return {**amounts, "flags": frozenset(Flag(name) for name in row.flags)}
