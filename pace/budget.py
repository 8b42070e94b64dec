"""The door to the request budgets: what visits, commands and the dispatcher ask.

Nothing here waits or repeats: a `Wait` says when to come back, and the caller decides whether
it sleeps so long or defers its visit. Never ask inside a database transaction of your own: the
embedded store writes to the same file.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

from domain.clock import Clock
from domain.grant import Grant, Wait
from domain.request_budget import RequestBudget
from pace import decision
from pace.adaptation import OVERLOADED, STRAINED
from pace.breaker import Breaker, Turned, turned
from pace.bucket import after_loss
from pace.decision import Moment, Wish
from pace.errors import NoBudget
from pace.standing import Standing, standing
from pace.state import State
from pace.store import Answer, Decide, Store

Halts = Callable[[str], Wait | None]
"""Why a site may not be asked anything now, whatever its budget says; None: it may."""
Told = Callable[[Turned, str], None]
"""Is told of each change of a site's breaker, and by which visit it came."""
Budgets = Callable[[str], RequestBudget] | Mapping[str, RequestBudget]


class Pace:
    """The request budgets of all sites, shared by everybody who uses the same store.

    `clock` is business time: day ceilings and quiet hours. Rates, places and Retry-After run
    on the store's own clock. Every method raises `PaceUnavailable` when the store does not
    answer: then nothing may be sent, and it is our fault, not the site's.
    """

    def __init__(
        self,
        store: Store,
        budgets: Budgets,
        clock: Clock,
        halts: Halts = lambda _site: None,
        told: Told = lambda _change, _visit: None,
    ) -> None:
        self._store = store
        self._budgets = budgets
        self._clock = clock
        self._halts = halts
        self._told = told
        self._name = secrets.token_hex(4)
        self._begun: dict[str, float] = {}
        """When the state of each site that was asked for began."""

    def enter(self, site: str, visit: str, hold_seconds: float) -> Wait | None:
        """Take a place at `site` for `visit`, or say why it has to wait.

        The place frees itself after `hold_seconds`, so choose more than a visit may last;
        entering again prolongs it.
        """
        budget = self._budget(site)
        if halted := self._halts(site):
            return halted

        def entered(state: State, now: float) -> tuple[State, tuple[Wait | None, Turned | None]]:
            after, wait = decision.enter(state, budget, self._at(now), visit, hold_seconds)
            return after, (wait, turned(site, state.breaker, after.breaker, now))

        wait, change = self._decide(site, entered)
        self._tell(change, visit)
        return wait

    def leave(self, site: str, visit: str) -> None:
        """Free the place of `visit`; leaving twice is harmless."""
        self._decide(site, lambda state, _: (decision.leave(state, visit), None))

    def ask(self, site: str, page: str, *, warm: bool) -> Grant | Wait:
        """Reserve the largest recent cost of such a page, or say how long to wait.

        `page` is the kind of page (`creatives`), `warm` a browser that has its assets cached.
        """
        budget = self._budget(site)
        wish = Wish(self._asker(), site, page, warm, secrets.token_hex(6))
        return self._halts(site) or self._decide(
            site, lambda state, now: decision.ask(state, budget, self._at(now), wish)
        )

    def settle(self, grant: Grant, requests: int, first_byte_ms: float | None = None) -> None:
        """Put the requests really sent in the place of the reservation; once per grant.

        `first_byte_ms` is how long the document's first byte took: a site that becomes slower
        than it usually is gets less.

        Raises:
            ValueError: `requests` is negative.
        """
        if requests < 0:
            raise ValueError(f"{requests} requests cannot have been sent")
        budget = self._budget(grant.site)
        self._change(
            grant.site,
            lambda state, now: _felt(
                decision.settle(state, budget, self._at(now), grant, requests),
                budget,
                self._at(now),
                first_byte_ms,
            ),
        )

    def charge(self, site: str, requests: int) -> None:
        """Book requests that were sent without a grant: a person cannot always be held back.

        Raises:
            ValueError: `requests` is negative.
        """
        if requests < 0:
            raise ValueError(f"{requests} requests cannot have been sent")
        budget = self._budget(site)
        self._change(
            site, lambda state, now: decision.charge(state, budget, self._at(now), requests)
        )

    def overloaded(self, site: str, retry_after_seconds: float | None) -> None:
        """Nobody gets a grant before Retry-After (60 s where the site named none)."""
        budget = self._budget(site)
        self._change(
            site,
            lambda state, now: decision.overloaded(
                state, budget, self._at(now), retry_after_seconds
            ),
        )

    def refused(self, site: str) -> None:
        """Let everybody send half as fast from now on."""
        self._ease(site, OVERLOADED)

    def strained(self, site: str) -> None:
        """Let everybody send somewhat more slowly: the site did not answer in time."""
        self._ease(site, STRAINED)

    def turned_away(self, site: str, visit: str, seconds: float, because: str) -> None:
        """The site refused us: nobody gets a grant or a place for `seconds`, then one visit."""
        self._turn(site, visit, lambda breaker, now: breaker.opened(now, seconds, because))

    def failed(self, site: str, visit: str, login: str, because: str) -> None:
        """A visit of `login` met a fault of the site: where others do too, all leave it alone."""
        self._turn(site, visit, lambda breaker, now: breaker.failed(login, now, because))

    def worked(self, site: str, visit: str) -> None:
        """A visit read a page: whoever waited for one that looks may come."""
        self._turn(site, visit, lambda breaker, _: breaker.worked())

    def snapshot(self, site: str) -> Standing:
        """Return where the budget of `site` stands, changing nothing."""
        budget = self._budget(site)
        stands = self._decide(
            site, lambda state, now: (state, standing(state, budget, self._at(now)))
        )
        halted = self._halts(site)
        return stands if halted is None else replace(stands, wait=halted)

    def _turn(self, site: str, visit: str, to: Callable[[Breaker, float], Breaker]) -> None:
        budget = self._budget(site)

        def decide(state: State, now: float) -> tuple[State, Turned | None]:
            after = decision.turn(state, budget, self._at(now), to)
            return after, turned(site, state.breaker, after.breaker, now)

        self._tell(self._decide(site, decide), visit)

    def _tell(self, change: Turned | None, visit: str) -> None:
        if change is not None:
            self._told(change, visit)

    def _ease(self, site: str, times: float) -> None:
        budget = self._budget(site)
        self._change(site, lambda state, now: decision.ease(state, budget, self._at(now), times))

    def _decide(self, site: str, decide: Decide[Answer]) -> Answer:
        """Decide on the stored state; of one that the store has lost, as carefully as one can."""
        budget, begun = self._budget(site), 0.0

        def aware(state: State, now: float) -> tuple[State, Answer]:
            nonlocal begun
            known = self._begun.get(site)
            if known is not None and state.begun != known:
                state = after_loss(state, budget, now)
            after, answer = decide(state, now)
            begun = after.begun
            return after, answer

        answer = self._store.change(site, aware)
        if begun:  # known only now: a try that others were faster than began nothing
            self._begun[site] = begun
        return answer

    def _change(self, site: str, to: Callable[[State, float], State]) -> None:
        self._decide(site, lambda state, now: (to(state, now), None))

    def _at(self, now: float) -> Moment:
        return Moment(now, self._clock.now())

    def _asker(self) -> str:
        """Name the line's place: forked children and threads share this object, but no turn."""
        return f"{self._name}-{os.getpid()}-{threading.get_ident()}"

    def _budget(self, site: str) -> RequestBudget:
        try:
            return self._budgets(site) if callable(self._budgets) else self._budgets[site]
        except KeyError:
            raise NoBudget(f"{site} has no request budget") from None


def _felt(state: State, budget: RequestBudget, at: Moment, first_byte_ms: float | None) -> State:
    return state if first_byte_ms is None else decision.felt(state, budget, at, first_byte_ms)
