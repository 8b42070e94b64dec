"""Leave a site alone that turns us away, and let one visit look before all return. Pure.

    closed --refused, or three logins in a row met a fault of the site--> open
    open --its time is over--> half-open: one visit looks, everybody else waits
    half-open --it read a page--> closed
    half-open --it met the same--> open, twice as long

What a visit showed is blamed on whom it belongs to before it comes here: a login's captcha, a
proxy that is down or a browser that died say nothing of the site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from domain.grant import Wait

LOGINS_IN_A_ROW = 3
"""So many different logins without a page between them: the fault is the site's, not theirs."""
FORGOTTEN_SECONDS = 1800.0
"""A fault of so long ago is not in a row with one of now."""
FIRST_SECONDS = 300.0
LONGEST_SECONDS = 3600.0
"""How long it stays open after a fault: doubling with each time in a row."""
LOOKING_SECONDS = 300.0
"""How long the visit that looks may take; afterwards another one may."""
MEANWHILE_SECONDS = 20.0
"""How soon those ask again who wait for it."""


class Position(StrEnum):
    """Whether visits may come: all, none, or one."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class Turned:
    """A change of the position, for the record."""

    site: str
    before: Position
    after: Position
    reason: str
    seconds: float = 0.0
    """How long it stays open."""


@dataclass(frozen=True, slots=True)
class Breaker:
    """`until` and the moments of `failing` (by login) are on the store's clock.

    Open: nobody comes before `until`. Half-open: `looks` is the visit that looks, before `until`.
    """

    position: Position = Position.CLOSED
    reason: str = ""
    until: float = 0.0
    looks: str = ""
    times: int = 0
    """How often it opened in a row."""
    failing: Mapping[str, float] = field(default_factory=dict)

    def closed_to_all(self, now: float) -> Wait | None:
        """Return why nobody may send anything now; None: at least one may."""
        if self.position is Position.OPEN and self.until > now:
            return Wait(self.until - now, self.reason)
        return None

    def entered(self, visit: str, now: float) -> tuple[Breaker, Wait | None]:
        """Let `visit` in, or say why it waits; the first one after a rest is the one that looks."""
        if wait := self.closed_to_all(now):
            return self, wait
        if self.position is Position.CLOSED or visit == self.looks:
            return self, None
        if self.position is Position.HALF_OPEN and self.looks and self.until > now:
            return self, Wait(MEANWHILE_SECONDS, f"one visit looks first, as {self.reason}")
        until = now + LOOKING_SECONDS
        return replace(self, position=Position.HALF_OPEN, looks=visit, until=until), None

    def opened(self, now: float, seconds: float, reason: str) -> Breaker:
        """Let nobody in for `seconds`, then one; a shorter rest never ends a longer one."""
        if self.position is Position.OPEN and now + seconds <= self.until:
            return self
        return Breaker(Position.OPEN, reason, now + seconds, times=self.times + 1)

    def failed(self, login: str, now: float, reason: str) -> Breaker:
        """Take in a fault of the site that a visit of `login` met."""
        if self.position is Position.HALF_OPEN:
            return self.opened(now, self._next_seconds(), reason)
        if self.position is Position.OPEN:
            return self  # a visit that was there before it opened
        lately = {who: at for who, at in self.failing.items() if at > now - FORGOTTEN_SECONDS}
        lately |= {login: now}
        if len(lately) < LOGINS_IN_A_ROW:
            return replace(self, failing=lately)
        return self.opened(now, self._next_seconds(), f"{len(lately)} logins in a row: {reason}")

    def worked(self) -> Breaker:
        """Take in that a page was read; while it is open that was one of before."""
        return self if self.position is Position.OPEN else Breaker()

    def left(self, visit: str) -> Breaker:
        """Take in that `visit` is over: if it showed nothing of the site, another one looks."""
        looked = self.position is Position.HALF_OPEN and visit == self.looks
        return replace(self, looks="") if looked else self

    def shifted(self, seconds: float) -> Breaker:
        """Return the same with every moment moved."""
        failing = {login: at + seconds for login, at in self.failing.items()}
        return replace(self, until=self.until and self.until + seconds, failing=failing)

    def as_plain(self) -> dict[str, Any]:
        """Return it as JSON keeps it; `from_plain` reads it."""
        return asdict(self)

    @classmethod
    def from_plain(cls, raw: Mapping[str, Any]) -> Breaker:
        """Return what `as_plain` wrote; of a state of before there was a breaker: closed.

        Raises:
            ValueError, TypeError: somebody else wrote it.
        """
        return cls(**{**raw, "position": Position(raw.get("position", Position.CLOSED))})

    def _next_seconds(self) -> float:
        return float(min(FIRST_SECONDS * 2**self.times, LONGEST_SECONDS))


def turned(site: str, before: Breaker, after: Breaker, now: float) -> Turned | None:
    """Return the change from one to the other; None: the position stayed."""
    if before.position is after.position:
        return None
    seconds = max(after.until - now, 0.0) if after.position is Position.OPEN else 0.0
    return Turned(site, before.position, after.position, after.reason or before.reason, seconds)
