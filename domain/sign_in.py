"""When a program may sign in again, and when somebody else seems to sign in too. Pure.

Every signing in of a login is written down, whoever did it. From that history follows all that
is decided here; nothing reads a clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from domain.verdict import VerdictKind

COOLDOWN = timedelta(minutes=5)
"""How long a login rests after a sign-in that did not hold; doubles with each in a row."""
LONGEST_COOLDOWN = timedelta(hours=6)
ENDS_A_DAY = 2
"""So often a day a session may be ended from elsewhere before the program gives way."""


class SignInKind(StrEnum):
    """Who began a session, or let a login go on."""

    PROGRAM = "program"
    """A visit typed the password."""
    PERSON = "person"
    """A person signed in at a window."""
    IMPORT = "import"
    """A person imported a session."""
    CLEARED = "cleared"
    """No session: a person said that the login may go on. What came before counts no more."""


class SignInOutcome(StrEnum):
    """What came of it."""

    TYPED = "typed"
    """Not known: the process was stopped, or the page did not come."""
    HELD = "held"
    """The site showed a page that only a signed-in one sees."""
    FAILED = "failed"
    """The site signed it out again, or asked for a person."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """One signing in and the session that came of it.

    `at` is operational time; `began_at`, `alive_at` (the last page read with the session, None:
    none) and `ended_at` (found signed out, None: not yet) are business time. `expired`: its last
    dated cookie had ended by then.
    """

    kind: SignInKind
    outcome: SignInOutcome
    at: datetime
    began_at: datetime
    alive_at: datetime | None = None
    ended_at: datetime | None = None
    expired: bool = False
    verdict: VerdictKind | None = None

    @property
    def life(self) -> timedelta | None:
        """How long the session lasted; None: it still does, or no page was read with it."""
        if self.ended_at is None or self.alive_at is None:
            return None
        return self.ended_at - self.began_at


@dataclass(frozen=True, slots=True)
class SignInWait:
    """A program may not sign in yet."""

    seconds: float
    reason: str


def cooldown_of(history: Sequence[SignIn], now: datetime) -> SignInWait | None:
    """Return how long the login rests after sign-ins that did not hold; None: it may be tried.

    `history` has the oldest first; `now` is operational. A refused password is no reason to
    wait: it is not typed again at all.
    """
    failures = _failures_in_a_row(history)
    if not failures:
        return None
    rest = min(COOLDOWN * 2 ** min(len(failures) - 1, 20), LONGEST_COOLDOWN)
    seconds = (failures[0].at + rest - now).total_seconds()
    if seconds <= 0:
        return None
    times = "a sign-in" if len(failures) == 1 else f"{len(failures)} sign-ins in a row"
    return SignInWait(seconds, f"{times} did not hold; the next one waits")


def ceiling_of(
    history: Sequence[SignIn], most: int, day_begins: datetime, day_ends: datetime, now: datetime
) -> SignInWait | None:
    """Return how long the login waits where a program has signed it in `most` times today.

    All moments are business time.
    """
    today = [
        one for one in history if one.kind is SignInKind.PROGRAM and one.began_at >= day_begins
    ]
    if len(today) < most:
        return None
    reason = f"{len(today)} sign-ins today, and {most} a day are allowed"
    return SignInWait(max((day_ends - now).total_seconds(), 0.0), reason)


def ended_elsewhere(
    history: Sequence[SignIn],
    peers: Sequence[Sequence[SignIn]],
    day_begins: datetime,
    slot: timedelta,
) -> tuple[SignIn, ...]:
    """Return the sessions of today that somebody else seems to have ended, the oldest first.

    Such a session had been proven alive, was then found signed out before its time, and a
    program's sign-in brought the login back. `peers` are the histories of the other logins that
    are visited at the site: a site that restarts ends all sessions at once, a stranger ends one.
    Only what came after a person's last doing counts.
    """
    return tuple(
        ended
        for ended, following in pairwise(_since_a_person(history))
        if ended.ended_at is not None
        and ended.ended_at >= day_begins
        and following.kind is SignInKind.PROGRAM
        and following.outcome is SignInOutcome.HELD
        and _ended_early(ended, history, slot)
        and _others_survived(ended, peers, slot)
    )


def _ended_early(ended: SignIn, history: Sequence[SignIn], slot: timedelta) -> bool:
    """Whether it ended before its time: known from its cookies, else from how long others lasted.

    A site ends its sessions after the same while each time; a stranger comes as it pleases. One
    that does not outlast the next visit is no session that a site would give.
    """
    life = ended.life
    if life is None or ended.expired:
        return False
    if life <= slot * 1.5:
        return True
    others = (one.life for one in history if one.ended_at and one.ended_at <= ended.began_at)
    near = max(slot * 1.5, life / 10)
    return not any(other is not None and abs(life - other) <= near for other in others)


def _others_survived(ended: SignIn, peers: Sequence[Sequence[SignIn]], slot: timedelta) -> bool:
    """Whether the sessions of other logins outlived this one; where there are none, it may be.

    Where nobody can know yet the answer is no: the next visit asks again.
    """
    assert ended.alive_at is not None
    recent = ended.alive_at - 2 * slot
    near = [peer for peer in peers if any(one.alive_at and one.alive_at >= recent for one in peer)]
    return not near or any(_survived(one, ended) for peer in near for one in peer)


def _survived(one: SignIn, ended: SignIn) -> bool:
    if ended.alive_at is None or ended.ended_at is None or one.alive_at is None:
        return False
    return one.began_at <= ended.alive_at and one.alive_at >= ended.ended_at


def _since_a_person(history: Sequence[SignIn]) -> Sequence[SignIn]:
    """Return what came of a person's last doing, that itself included."""
    places = [n for n, one in enumerate(history) if one.kind is not SignInKind.PROGRAM]
    return history[places[-1] :] if places else history


def _failures_in_a_row(history: Sequence[SignIn]) -> list[SignIn]:
    """Return the newest sign-ins of programs that did not hold, the newest first."""
    failures: list[SignIn] = []
    for one in reversed(history):
        if one.kind is not SignInKind.PROGRAM or one.outcome is SignInOutcome.HELD:
            break
        if one.verdict is not VerdictKind.BAD_CREDENTIALS:
            failures.append(one)
    return failures
