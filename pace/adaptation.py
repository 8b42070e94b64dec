"""Adapt the rate to what a site bears: down at once, up slowly, between floor and ceiling. Pure.

Additive increase, multiplicative decrease, as congestion control has it, with two differences. A
site that said "too much" has told us a rate: the one that we really sent in the seconds before. We
return to just below it soon, and try more only after a long quiet time, in small steps; so a site
is pressed a few times a day, not all day long. And whoever does not use the rate never raises it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.request_budget import RequestBudget

START_SHARE = 0.5
"""Of the ceiling, where nothing is known yet: of a new site, or when the store has lost it."""
WINDOW_SECONDS = 10.0
"""What was sent is measured over so long, and the rate changes at most once in it."""
OVERLOADED = 0.5
STRAINED = 0.8
"""By what the rate is multiplied when the site refuses, and when it only becomes slow."""
BELOW = 0.95
"""How far below the rate that was too much we stay."""
UP = 1.25
"""How fast the rate returns to what was borne before."""
QUIET_SECONDS = 600.0
"""How long after trouble nothing higher is tried."""
STEP_SHARE = 0.02
"""Of the ceiling: the small step up."""
USED = 0.8
"""So much of the rate has to be used, or it is not raised."""
PRESSED = 0.5
"""So much of the rate has to be used for trouble to tell what a site bears."""
_LATELY, _LONG = 8, 200
"""Over how many first bytes the short and the long average reach."""
_ENOUGH = 30
"""Before so many first bytes nothing is known of a site's usual speed."""
_SLOWER = 2.0
_SLOWER_BY_MS = 100.0


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What a site has borne; rates in requests a second, moments on the store's clock.

    `rate` 0: nothing is known yet. `bears` 0: it never was too much.
    """

    rate: float = 0.0
    bears: float = 0.0
    eased_at: float = 0.0
    """When the site last was in trouble."""
    looked_at: float = 0.0
    """Since when `used` is counted."""
    used: int = 0
    lately: tuple[tuple[int, int], ...] = ()
    """(second, requests) of the last window."""
    first_bytes: int = 0
    short_ms: float = 0.0
    long_ms: float = 0.0

    def rate_within(self, budget: RequestBudget) -> float:
        """Return the rate to keep, between the budget's floor and ceiling."""
        ceiling = budget.requests_per_second
        wanted = self.rate or START_SHARE * ceiling
        return min(max(wanted, budget.floor), ceiling)

    def sent(self, seconds: float, requests: int) -> Adaptation:
        """Count what was granted or charged; less than nothing is what was given back."""
        second = int(seconds)
        counts = dict(self._window(seconds))
        counts[second] = counts.get(second, 0) + requests
        return replace(self, lately=tuple(counts.items()), used=self.used + requests)

    def eased(self, budget: RequestBudget, seconds: float, times: float) -> Adaptation:
        """Send `times` as much; once in a window, however many saw the trouble."""
        if self.eased_at and seconds - self.eased_at < WINDOW_SECONDS:
            return self
        rate = self.rate_within(budget)
        flow = sum(requests for _, requests in self._window(seconds)) / WINDOW_SECONDS
        pressed = flow >= PRESSED * rate
        # Where we hardly sent anything the rate was not what hurt, and what hurts is not known.
        hurt = min(rate, flow) if pressed else rate
        return replace(
            self,
            rate=max(times * hurt, budget.floor),
            bears=max(BELOW * hurt, budget.floor) if pressed else self.bears,
            eased_at=seconds,
            looked_at=seconds,
            used=0,
            first_bytes=min(self.first_bytes, _ENOUGH),
            short_ms=self.long_ms,
        )

    def raised(self, budget: RequestBudget, seconds: float) -> Adaptation:
        """Let the rate grow where the last window used it and nothing complained."""
        if seconds - self.looked_at < WINDOW_SECONDS:
            return self
        rate = self.rate_within(budget)
        was_used = self.used >= USED * rate * (seconds - self.looked_at)
        fresh = replace(self, rate=rate, looked_at=seconds, used=0)
        return fresh._stepped(budget, seconds) if was_used else fresh

    def felt(self, budget: RequestBudget, seconds: float, first_byte_ms: float) -> Adaptation:
        """Take a document's time to first byte into account: a site that slows down is eased."""
        seen = self.first_bytes + 1
        short = self.short_ms + (first_byte_ms - self.short_ms) / min(seen, _LATELY)
        long = self.long_ms + (first_byte_ms - self.long_ms) / min(seen, _LONG)
        now = replace(self, first_bytes=min(seen, _LONG), short_ms=short, long_ms=long)
        if seen > _ENOUGH and short > max(_SLOWER * long, long + _SLOWER_BY_MS):
            return now.eased(budget, seconds, STRAINED)
        return now

    def shifted(self, seconds: float) -> Adaptation:
        """Return the same with every moment moved."""
        return replace(
            self,
            eased_at=self.eased_at and self.eased_at + seconds,
            looked_at=self.looked_at + seconds,
            lately=(),
        )

    def _stepped(self, budget: RequestBudget, seconds: float) -> Adaptation:
        ceiling = budget.requests_per_second
        if not self.bears or self.rate < self.bears:
            top = self.bears or ceiling
            return replace(self, rate=min(UP * self.rate, top))
        if seconds - self.eased_at < QUIET_SECONDS:
            return self
        rate = min(self.rate + STEP_SHARE * ceiling, ceiling)
        return replace(self, rate=rate, bears=rate)

    def _window(self, seconds: float) -> tuple[tuple[int, int], ...]:
        return tuple(one for one in self.lately if one[0] > seconds - WINDOW_SECONDS)
