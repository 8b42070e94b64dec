"""Bring one page to where it can be read: ask, go there, judge, repair, judge again.

Every step that may send requests is asked for before and settled after with the real count.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from crawler.desk import Desk
from crawler.errors import LayoutChanged, PaceWait, SiteClassBroken, Stopped
from crawler.page import Expected, Page
from crawler.ports import Lease, Pace
from crawler.remedies import LADDERS, Remedy, name_of
from crawler.site import Site
from crawler.snapshot import Snapshot
from crawler.trouble import timed_out
from domain.grant import Grant
from domain.verdict import Verdict, VerdictKind

ATTENTIVE_SECONDS = 2.0
"""How long a visit that waits for the budget does not look up."""


@dataclass(slots=True)
class Patience:
    """How long a visit may wait for the request budget in all; injectable for tests."""

    seconds: float = 300.0
    sleep: Callable[[float], None] = time.sleep

    def breathe(self) -> None:
        """Wait 1 to 3 seconds before a site that did not answer is asked once more."""
        self.sleep(random.uniform(1, 3))  # noqa: S311 - spreads tries, keeps no secret

    def spend(self, seconds: float, reason: str, between: Callable[[], None]) -> None:
        """Wait, or say that it would take too long; `between` is asked every few seconds.

        Raises:
            PaceWait: nothing of the patience is left for it.
        """
        if seconds > self.seconds:
            raise PaceWait(seconds, reason)
        self.seconds -= seconds
        while seconds > 0:
            between()
            self.sleep(min(seconds, ATTENTIVE_SECONDS))
            seconds -= ATTENTIVE_SECONDS


@dataclass(slots=True)
class Sight:
    """What a page turned out to be; `snapshot` is None where the browser could not show it."""

    verdict: Verdict
    snapshot: Snapshot | None = None
    steps: list[str] = field(default_factory=list)


class PageReader:
    """Reads the pages of one visit, one after another, on one desk."""

    def __init__(
        self,
        desk: Desk,
        pace: Pace,
        lease: Lease,
        patience: Patience,
        signed_in: Callable[[Verdict], None],
    ) -> None:
        """`signed_in` is told what the site showed after the credentials were typed."""
        self._desk = desk
        self._signed_in = signed_in
        self._pace = pace
        self._lease = lease
        self._patience = patience
        self._charged = 0

    def read(self, site: Site, page: Page, expect: Callable[[], Expected]) -> Sight:
        """Return the page as it stands after all that may be done for it.

        `expect` is asked at each look: a page that was waited for may stand in another day.

        Raises:
            PaceWait: the budget lets nothing through for too long.
        """
        sight = Sight(Verdict(VerdictKind.OURS, "not opened"))
        self._lease.check()
        self._desk.turn_to(site, page, expect())
        ladders = {kind: iter(ladder) for kind, ladder in LADDERS.items()}
        remedy: Remedy | None = Desk.opened
        while remedy is not None:
            kind = self._cost_kind(remedy)
            self._try(remedy, kind, sight, expect)
            if remedy is Desk.signed_in and sight.verdict.kind is not VerdictKind.OK:
                remedy = self._after_sign_in(sight, ladders)
            else:
                remedy = next(ladders.get(sight.verdict.kind, iter(())), None)
            if remedy is not None:
                sight.steps.append(name_of(remedy))
        return _settled(sight)

    def _after_sign_in(
        self, sight: Sight, ladders: dict[VerdictKind, Iterator[Remedy]]
    ) -> Remedy | None:
        """Signing in often ends on another page: open the wanted one once more."""
        if sight.verdict.kind in _AFTER_SIGN_IN_ELSEWHERE:
            return Desk.opened
        return next(ladders.get(sight.verdict.kind, iter(())), None)

    def charge_the_rest(self) -> None:
        """Charge what pages sent between two steps, and when they were left."""
        rest = self._desk.requests - self._charged
        if rest > 0:
            unasked = Grant(self._desk.site.name, "unasked", warm=True, requests=0, token=_token())
            self._pace.settle(unasked, rest)
            self._charged += rest

    def _try(self, remedy: Remedy, kind: str, sight: Sight, expect: Callable[[], Expected]) -> None:
        try:
            self._paid(remedy, kind)
            self._desk.expected = expect()
            sight.snapshot = self._desk.look()
            sight.verdict = self._desk.judge(sight.snapshot)
        except Stopped as stop:
            sight.verdict = stop.verdict
        except (LayoutChanged, SiteClassBroken) as error:
            sight.verdict = Verdict(VerdictKind.LAYOUT_CHANGED, str(error))
        if remedy is Desk.signed_in and self._desk.typed is not None:
            self._signed_in(sight.verdict)
        self._ease(sight.verdict)

    def _ease(self, verdict: Verdict) -> None:
        """Let everybody send less to a site that is in trouble with us."""
        site = self._desk.site.name
        if verdict.kind is VerdictKind.OVERLOADED:
            self._pace.overloaded(site, verdict.retry_after_seconds)
        elif verdict.kind is VerdictKind.REFUSED:
            self._pace.refused(site)
        elif timed_out(verdict):
            self._pace.strained(site)

    def _paid(self, remedy: Remedy, kind: str) -> None:
        self._lease.prolong()
        grant = self._granted(kind)
        try:
            remedy(self._desk)
        finally:
            sent = self._desk.requests - self._charged
            self._charged += sent
            first_byte_ms = self._desk.tab.take_first_byte_ms()
            self._pace.settle(grant, sent + self._desk.site.beacons_per_page, first_byte_ms)

    def _granted(self, kind: str) -> Grant:
        while True:
            answer = self._pace.ask(self._desk.site.name, kind, warm=self._desk.warm)
            if isinstance(answer, Grant):
                return answer
            if answer.leave:
                raise PaceWait(answer.seconds, answer.reason)
            if kind == self._desk.page.kind:
                self._desk.tab.rest()  # the page before has been read; it need not ask for more
            self._patience.spend(answer.seconds, answer.reason, self._lease.check)

    def _cost_kind(self, remedy: Remedy) -> str:
        if remedy is Desk.opened:
            return self._desk.page.kind
        return name_of(remedy)


def _token() -> str:
    return secrets.token_hex(8)


_AFTER_SIGN_IN_ELSEWHERE = frozenset(
    {
        VerdictKind.WRONG_ACCOUNT,
        VerdictKind.WRONG_VIEW,
        VerdictKind.INCOMPLETE,
        VerdictKind.LAYOUT_CHANGED,
        VerdictKind.BLANK,
    }
)


def _settled(sight: Sight) -> Sight:
    """A page that stays incomplete after waiting and a reload has changed its layout."""
    if sight.verdict.kind is VerdictKind.INCOMPLETE:
        sight.verdict = Verdict(VerdictKind.LAYOUT_CHANGED, sight.verdict.detail)
    return sight
