"""What is remembered of one site's request budget, and its one text form.

Moments are seconds on the store's own clock (Redis, database), never on a client's. A field
that a later version adds needs a default here, so that states written before it stay readable.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from pace.adaptation import Adaptation
from pace.breaker import Breaker
from pace.errors import PaceStateUnreadable


@dataclass(frozen=True, slots=True)
class InFlight:
    """A grant not yet settled: its requests may leave at any moment before `until`."""

    requests: int
    until: float
    day: str
    """The business date it was charged to, as ISO text."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A place in the line of those who wait for the rate; lost when not used before `until`."""

    requests: int
    until: float


@dataclass(frozen=True, slots=True)
class State:
    """The leaky bucket of a site, and what else its decisions need.

    `level` is the water in the bucket, in requests: it rises by what is granted and leaks at
    the budget's rate, but never below what is still in flight.
    """

    at: float = 0.0
    """When `level` was true. Never goes back."""
    begun: float = 0.0
    """When this state began to be kept: one that begins later than one knows was lost between."""
    level: float = 0.0
    adaptation: Adaptation = field(default_factory=Adaptation)
    """What the site has borne: it alone says the rate of the moment."""
    in_flight: Mapping[str, InFlight] = field(default_factory=dict)
    """By grant token."""
    settled: tuple[str, ...] = ()
    """The tokens settled last, so that settling twice charges once."""
    line: Mapping[str, Turn] = field(default_factory=dict)
    """Who waits for the rate, first come first."""
    costs: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """The last real costs of each kind of page, oldest first."""
    spent: Mapping[str, int] = field(default_factory=dict)
    """Requests by business date (ISO text)."""
    visits: Mapping[str, float] = field(default_factory=dict)
    """Who is there, and when that place frees itself."""
    closed_until: float = 0.0
    closed_because: str = ""
    breaker: Breaker = field(default_factory=Breaker)
    """Whether the site turned us away, and who looks whether it still does."""

    def shifted(self, seconds: float) -> State:
        """Return the same state with every moment moved by `seconds`."""
        return replace(
            self,
            at=self.at + seconds,
            begun=self.begun + seconds,
            in_flight={t: replace(f, until=f.until + seconds) for t, f in self.in_flight.items()},
            line={
                kind: replace(turn, until=turn.until + seconds) for kind, turn in self.line.items()
            },
            visits={visit: until + seconds for visit, until in self.visits.items()},
            closed_until=self.closed_until + seconds,
            adaptation=self.adaptation.shifted(seconds),
            breaker=self.breaker.shifted(seconds),
        )


def to_text(state: State) -> str:
    """Return the state as one line of JSON."""
    return json.dumps(
        {
            "at": state.at,
            "begun": state.begun,
            "level": state.level,
            "adaptation": asdict(state.adaptation),
            "in_flight": {t: [f.requests, f.until, f.day] for t, f in state.in_flight.items()},
            "settled": state.settled,
            "line": {kind: [turn.requests, turn.until] for kind, turn in state.line.items()},
            "costs": dict(state.costs),
            "spent": dict(state.spent),
            "visits": dict(state.visits),
            "closed_until": state.closed_until,
            "closed_because": state.closed_because,
            "breaker": state.breaker.as_plain(),
        },
        separators=(",", ":"),
        ensure_ascii=False,
        allow_nan=False,
    )


def from_text(text: str, site: str) -> State:
    """Return the state of `site` that `to_text` wrote; an empty text: never asked for.

    Raises:
        PaceStateUnreadable: somebody else wrote there.
    """
    if not text:
        return State()
    try:
        return _from_mapping(json.loads(text))
    except (ValueError, TypeError, AttributeError) as error:
        raise PaceStateUnreadable(f"the stored state of {site}'s budget: {error}") from error


def _from_mapping(raw: Mapping[str, Any]) -> State:
    return State(
        at=float(raw.get("at", 0.0)),
        begun=float(raw.get("begun", 0.0)),
        level=float(raw.get("level", 0.0)),
        adaptation=_adaptation(raw.get("adaptation", {})),
        in_flight={token: InFlight(*flight) for token, flight in raw.get("in_flight", {}).items()},
        settled=tuple(raw.get("settled", ())),
        line={kind: Turn(*turn) for kind, turn in raw.get("line", {}).items()},
        costs={kind: tuple(recent) for kind, recent in raw.get("costs", {}).items()},
        spent=dict(raw.get("spent", {})),
        visits=dict(raw.get("visits", {})),
        closed_until=float(raw.get("closed_until", 0.0)),
        closed_because=str(raw.get("closed_because", "")),
        breaker=Breaker.from_plain(raw.get("breaker", {})),
    )


def _adaptation(raw: Mapping[str, Any]) -> Adaptation:
    names = {one.name for one in fields(Adaptation)}
    known = {name: value for name, value in raw.items() if name in names}
    lately = tuple((int(second), int(requests)) for second, requests in raw.get("lately", ()))
    return Adaptation(**known | {"lately": lately})
