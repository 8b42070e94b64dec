"""A person signs a login in, in a browser that goes through the login's own proxy.

The session counts only when a fresh context of the visiting browser is signed in with it, as the
user who sees the login's accounts; until then the login stays as it was, but for `claimed` while
somebody works on it. Every request is counted against the site's budget, as it is sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from playwright.sync_api import Error as PlaywrightError

from crawler.browser import Browser
from crawler.errors import Stopped, VisitError
from crawler.expectation import expected_of
from crawler.login_context import LoginContext
from crawler.order import AccountOrder, VisitOrder
from crawler.ports import StoredSession
from crawler.tab import Tab
from crawler.trouble import name_trouble
from crawler.visit_report import VisitReport
from domain.account import AccountKey
from domain.audit import person as named
from domain.grant import Wait
from domain.session import BrowserSession, SessionState
from domain.sign_in import SignInKind
from domain.verdict import OK, Verdict, VerdictKind
from domain.visit import VisitKind
from storage.accounts import AccountBook
from storage.errors import SessionUnusable
from storage.logins import LoginBook
from storage.sign_ins import SignInBook
from storage.visit_schedule import VisitSchedule
from workers.house import House
from workers.login_in_hand import LoginInHand, login_in_hand
from workers.person_budget import PersonBudget
from workers.session_ends import ends_too_early

log = structlog.get_logger(__name__)

POLL_SECONDS = 1.0
_STILL_SIGNING_IN = "the site still shows its sign-in"


class NotSignedIn(VisitError):
    """Nobody signed in: the login stays as it was."""


class SiteIsElsewhere(NotSignedIn):
    """The site signs in on a host that its class does not name."""


def _wait_at_window(tab: Tab) -> None:
    tab.page.wait_for_timeout(POLL_SECONDS * 1000)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever signs in. `act` is called at each look until the site shows its lobby.

    The default waits: the person works in the window. `meet` is called before the first page is
    opened, `wait_for_proof` when the person has signed in; `hold` in the place of `act` while the
    site's budget is spent: whoever can, holds the person's inputs back.
    """

    name: str
    minutes: float = 10.0
    act: Callable[[Tab], None] = _wait_at_window
    meet: Callable[[Tab, frozenset[str]], None] = lambda _tab, _hosts: None
    wait_for_proof: Callable[[], None] = lambda: None
    hold: Callable[[Tab, Wait], None] = lambda tab, _wait: _wait_at_window(tab)


@dataclass(frozen=True, slots=True)
class Proof:
    """What the browser of the visits saw with the new session: a verdict and accounts' names."""

    verdict: Verdict
    accounts: tuple[str, ...] = ()


def refresh(house: House, login: str, person: Person, open_window: Callable[[], Browser]) -> Proof:
    """Let the person sign in at a window, then prove the session in a browser as visits use it.

    Return the proof; the login's visits go on when its verdict is `ok`. The window is closed
    before the other browser starts: Playwright allows one at a time in a thread.

    Raises:
        NotSignedIn: the window was closed or the time is over; nothing was changed.
        LeaseTaken: a visit works with the login just now.
        DangaError: the budget lets nothing through now, or all proxies rest.
    """
    with login_in_hand(house, login, VisitKind.REFRESH, person.name) as hand:
        before = _stored(hand)
        with _claimed(hand, person):
            with open_window() as window:
                _sign_in(hand, person, window, _to_begin_with(hand, before))
            person.wait_for_proof()
            with house.browser() as visiting:
                report = hand.visit(VisitKind.PROBE, hand.tools(visiting))
        proof = proof_of(hand, report)
        if proof.verdict.kind is VerdictKind.WRONG_ACCOUNT:
            _put_back(hand, before)
        _note(hand, person, proof.verdict)
    log.info("session.refreshed", login=login, by=person.name, verdict=proof.verdict.kind.value)
    return proof


@contextmanager
def _claimed(hand: LoginInHand, person: Person) -> Iterator[None]:
    """Show that somebody works on a login that waits; whatever goes wrong, it waits as before."""
    logins, login = LoginBook(hand.house.engine), hand.login
    if not login.waits:
        yield  # its state is not the person's to explain: the lease keeps visits away
        return
    who, why = named(person.name), f"{person.name} signs in; {login.state_reason}"
    logins.set_state(login.id, SessionState.CLAIMED, who, why, hand.lease)
    try:
        yield
    except BaseException:
        logins.set_state(login.id, login.state, who, login.state_reason, hand.lease)
        raise


def _note(hand: LoginInHand, person: Person, verdict: Verdict) -> None:
    logins, login = LoginBook(hand.house.engine), hand.login
    who = named(person.name)
    if verdict.kind is VerdictKind.WRONG_ACCOUNT:
        logins.set_state(login.id, SessionState.NEEDS_HUMAN, who, verdict.detail, hand.lease)
        return
    reason = "" if verdict.ok else f"{verdict.kind}: {verdict.detail}"
    state = SessionState.ACTIVE if verdict.ok else SessionState.SUSPECT
    sign_ins, now = SignInBook(hand.house.engine), hand.house.clock.now()
    sign_ins.by_person(login.id, SignInKind.PERSON, who, now)
    logins.set_state(login.id, state, who, reason, hand.lease)
    if verdict.ok:
        logins.alive(login.id, hand.lease)
        sign_ins.alive(hand.lease, who, now)
        VisitSchedule(hand.house.engine).wake(login.id)


def proof_of(hand: LoginInHand, report: VisitReport) -> Proof:
    """A probe that could not ask the site has proved nothing; one as another user the contrary."""
    if report.wait is not None or not report.pages:
        because = report.wait or "no page was read"
        return Proof(Verdict(VerdictKind.OURS, f"not proved yet: {because}"))
    names = tuple(found.shown_name for found in report.accounts)
    verdict = report.verdict
    if verdict.ok and _sees_others(hand, report):
        verdict = Verdict(
            VerdictKind.WRONG_ACCOUNT,
            f"the user who signed in sees {', '.join(names[:3])}, and none of the login's accounts."
            f" Next: danga session refresh {hand.login.name}",
        )
    return Proof(verdict, names)


def _sees_others(hand: LoginInHand, report: VisitReport) -> bool:
    """Whether the lobby lists accounts, and none that this login reads on that site."""
    seen = {found.key for found in report.accounts}
    sites = {key.site for key in seen}
    declared = {one.key for one in AccountBook(hand.house.engine).of_login(hand.login.id)}
    expected = {key for key in declared if key.site in sites}
    return bool(seen and expected) and not (seen & expected)


def _put_back(hand: LoginInHand, before: StoredSession | None) -> None:
    """Let the session of before be the newest again: another user's must not be visited with."""
    newest = hand.house.vault.newest_version(hand.login.id)
    hand.sessions.save(before.session if before else BrowserSession(), newest)


def _sign_in(
    hand: LoginInHand, person: Person, window: Browser, stored: StoredSession | None
) -> None:
    site = hand.sites[0]
    hosts = frozenset().union(*(one.hosts for one in hand.sites))
    budget = PersonBudget(hand.house.pace, site.name)
    context = window.open(hand.login.name, stored, hand.proxy, hosts)
    with ExitStack() as after:  # whatever of it fails, the rest is done
        after.callback(window.drop, hand.login.name)
        after.callback(lambda: hand.note(VisitKind.REFRESH, context.tally, verdict))
        after.callback(lambda: budget.close(context.tally))
        verdict = Verdict(VerdictKind.SIGNED_OUT, "nobody signed in")
        try:
            person.meet(context.tab, hosts)
            context.tab.go(site.lobby().url, site)
            _wait_for(hand, person, context, budget)
            hand.sessions.save(context.session(), context.version)
            verdict = OK
        except Stopped as stop:
            raise NotSignedIn(
                f"The window was lost: {stop.verdict.detail}", advice=_again(hand)
            ) from stop
        except PlaywrightError as error:
            raise NotSignedIn(
                f"The window was lost: {name_trouble(error).detail}", advice=_again(hand)
            ) from error


def _stored(hand: LoginInHand) -> StoredSession | None:
    """What the vault cannot open any more (a lost key) is replaced, not mourned."""
    try:
        return hand.sessions.load()
    except SessionUnusable as lost:
        log.warning("session.unusable", login=hand.login.name, because=str(lost))
        newest = hand.house.vault.newest_version(hand.login.id)
        return StoredSession(newest, BrowserSession())


def _to_begin_with(hand: LoginInHand, before: StoredSession | None) -> StoredSession | None:
    """Return what the window opens with: nothing, where a session that lives has to be renewed.

    The site would show its lobby at once, and the person who came in good time would be sent away
    with the old session.
    """
    house, ends_at = hand.house, hand.house.vault.ends_at(hand.login.id)
    if before is None or ends_at is None or hand.login.state is not SessionState.ACTIVE:
        return before
    left = ends_at - datetime.now(UTC)
    if not ends_too_early(left, house.clock.now(), house.settings.zone):
        return before
    return StoredSession(before.version, BrowserSession())


def _wait_for(
    hand: LoginInHand, person: Person, context: LoginContext, budget: PersonBudget
) -> None:
    until = time.monotonic() + person.minutes * 60
    while time.monotonic() < until:
        if _signed_in(hand, context.tab):
            return
        hand.kept.prolong()
        hand.require_welcome()
        wait = budget.keep_up(context.tally)
        if wait is None:
            person.act(context.tab)
        else:
            person.hold(context.tab, wait)
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
