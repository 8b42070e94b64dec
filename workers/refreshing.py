"""A person signs a login in, in a browser that goes through the login's own proxy.

The session counts only when a fresh context of the visiting browser is signed in with it; until
then the login stays as it was. Every request is counted against the site's budget.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from crawler.browser import Browser
from crawler.errors import Stopped, VisitError
from crawler.expectation import expected_of
from crawler.login_context import LoginContext
from crawler.order import AccountOrder, VisitOrder
from crawler.ports import StoredSession
from crawler.tab import Tab
from crawler.visit_report import VisitReport
from domain.account import AccountKey
from domain.audit import person as named
from domain.errors import DangaError
from domain.grant import Grant
from domain.session import BrowserSession, SessionState
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitKind
from storage.errors import SessionUnusable
from storage.logins import LoginBook
from workers.house import House
from workers.login_in_hand import LoginInHand, login_in_hand

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
_STILL_SIGNING_IN = "the site still shows its sign-in"


class NotSignedIn(VisitError):
    """Nobody signed in: the login stays as it was."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever signs in. `act` is called at each look until the site shows its lobby.

    The default waits: the person works in the window.
    """

    name: str
    minutes: float = 10.0
    act: Callable[[Tab], None] = lambda tab: tab.page.wait_for_timeout(POLL_SECONDS * 1000)


def refresh(
    house: House, login: str, person: Person, open_window: Callable[[], Browser]
) -> Verdict:
    """Let the person sign in at a window, then prove the session in a browser as visits use it.

    Return the verdict of the proof; the login's visits go on when it is `ok`. The window is
    closed before the other browser starts: Playwright allows one at a time in a thread.

    Raises:
        NotSignedIn: the window was closed or the time is over; nothing was changed.
        LeaseTaken: a visit works with the login just now.
        DangaError: the budget lets nothing through now, or all proxies rest.
    """
    with login_in_hand(house, login, VisitKind.REFRESH, person.name) as hand:
        with open_window() as window:
            _sign_in(hand, person, window)
        with house.browser() as visiting:
            report = hand.visit(visiting, VisitKind.PROBE, (), lambda _page, _snapshot: None)
        verdict = _proof(report)
        state = SessionState.ACTIVE if verdict.ok else SessionState.SUSPECT
        reason = "" if verdict.ok else f"{verdict.kind}: {verdict.detail}"
        logins = LoginBook(house.engine)
        logins.begun(hand.login.id)
        logins.set_state(hand.login.id, state, named(person.name), reason, hand.lease)
        if verdict.ok:
            logins.alive(hand.login.id, hand.lease)
    log.info("session.refreshed", login=login, by=person.name, verdict=verdict.kind.value)
    return verdict


def _proof(report: VisitReport) -> Verdict:
    """A probe that could not ask the site has proved nothing."""
    if report.wait is not None or not report.pages:
        return Verdict(VerdictKind.OURS, f"not proved yet: {report.wait or 'no page was read'}")
    return report.verdict


def _sign_in(hand: LoginInHand, person: Person, window: Browser) -> None:
    site, stored = hand.sites[0], _stored(hand)
    hosts = frozenset().union(*(one.hosts for one in hand.sites))
    grant = _granted(hand)
    context = window.open(hand.login.name, stored, hand.proxy, hosts)
    try:
        context.tab.go(site.lobby().url, site)
        _wait_for(hand, person, context)
        hand.sessions.save(context.session(), context.version)
    except Stopped as stop:
        raise NotSignedIn(
            f"The window was lost: {stop.verdict.detail}", advice=_again(hand)
        ) from stop
    finally:
        hand.house.pace.settle(grant, context.tally.requests)
        window.drop(hand.login.name)


def _stored(hand: LoginInHand) -> StoredSession | None:
    """What the vault cannot open any more (a lost key) is replaced, not mourned."""
    try:
        return hand.sessions.load()
    except SessionUnusable as lost:
        log.warning("session.unusable", login=hand.login.name, because=str(lost))
        newest = hand.house.vault.newest_version(hand.login.id)
        return StoredSession(newest, BrowserSession())


def _granted(hand: LoginInHand) -> Grant:
    answer = hand.house.pace.ask(hand.sites[0].name, VisitKind.REFRESH, warm=False)
    if isinstance(answer, Grant):
        return answer
    raise DangaError(
        f"{hand.sites[0].name} may not be asked now: {answer.reason}",
        advice=f"Try again in {answer.seconds:.0f} s.",
    )


def _wait_for(hand: LoginInHand, person: Person, context: LoginContext) -> None:
    until = time.monotonic() + person.minutes * 60
    while time.monotonic() < until:
        if _signed_in(hand, context.tab):
            return
        hand.kept.prolong()
        person.act(context.tab)
    raise NotSignedIn(
        f"{person.minutes:.0f} minutes are over and {_STILL_SIGNING_IN}.",
        advice=_again(hand),
    )


def _again(hand: LoginInHand) -> str:
    return (
        f"Run `danga session refresh {hand.login.name}` again, and sign in before the window "
        "is closed."
    )


def _signed_in(hand: LoginInHand, tab: Tab) -> bool:
    """Whether the browser stands on a page of the site that only a signed-in one sees."""
    site = hand.sites[0]
    order = VisitOrder(hand.login.name, VisitKind.REFRESH, hand.house.clock.now(), (site,))
    account = AccountOrder(AccountKey(site.name, ""), "", site)
    expected = expected_of(order, site.lobby(), account, hand.house.clock.now())
    return site.classify(tab.snapshot(), expected).kind is VerdictKind.OK
