"""How a watch does, in one word: what the page sorts by and shows first. Pure.

Money that burns comes before what nobody can see, and that before what is well.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from costs.statistics import chance_over
from reports.mark import Mark, mark_of
from reports.standing import Standing

STALE_AFTER = timedelta(minutes=45)
"""Two slots and a little: one missed visit is no news."""
_SURE = 0.9


class State(StrEnum):
    """All states, the worst first."""

    OVER = "over"
    """Over its target, and not by chance."""
    ABOVE = "above"
    """Above its target, but so little or on so few results that it may be chance."""
    WAITING = "waiting"
    """A login waits for a person: what is known is old."""
    STALE = "stale"
    """Nothing new for two slots."""
    NEVER = "never"
    """Nothing was ever computed for it."""
    FEW = "few"
    """Too little was spent and gained to say anything."""
    WITHIN = "within"
    """At or below its target."""
    AIMLESS = "aimless"
    """Measured, without a target to judge it by."""


def state_of(standing: Standing) -> State:
    """Return the state of a watch by its last 60 minutes; what is blind is never called well."""
    if standing.waiting_logins:
        return State.WAITING
    if standing.age is None:
        return State.NEVER
    if standing.age > STALE_AFTER:
        return State.STALE
    return _by_target(standing)


def excess(standing: Standing) -> int | None:
    """Return what was spent in the last 60 minutes beyond target x results, in minor units.

    Below zero: less than the target allows. None where spend, results or target are unknown.
    """
    spend, results = standing.last_hour.spend, standing.last_hour.results
    target = target_of(standing)
    if spend is None or results is None or target is None:
        return None
    return spend - target * max(results, 0)


def target_of(standing: Standing) -> int | None:
    """Return the target; one of 0 or less is none that a unit cost could be held against."""
    return standing.target if standing.target and standing.target > 0 else None


def _by_target(standing: Standing) -> State:
    now, target = standing.last_hour, target_of(standing)
    if now.spend is None or now.results is None:
        return State.FEW
    if target is None:
        return State.AIMLESS
    if chance_over(now.spend, now.results, Decimal(target)) >= _SURE:
        return State.OVER
    if now.unit_cost is None:
        return State.ABOVE if now.spend >= target else State.FEW
    if now.unit_cost > target:
        return State.ABOVE
    return State.FEW if mark_of(now, target) is Mark.FEW else State.WITHIN
