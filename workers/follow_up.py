"""What follows from the verdict that ended a visit: pure, one row per verdict.

The words and the blame are in `domain/verdict.py`; how a page came to its verdict is in
`crawler/verdict_table.py`. Here stands what happens to the visit, its login and its proxy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from domain.session import SessionState
from domain.verdict import Verdict, VerdictKind
from storage.proxies import Backoff

MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What to do with a visit that a verdict ended.

    `wait_seconds` is before the visit may run again (None: not in this slot); it doubles with
    each attempt where `grows`. `proxy_rests` sends the proxy to rest.
    """

    wait_seconds: float | None = None
    grows: bool = False
    charges_attempt: bool = True
    login_state: SessionState | None = None
    proxy_rests: Backoff | None = None
    next_step: str = ""

    def wait_after(self, attempts: int) -> float | None:
        """Return the wait after so many attempts, never more than an hour."""
        if self.wait_seconds is None or not self.grows:
            return self.wait_seconds
        return float(min(self.wait_seconds * 2 ** min(attempts, 10), 60 * MINUTE))


A_PERSON = FollowUp(
    wait_seconds=MINUTE,
    charges_attempt=False,
    login_state=SessionState.NEEDS_HUMAN,
    next_step="danga session refresh {login}",
)
_WRONG_PAGE = FollowUp(
    login_state=SessionState.NEEDS_HUMAN,
    next_step="danga evidence list --login {login}, then danga session refresh {login}",
)
_SITE_LATER = FollowUp(wait_seconds=MINUTE, grows=True, next_step="danga visits --login {login}")

FOLLOW_UPS: Mapping[VerdictKind, FollowUp] = {
    VerdictKind.OURS: FollowUp(30.0, charges_attempt=False, next_step="danga doctor"),
    VerdictKind.PROXY_DOWN: FollowUp(
        10 * MINUTE,
        charges_attempt=False,
        proxy_rests=Backoff(5 * MINUTE, 120 * MINUTE),
        next_step="danga proxy list",
    ),
    VerdictKind.UNREACHABLE: _SITE_LATER,
    VerdictKind.OVERLOADED: FollowUp(MINUTE, grows=True, next_step="danga visits --login {login}"),
    VerdictKind.REFUSED: FollowUp(
        60 * MINUTE,
        proxy_rests=Backoff(6 * 60 * MINUTE, 24 * 60 * MINUTE),
        next_step="danga evidence list --login {login}",
    ),
    VerdictKind.CAPTCHA: A_PERSON,
    VerdictKind.CONSENT: A_PERSON,
    VerdictKind.SECOND_FACTOR: A_PERSON,
    VerdictKind.BAD_CREDENTIALS: FollowUp(
        wait_seconds=MINUTE,
        charges_attempt=False,
        login_state=SessionState.NEEDS_HUMAN,
        next_step="danga login password {login}, then danga session refresh {login}",
    ),
    VerdictKind.SIGNED_OUT: FollowUp(
        5 * MINUTE,
        grows=True,
        login_state=SessionState.SUSPECT,
        next_step="danga session refresh {login}",
    ),
    VerdictKind.MAINTENANCE: FollowUp(10 * MINUTE, next_step="wait for the site's notice to end"),
    VerdictKind.BLANK: FollowUp(2 * MINUTE, grows=True, next_step="danga evidence list"),
    VerdictKind.COVERED: FollowUp(2 * MINUTE, grows=True, next_step="danga evidence list"),
    VerdictKind.WRONG_ACCOUNT: _WRONG_PAGE,
    VerdictKind.WRONG_VIEW: _WRONG_PAGE,
    VerdictKind.INCOMPLETE: FollowUp(2 * MINUTE, grows=True, next_step="danga evidence list"),
    VerdictKind.GONE: FollowUp(next_step="danga account list"),
    VerdictKind.LAYOUT_CHANGED: FollowUp(next_step="danga evidence list"),
    VerdictKind.OK: FollowUp(),
}


def follow_up(verdict: Verdict) -> FollowUp:
    """Return the row of a verdict, with the site's own Retry-After where it asked for one."""
    row = FOLLOW_UPS[verdict.kind]
    if verdict.kind is VerdictKind.OVERLOADED and verdict.retry_after_seconds is not None:
        return FollowUp(verdict.retry_after_seconds, next_step=row.next_step)
    return row
