"""The leaky bucket: how its water falls while time passes. Pure; see `pace/decision.py`."""

from __future__ import annotations

from dataclasses import replace

from domain.request_budget import RequestBudget
from pace.state import State

STEPPED_BACK_SECONDS = 300.0
"""A store whose clock went back by more was set right: the state follows it, crediting nothing.
Anything less is waited out."""


def set_right(state: State, seconds: float) -> State:
    """Return the state on a clock that was set back since; the very same where it was not."""
    if state.at - seconds > STEPPED_BACK_SECONDS:
        return state.shifted(seconds - state.at)
    return state


def passed(state: State, budget: RequestBudget, seconds: float) -> State:
    """Return the state at `seconds`: water leaked, grants of killed workers counted as sent."""
    seconds = max(seconds, state.at)
    state = state if state.begun else replace(state, begun=seconds)
    for token, flight in sorted(state.in_flight.items(), key=lambda item: item[1].until):
        if flight.until > seconds:
            break
        state = _leaked(state, budget, flight.until)
        left = {name: other for name, other in state.in_flight.items() if name != token}
        state = replace(state, in_flight=left)
    return _leaked(state, budget, seconds)


def after_loss(state: State, budget: RequestBudget, seconds: float) -> State:
    """Return a state that began anew although the site is known: as if it had just got a burst."""
    begun = state.begun or seconds
    water = budget.burst - rate_of(state, budget) * (seconds - begun)
    return replace(state, at=seconds, begun=begun, level=max(state.level, water))


def _leaked(state: State, budget: RequestBudget, seconds: float) -> State:
    in_flight = sum(flight.requests for flight in state.in_flight.values())
    # While a site wants to be left alone nothing leaks: no burst greets it afterwards.
    begins = min(max(state.at, state.closed_until), seconds)
    water = state.level - rate_of(state, budget) * (seconds - begins)
    return replace(state, at=seconds, level=max(float(in_flight), water))


def rate_of(state: State, budget: RequestBudget) -> float:
    """Return the requests per second that leak now."""
    return state.adaptation.rate_within(budget)
