"""May a program sign this login in now, and what came of it.

However many workers find one dead session, its lease lets one of them at it. Here stands what
that one may do: never a password that was refused, not before a cooldown is over, not more often
than the site's policy allows in a day. All of it is kept in the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

import structlog

from crawler.errors import Stopped
from domain.audit import Actor
from domain.credentials import Credentials
from domain.session import SessionState
from domain.sign_in import (
    ENDS_A_DAY,
    SignIn,
    SignInOutcome,
    SignInWait,
    ceiling_of,
    cooldown_of,
    ended_elsewhere,
)
from domain.verdict import Verdict, VerdictKind
from storage.errors import DatabaseAway
from storage.leases import HeldLease
from storage.logins import LoginBook, LoginRecord
from storage.sign_ins import Attempt, SignInBook
from workers.house import House
from workers.visit_ports import LEASE_SECONDS

log = structlog.get_logger(__name__)

_FAILED = frozenset(
    {
        VerdictKind.SIGNED_OUT,
        VerdictKind.CAPTCHA,
        VerdictKind.CONSENT,
        VerdictKind.SECOND_FACTOR,
        VerdictKind.BAD_CREDENTIALS,
    }
)
_HELD = frozenset(
    {
        VerdictKind.OK,
        VerdictKind.GONE,
        VerdictKind.WRONG_ACCOUNT,
        VerdictKind.WRONG_VIEW,
        VerdictKind.INCOMPLETE,
        VerdictKind.LAYOUT_CHANGED,
    }
)
"""Pages that only a signed-in browser is shown."""


@dataclass(slots=True)
class SignInDesk:
    """The credentials of one login, and when they may be typed; bound to its lease."""

    house: House
    lease: HeldLease
    who: Actor
    _marks: tuple[str, ...] = field(default=())

    def load(self) -> Credentials | None:
        """Return them, or None: then a person or an import signs in."""
        return self.house.credentials.resolve(self.lease.login_id)

    def about_to_type(self, credentials: Credentials) -> None:
        """Note that they are typed now.

        Raises:
            Stopped: these were refused before, somebody else uses them, or it is not the time.
            StaleToken: the lease was lost.
            DatabaseAway: nobody can be asked whether it may be.
        """
        book = SignInBook(self.house.engine)
        login = LoginBook(self.house.engine).with_id(self.lease.login_id)
        self._marks = self.house.credentials.marks(self.lease.login_id, credentials)
        if book.refused_marks(self.lease.login_id) & set(self._marks):
            refused = "the site has refused this password before; it is not typed again"
            raise Stopped(Verdict(VerdictKind.BAD_CREDENTIALS, refused))
        shared = contested(self.house, login)
        if shared:
            raise Stopped(Verdict(VerdictKind.SIGNED_OUT, shared))
        attempt = Attempt(self.who, self.house.clock.now(), LEASE_SECONDS)
        wait = book.begin(self.lease, attempt, partial(_wait, self.house, login))
        if wait is not None:
            raise Stopped(Verdict(VerdictKind.SIGNED_OUT, _said(wait)))
        log.info("session.sign_in", login=login.name)

    def typed(self, verdict: Verdict) -> None:
        """Note what came of it, in the history and in the login's state.

        Raises:
            StaleToken: the lease was lost.
        """
        outcome = _outcome(verdict.kind)
        mark = self._marks[0] if verdict.kind is VerdictKind.BAD_CREDENTIALS else None
        held = outcome is SignInOutcome.HELD
        state = SessionState.ACTIVE if held else SessionState.SUSPECT
        why = "" if held else f"signed in, and then: {verdict.kind} {verdict.detail}".rstrip()
        try:
            SignInBook(self.house.engine).came_out(self.lease, outcome, verdict.kind, mark)
            logins = LoginBook(self.house.engine)
            logins.set_state(self.lease.login_id, state, self.who, why, self.lease)
        except DatabaseAway as away:
            # What it is taken for then is a sign-in of which nobody knows: the next one waits.
            log.warning("session.sign_in_unnoted", because=str(away))


def not_yet(house: House, login: LoginRecord) -> SignInWait | None:
    """Return how long a login waits whose session is known to be over; None: visit it.

    Then the site need not be asked at all.
    """
    history, now = SignInBook(house.engine).history_and_time(login.id)
    if not history or not _is_over(history[-1]):
        return None
    return _wait(house, login, history, now)


def contested(house: House, login: LoginRecord) -> str:
    """Return who might share the login, and the way out; empty where nobody seems to."""
    book = SignInBook(house.engine)
    history = book.history(login.id)
    begins, _ = _today(house, login)
    slot = timedelta(minutes=house.policy(login.sites[0]).slot_minutes)
    found = ended_elsewhere(history, (), begins, slot)
    if len(found) >= ENDS_A_DAY:
        found = ended_elsewhere(history, book.of_peers(login.id), begins, slot)
    if len(found) < ENDS_A_DAY:
        return ""
    zone = house.day_of(login.sites[0]).zone
    # Not the user name: it is erased when a client leaves, and the audit keeps this for ever.
    times = ", ".join(f"{one.ended_at.astimezone(zone):%H:%M}" for one in found if one.ended_at)
    return (
        f"contested: its session was ended from elsewhere {len(found)} times today ({times}). "
        f"Somebody signs in with the user of {login.name} too: a marketer at the site's own "
        "pages, or another program. Next: give Danga a login of its own, best a read-only member; "
        f"then danga session refresh {login.name}, or danga login enable {login.name}"
    )


def _wait(
    house: House, login: LoginRecord, history: Sequence[SignIn], now: datetime
) -> SignInWait | None:
    """The longer of the two; `now` is operational time."""
    begins, ends = _today(house, login)
    most = house.policy(login.sites[0]).sign_ins_per_day
    waits = (cooldown_of(history, now), ceiling_of(history, most, begins, ends, house.clock.now()))
    return max((one for one in waits if one), key=lambda one: one.seconds, default=None)


def _today(house: House, login: LoginRecord) -> tuple[datetime, datetime]:
    """Begin and end of the business day at the site where the login signs in."""
    day = house.day_of(login.sites[0])
    today = day.date_of(house.clock.now())
    return day.starts(today), day.ends(today)


def _is_over(newest: SignIn) -> bool:
    return newest.ended_at is not None or newest.outcome is SignInOutcome.FAILED


def _outcome(kind: VerdictKind) -> SignInOutcome:
    if kind in _HELD:
        return SignInOutcome.HELD
    return SignInOutcome.FAILED if kind in _FAILED else SignInOutcome.TYPED


def _said(wait: SignInWait) -> str:
    minutes = max(round(wait.seconds / 60), 1)
    return f"{wait.reason} ({minutes} minutes)"
