"""Whether the inventory fits into the budgets, as the database and the budgets stand now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine

from domain.inventory import InventorySpec
from pace.budget import Pace
from storage.login_costs import recent_costs
from workers.demand import Demand, demands, needs_of
from workers.shortage import FarWatch, Shortage, far_watches, shortages


@dataclass(frozen=True, slots=True)
class Plan:
    """What each site is asked for, what of it does not fit, and the watches that suffer."""

    demands: tuple[Demand, ...]
    shortages: tuple[Shortage, ...]
    far_watches: tuple[FarWatch, ...]

    @property
    def fits(self) -> bool:
        """Whether every account can be read in its slot."""
        return not self.shortages and not self.far_watches


def plan_of(engine: Engine, spec: InventorySpec, pace: Pace | None = None) -> Plan:
    """Return the plan of an inventory, applied or not; with a pace also by what sites bear now.

    Raises:
        PaceUnavailable: the budgets cannot be asked.
    """
    needs = needs_of(spec, recent_costs(engine))
    rates = {} if pace is None else _rates(spec, pace)
    found = demands(spec, needs, rates)
    return Plan(found, shortages(found), far_watches(spec, needs, rates))


def _rates(spec: InventorySpec, pace: Pace) -> Mapping[str, float]:
    """Return what the sites bear that have shown it, of those that have a budget already."""
    stand = {one.name: pace.snapshot(one.name) for one in spec.sites if not one.policy.is_import}
    return {name: one.bears for name, one in stand.items() if one.bears is not None}
