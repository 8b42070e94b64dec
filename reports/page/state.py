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
    """Above its target, on few results."""
    WAITING = "waiting"
    """A login waits for a person: what is known is old."""
    REFUSED = "refused"
    """It cannot be computed any more: a person has to mend what it says."""
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
    if standing.trouble is not None:
        return State.REFUSED
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
    if spend is None or results is None or not standing.target:
        return None
    return spend - standing.target * max(results, 0)


def _by_target(standing: Standing) -> State:
    now = standing.last_hour
    if now.spend is None or now.results is None:
        return State.FEW
    if not standing.target:
        return State.AIMLESS
    basis = now.spend if now.spend_basis is None else now.spend_basis
    if chance_over(basis, now.results, Decimal(standing.target)) >= _SURE:
        return State.OVER
    if now.unit_cost is None:
        return State.ABOVE if now.spend >= standing.target else State.FEW
    if now.unit_cost > standing.target:
        return State.ABOVE
    return State.FEW if mark_of(now, standing.target) is Mark.FEW else State.WITHIN
