"""Everything that the running site holds, in one place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random

from aiohttp import web

from demo.clock import Clock
from demo.events import Event, check_events
from demo.knobs import Knobs, names
from demo.model import Model
from demo.sessions import Sessions
from demo.sign_in import SignInGuard
from demo.stats import Stats
from demo.views import Views
from demo.world import World


@dataclass
class Platform:
    """The state of one demo process; `initial` is what a reset goes back to."""

    world: World
    clock: Clock
    initial: Knobs = field(default_factory=Knobs)
    events: tuple[Event, ...] = ()
    sessions: Sessions = field(default_factory=Sessions)
    guard: SignInGuard = field(default_factory=SignInGuard)
    views: Views = field(default_factory=Views)
    stats: Stats = field(default_factory=Stats)

    def __post_init__(self) -> None:
        check_events(self.world, self.events)
        self.initial_events = self.events
        self._dice = Random(f"{self.world.seed}:redirects")
        self.turn(self.initial)

    def turn(self, knobs: Knobs) -> None:
        """Put the knobs into a new position."""
        self.knobs = knobs
        self.model = Model(self.world, self.events, knobs.midnight_late_minutes or 0)

    def happen(self, events: Iterable[Event]) -> None:
        """Replace the events by these.

        Raises:
            BadEvent: one of them happens to nothing that exists.
        """
        wanted = tuple(events)
        check_events(self.world, wanted)
        self.events = wanted
        self.turn(self.knobs)

    def reset(self) -> None:
        """Put knobs and events back; forget what users agreed to, chose and were asked.

        Sessions, clock and statistics stay.
        """
        self.events = self.initial_events
        self.turn(self.initial)
        self.guard.forget()
        self.views.forget()
        self._dice = Random(f"{self.world.seed}:redirects")

    def loses_its_way(self) -> bool:
        """Draw whether the next deep link runs into the redirect that renders nothing."""
        share = self.knobs.blank_after_redirect
        return share is not None and self._dice.random() < share

    @property
    def hidden(self) -> frozenset[str]:
        """Accounts and channels whose permission is withdrawn."""
        return names(self.knobs.withdrawn)


PLATFORM = web.AppKey("platform", Platform)


def of(request: web.Request) -> Platform:
    """Return the platform that a request came to."""
    return request.app[PLATFORM]
