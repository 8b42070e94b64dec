"""Where a site's request budget stands, for `danga doctor` and whoever wants to know."""

from __future__ import annotations

import math
from dataclasses import dataclass

from domain.grant import Wait
from domain.request_budget import RequestBudget
from pace.breaker import Position
from pace.bucket import passed, set_right
from pace.calendar import business_date
from pace.decision import Moment, enter
from pace.state import State


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a site's budget stands, for people to read."""

    spent_today: int
    requests_per_day: int
    available: int
    """Requests that could be granted at once."""
    concurrent: int
    concurrent_visits: int
    rate: float
    """Requests a second that the site gets at most now: what it bears."""
    ceiling: float
    """What it gets where it bears everything."""
    wait: Wait | None
    """Why a visit would have to wait, and for how long."""
    bears: float | None = None
    """That rate where trouble has brought it below the ceiling; None: there was none."""
    breaker: Position = Position.CLOSED
    closed: Wait | None = None
    """Why nobody may come at all, and for how long; None: the site is open."""


def standing(state: State, budget: RequestBudget, moment: Moment) -> Standing:
    """Return where the budget stands, changing nothing."""
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    _, wait = enter(state, budget, moment, "", 0.0)
    return Standing(
        spent_today=now.spent.get(business_date(budget, moment.business), 0),
        requests_per_day=budget.requests_per_day,
        available=max(0, math.floor(budget.burst - now.level)),
        concurrent=sum(until > now.at for until in now.visits.values()),
        concurrent_visits=budget.concurrent_visits,
        rate=(rate := now.adaptation.rate_within(budget)),
        ceiling=budget.requests_per_second,
        wait=wait,
        bears=rate if now.adaptation.eased_at and rate < budget.requests_per_second else None,
        breaker=now.breaker.position,
        closed=_closed(now),
    )


def _closed(now: State) -> Wait | None:
    """While one visit looks the site is not yet open again."""
    if now.breaker.position is not Position.CLOSED:
        return Wait(max(now.breaker.until - now.at, 0.0), now.breaker.reason)
    seconds = now.closed_until - now.at
    return Wait(seconds, now.closed_because) if seconds > 0 else None
