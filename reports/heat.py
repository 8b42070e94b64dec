"""The heat table: what each hour of some dates cost, for each of some watches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Engine

from costs.rows import HourCost
from reports.amounts import Amounts, amounts_of
from reports.costs import Costs
from storage.cost_reader import CostReader

Cell = tuple[int, date, int]
"""Watch, business date, hour on the wall."""


def heat(
    engine: Engine,
    watches: Collection[int],
    since: date,
    until: date,
    costs: Costs | None = None,
) -> Mapping[Cell, Amounts]:
    """Return the hours of the dates `since` to `until`, both included, in one query.

    An hour that was not measured is left out. The hour that a clock sets back to stands once.
    """
    rows = (costs or CostReader(engine)).dated_hours(watches, since, until)
    cells: defaultdict[Cell, list[HourCost]] = defaultdict(list)
    for watch, hours in rows.items():
        for hour in hours:
            cells[watch, hour.business_date, hour.hour].append(hour)
    return {cell: amounts_of(hours) for cell, hours in cells.items()}
