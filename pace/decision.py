"""Decide who may send how many requests to a site, and who waits for how long.

The one place where the promise is kept: over any span of T seconds a site receives at most
rate x T + burst requests from all of us together. Everything here is pure: it gets the state,
the budget and the moment, and returns the next state with the answer. The stores only make the
step atomic.

How it counts: a bucket whose water (`State.level`) rises by every grant, may never rise above
the burst, and leaks at the rate, *but never below what is in flight*. A grant's requests may
leave at any moment until it is settled, so its water cannot leak before; otherwise a slow page
and a late one could together send twice the burst within one second.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import takewhile
from typing import TypeVar

from domain.grant import Grant, Wait
from domain.request_budget import RequestBudget
from pace.adaptation import OVERLOADED
from pace.breaker import Breaker
from pace.bucket import passed, rate_of, set_right
from pace.calendar import business_date, seconds_of_quiet, seconds_to_midnight
from pace.state import InFlight, State, Turn

IN_FLIGHT_SECONDS = 120.0
"""Longer than any page may take. A grant not settled by then belonged to a killed worker: its
requests count as sent, and its water leaks from then on."""
OVERLOADED_SECONDS = 60.0
"""The rest after "too much" where the site names none."""
LONGEST_REST_SECONDS = 86_400.0
"""A Retry-After beyond a day is read as a day: a broken header must not stop a site for ever."""
CROWDED_SECONDS = 10.0
"""When to look again for a place, as nobody knows when a visit ends."""
PATIENCE_SECONDS = 2.0
"""How long a turn in the line outlives the moment at which its holder was told to come back."""
FIRST_WARM_COST = 8
"""What a warm page is thought to cost before one was seen; a cold one: the burst."""
RECENT_COSTS = 20
KINDS_REMEMBERED = 50
SETTLED_REMEMBERED = 100
DAYS_REMEMBERED = 3

_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Moment:
    """Two clocks: the store's (rates, places, Retry-After) and business time (days, quiet)."""

    seconds: float
    business: datetime


@dataclass(frozen=True, slots=True)
class Wish:
    """Who asks: for which kind of page, in a warm browser or a cold one, under which token."""

    who: str
    """The asker's name in the line: whoever asks for one page at a time."""
    site: str
    page: str
    warm: bool
    token: str


def enter(
    state: State, budget: RequestBudget, moment: Moment, visit: str, hold_seconds: float
) -> tuple[State, Wait | None]:
    """Give `visit` a place for `hold_seconds` (again: prolong it), or say why it has to wait."""
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    visits = {name: until for name, until in now.visits.items() if until > now.at}
    waits = list(_closed(now, budget, moment, requests=1))
    if visit not in visits and len(visits) >= budget.concurrent_visits:
        waits.append(_crowded(now.at, visits))
    if waits:
        return state, max(waits, key=_seconds)
    breaker, wait = now.breaker.entered(visit, now.at)
    if wait is not None:
        return state, wait
    return replace(now, visits=visits | {visit: now.at + hold_seconds}, breaker=breaker), None


def leave(state: State, visit: str) -> State:
    """Free the place of `visit`; if it was the one to look at a site, another one may."""
    if visit not in state.visits:
        return state
    return replace(state, visits=_without(state.visits, visit), breaker=state.breaker.left(visit))


def ask(
    state: State, budget: RequestBudget, moment: Moment, wish: Wish
) -> tuple[State, Grant | Wait]:
    """Reserve what such a page cost lately, or say how long to wait.

    Who has to wait for the rate stands in line, and what those before wait for is set aside:
    else the small pages of one visit would for ever take what another's first page waits for.
    """
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    requests = _reservation(now, budget, wish)
    if closed := max(_closed(now, budget, moment, requests), key=_seconds, default=None):
        return state, closed
    line = {name: turn for name, turn in now.line.items() if turn.until > now.at}
    missing = now.level + _ahead(line, wish.who) + requests - budget.burst
    if missing > 0:
        seconds = math.ceil(missing / rate_of(now, budget) * 1000) / 1000
        turn = Turn(requests, now.at + seconds + PATIENCE_SECONDS)
        return replace(now, line=line | {wish.who: turn}), Wait(seconds, "request rate")
    today = business_date(budget, moment.business)
    granted = replace(
        now,
        level=now.level + requests,
        in_flight={
            **now.in_flight,
            wish.token: InFlight(requests, now.at + IN_FLIGHT_SECONDS, today),
        },
        line=_without(line, wish.who),
        spent=_spent(now, today, requests),
        adaptation=now.adaptation.sent(now.at, requests),
    )
    return granted, Grant(wish.site, wish.page, wish.warm, requests, wish.token)


def settle(
    state: State, budget: RequestBudget, moment: Moment, grant: Grant, requests: int
) -> State:
    """Put the requests really sent in the place of the reservation, once per grant.

    More than was reserved is charged, so that the next ask waits. Of a grant that is no longer
    known (its time ran out, the store was emptied) only the excess is charged: the rest was.
    """
    if grant.token in state.settled:
        return state
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    flight = now.in_flight.get(grant.token)
    today = business_date(budget, moment.business)
    if flight is None:
        more, day = max(0, requests - grant.requests), today
    else:
        more, day = requests - flight.requests, flight.day
    return replace(
        now,
        level=now.level + more,
        in_flight=_without(now.in_flight, grant.token),
        settled=(*now.settled, grant.token)[-SETTLED_REMEMBERED:],
        costs=_costs(now, _kind(grant.page, warm=grant.warm), requests),
        spent=_spent(now, day, more),
        adaptation=now.adaptation.sent(now.at, more).raised(budget, now.at),
    )


def charge(state: State, budget: RequestBudget, moment: Moment, requests: int) -> State:
    """Book requests that were sent without a grant: the rate and the day pay for them now."""
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    today = business_date(budget, moment.business)
    return replace(
        now,
        level=now.level + requests,
        spent=_spent(now, today, requests),
        adaptation=now.adaptation.sent(now.at, requests),
    )


def overloaded(
    state: State, budget: RequestBudget, moment: Moment, retry_after_seconds: float | None
) -> State:
    """Halve the rate, and close the site for as long as it asked."""
    if retry_after_seconds is None or math.isnan(retry_after_seconds):
        seconds, because = OVERLOADED_SECONDS, f"overloaded, {OVERLOADED_SECONDS:.0f} s of rest"
    else:
        seconds = min(max(retry_after_seconds, 0.0), LONGEST_REST_SECONDS)
        because = f"the site asked for {seconds:.0f} s (Retry-After)"
    return close(ease(state, budget, moment, OVERLOADED), budget, moment, seconds, because)


def ease(state: State, budget: RequestBudget, moment: Moment, times: float) -> State:
    """Multiply the rate, once in a window: the site is in trouble, or so slow that it soon is."""
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    return replace(now, adaptation=now.adaptation.eased(budget, now.at, times))


def felt(state: State, budget: RequestBudget, moment: Moment, first_byte_ms: float) -> State:
    """Take how long a document's first byte took into account."""
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    return replace(now, adaptation=now.adaptation.felt(budget, now.at, first_byte_ms))


def close(
    state: State, budget: RequestBudget, moment: Moment, seconds: float, because: str
) -> State:
    """Close the site for `seconds`; a shorter rest never ends a longer one."""
    state = set_right(state, moment.seconds)
    now = passed(state, budget, moment.seconds)
    if now.at + seconds <= now.closed_until:
        return state
    return replace(now, closed_until=now.at + seconds, closed_because=because)


def turn(
    state: State, budget: RequestBudget, moment: Moment, to: Callable[[Breaker, float], Breaker]
) -> State:
    """Let the breaker take in what a visit showed of the site."""
    state = set_right(state, moment.seconds)
    breaker = to(state.breaker, max(moment.seconds, state.at))
    if breaker == state.breaker:
        return state  # as after nearly every visit: nothing is written
    return replace(passed(state, budget, moment.seconds), breaker=breaker)


def _closed(now: State, budget: RequestBudget, moment: Moment, requests: int) -> Iterator[Wait]:
    """Yield every reason, other than the rate, for which `requests` may not be sent now."""
    quiet = seconds_of_quiet(budget, moment.business)
    if quiet is not None and budget.quiet is not None:
        yield Wait(quiet, f"quiet hours until {budget.quiet.end:%H:%M}")
    today = business_date(budget, moment.business)
    if now.spent.get(today, 0) + requests > budget.requests_per_day:
        rest = seconds_to_midnight(budget, moment.business)
        yield Wait(rest, f"day ceiling of {budget.requests_per_day} reached")
    if now.closed_until > now.at:
        yield Wait(now.closed_until - now.at, now.closed_because)
    if turned_away := now.breaker.closed_to_all(now.at):
        yield turned_away


def _crowded(at: float, visits: Mapping[str, float]) -> Wait:
    first_to_go = min(visits.values(), default=at + CROWDED_SECONDS)
    there = f"{len(visits)} visit{'' if len(visits) == 1 else 's'} already there"
    return Wait(min(first_to_go - at, CROWDED_SECONDS), there)


def _reservation(now: State, budget: RequestBudget, wish: Wish) -> int:
    """Return the largest recent cost; never more than could be granted at all."""
    recent = now.costs.get(_kind(wish.page, warm=wish.warm))
    guess = FIRST_WARM_COST if wish.warm else budget.burst
    return max(1, min(max(recent) if recent else guess, budget.burst, budget.requests_per_day))


def _ahead(line: Mapping[str, Turn], who: str) -> int:
    """Return what those who came before `who` wait for."""
    before = takewhile(lambda place: place[0] != who, line.items())
    return sum(turn.requests for _, turn in before)


def _costs(now: State, kind: str, requests: int) -> Mapping[str, tuple[int, ...]]:
    """Remember a real cost. A page that sent nothing never began, and says nothing of a cost."""
    if requests < 1:
        return now.costs
    recent = (*now.costs.get(kind, ()), requests)[-RECENT_COSTS:]
    others = list(_without(now.costs, kind).items())[-(KINDS_REMEMBERED - 1) :]
    return {**dict(others), kind: recent}


def _spent(now: State, day: str, more: int) -> Mapping[str, int]:
    """Book `more` on `day`. Two machines may disagree on the date around midnight: keep both."""
    others = list(_without(now.spent, day).items())[-(DAYS_REMEMBERED - 1) :]
    return {**dict(others), day: max(0, now.spent.get(day, 0) + more)}


def _kind(page: str, *, warm: bool) -> str:
    return f"{'warm' if warm else 'cold'} {page}"


def _without(values: Mapping[str, _Value], key: str) -> dict[str, _Value]:
    return {name: value for name, value in values.items() if name != key}


def _seconds(wait: Wait) -> float:
    return wait.seconds
