"""A session that was made elsewhere: tried in the browser of the visits before it is saved.

The probe goes through the login's own proxy and types no password, so that what it finds is the
session's own doing. Where the site shows that nobody is signed in, nothing is saved; where it shows
nothing, a session that works is never replaced by one that nobody has proved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import structlog

from crawler.ports import StoredSession
from domain.audit import Actor, Deed
from domain.credentials import Credentials
from domain.errors import DangaError
from domain.session import BrowserSession, SessionState
from domain.sign_in import SignInKind
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitKind
from storage.audit import AuditBook
from storage.leases import HeldLease, LeaseBook
from storage.logins import LoginBook, LoginRecord
from storage.sign_ins import SignInBook
from storage.visit_schedule import VisitSchedule
from workers.house import House
from workers.login_in_hand import LoginInHand, WaitsForPerson, login_in_hand
from workers.refreshing import NotSignedIn, proof_of

log = structlog.get_logger(__name__)

_LEASE_SECONDS = 60.0
_NOT_SIGNED_IN = frozenset(
    {
        VerdictKind.SIGNED_OUT,
        VerdictKind.CAPTCHA,
        VerdictKind.CONSENT,
        VerdictKind.SECOND_FACTOR,
        VerdictKind.BAD_CREDENTIALS,
        VerdictKind.WRONG_ACCOUNT,
    }
)
"""What the site answers to a session that is none; all else says nothing about it."""


class NotProved(DangaError):
    """Nothing could be asked of the site, so the session that works was not replaced."""


@dataclass(frozen=True, slots=True)
class Saved:
    """The version under which it was saved, the login's state, and what the probe saw."""

    version: int
    state: SessionState
    proof: Verdict | None = None


@dataclass(slots=True)
class _OnTrial:
    """The session while it is tried: cookies that the site changes are kept, in memory."""

    session: BrowserSession
    version: int

    def load(self) -> StoredSession:
        return StoredSession(self.version, self.session)

    def save(self, session: BrowserSession, after_version: int) -> int:
        self.session, self.version = session, after_version + 1
        return self.version


class _NoPassword:
    """A probe proves the session and nothing else."""

    def load(self) -> Credentials | None:
        return None

    def about_to_type(self, credentials: Credentials) -> None:
        raise AssertionError("there is nothing to type")

    def typed(self, verdict: Verdict) -> None:
        return None


def import_proved(house: House, login: str, session: BrowserSession, who: Actor) -> Saved:
    """Probe the session, then save it; the login is `active`, or `suspect` if nothing was proved.

    Raises:
        NotSignedIn: the site does not know it, or as somebody else; nothing was changed.
        NotProved: nothing was proved, and the login is `active`; nothing was changed.
        WaitsForPerson: somebody switched the login off, so the site is not asked.
        LeaseTaken: a visit works with the login just now.
        DangaError: all its proxies rest, or a site is quiet; nothing was changed.
    """
    _require_enabled(house, login)
    with login_in_hand(house, login, VisitKind.REFRESH, who.name) as hand:
        newest = house.vault.newest_version(hand.login.id)
        trial = _OnTrial(session, newest)
        proof = _probed(hand, trial)
        if proof.kind in _NOT_SIGNED_IN:
            raise NotSignedIn(
                f"Nothing was saved: the site answers {proof.kind} ({proof.detail}).",
                advice=f"Sign in anew and export at once, or run `danga session refresh {login}`.",
            )
        if not proof.ok and hand.login.state is SessionState.ACTIVE:
            raise NotProved(
                f"Nothing was saved: {login} has a session that works, and the new one was not "
                f"proved ({proof.kind}: {proof.detail}).",
                advice="Try again later, or import with --no-probe if you are sure of it.",
            )
        state = SessionState.ACTIVE if proof.ok else SessionState.SUSPECT
        reason = "" if proof.ok else f"imported by {who.name}, not proved: {proof.detail}"
        version = _save(house, hand.login, trial.session, newest, hand.lease, who)
        logins = LoginBook(house.engine)
        logins.set_state(hand.login.id, state, who, reason, hand.lease)
        if proof.ok:
            logins.alive(hand.login.id, hand.lease)
            SignInBook(house.engine).alive(hand.lease, who, house.clock.now())
        VisitSchedule(house.engine).wake(hand.login.id)
    log.info("session.imported", login=login, by=who.name, verdict=proof.kind.value)
    return Saved(version, state, proof)


def import_unproved(house: House, login: str, session: BrowserSession, who: Actor) -> Saved:
    """Save the session without asking the site; the next visit proves or replaces it.

    Raises:
        LeaseTaken: a visit works with the login just now.
    """
    logins = LoginBook(house.engine)
    found = logins.still_open(login)
    with LeaseBook(house.engine).hold(found.id, house.name, "import", _LEASE_SECONDS) as lease:
        newest = house.vault.newest_version(found.id)
        version = _save(house, found, session, newest, lease, who)
        reason = f"imported by {who.name}"
        logins.set_state(found.id, SessionState.SUSPECT, who, reason, lease)
        VisitSchedule(house.engine).wake(found.id)
    return Saved(version, logins.get(login).state)  # switched off, it stays so


def _require_enabled(house: House, login: str) -> None:
    if LoginBook(house.engine).get(login).state is SessionState.DISABLED:
        raise WaitsForPerson(
            f"{login} is switched off: nothing was saved and nothing sent.",
            advice=f"Run `danga login enable {login}` first, or import with --no-probe.",
        )


def _probed(hand: LoginInHand, trial: _OnTrial) -> Verdict:
    with hand.house.browser() as browser:
        tools = replace(hand.tools(browser), sessions=trial, credentials=_NoPassword())
        report = hand.visit(VisitKind.PROBE, tools)
    return proof_of(hand, report).verdict


def _save(
    house: House,
    login: LoginRecord,
    session: BrowserSession,
    newest: int,
    lease: HeldLease,
    who: Actor,
) -> int:
    saved_by = f"import by {who.name}"
    version = house.vault.save(login.id, session, newest, saved_by, lease.token)
    SignInBook(house.engine).by_person(login.id, SignInKind.IMPORT, who, house.clock.now())
    detail = {"version": version, "cookies": len(session.cookies)}
    AuditBook(house.engine).note(who, Deed("session.import", f"login {login.name}", detail=detail))
    return version
