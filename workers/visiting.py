"""Run one visit: claim it, gather what it needs, let the crawler work, note what follows.

The same function serves Celery's workers, `danga up` and `danga collect`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import structlog

from crawler.browser import Browser
from crawler.errors import SiteClassBroken
from crawler.order import VisitOrder
from crawler.visit import run_visit
from crawler.visit_report import VisitReport
from crawler.visit_tools import VisitTools
from domain.audit import program
from domain.errors import DangaError
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.entities import EntityBook
from storage.errors import CredentialsUnusable, SessionMovedOn, StaleToken
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.visit_record import Charge, Claim, Outcome
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook
from workers.class_trial import ClassTrial
from workers.ending import Ending, deferred, ending_of, password_wanted, the_rest_follows
from workers.house import House
from workers.places import Later, places
from workers.proxy_desk import NoProxyNow, ProxyDesk, refusals
from workers.settling import replay_spool, settle_visit
from workers.sign_in_desk import SignInDesk, not_yet
from workers.visit_ending import end_visit
from workers.visit_in_hand import VisitInHand
from workers.visit_order import order_of
from workers.visit_ports import (
    LEASE_SECONDS,
    KeptLease,
    SlotInventory,
)
from workers.worker_life import ToldToStop

log = structlog.get_logger(__name__)

OURS_SECONDS = 30.0
LOST_SECONDS = 5.0
LOOK_AT = 20
"""How many due visits are looked at for one whose login is warm here."""

GoOn = Callable[[], None]
"""Asked between two pages; raises when the process was told to stop."""


def _always() -> None:
    return None


def _at_once() -> None:
    raise ToldToStop


def visit_next(
    house: House, browser: Browser, site: str | None = None, go_on: GoOn = _always
) -> int | None:
    """Run the due visit that waited longest, of one site or of all; return its key, or None.

    A login whose context is warm here goes first among the next `LOOK_AT`. What this machine
    read while the database was away is stored before anything else.
    """
    replay_spool(house)
    due = VisitSchedule(house.engine).due([site] if site else None, limit=LOOK_AT)
    for visit in sorted(due, key=lambda one: one.login not in browser.warm_logins):
        claim = VisitBook(house.engine).claim(visit.id, house.name, LEASE_SECONDS)
        if claim is not None:
            run_claimed(house, browser, claim, go_on)
            return claim.visit.id
    _forget_closed(house, browser)
    return None


def _forget_closed(house: House, browser: Browser) -> None:
    """Drop the warm contexts of logins that were closed: their cookies are nobody's any more."""
    if browser.warm_logins:
        open_ones = {login.name for login in LoginBook(house.engine).all()}
        for login in set(browser.warm_logins) - open_ones:
            browser.drop(login)


def run_claimed(house: House, browser: Browser, claim: Claim, go_on: GoOn = _always) -> None:
    """Run a visit that is in hand, and note how it ended.

    Raises:
        DatabaseAway: it was away for too long to note it; the lease runs out, and the visit is
            planned again.
        ToldToStop: it has to end before the database is back; the same follows.
    """
    visit = claim.visit
    with structlog.contextvars.bound_contextvars(visit=visit.id, login=visit.login):
        log.info("visit.begin", kind=visit.kind.value, slot=visit.planned_at.isoformat())
        house.look_again()  # whoever claims knows that nothing halts it: a stop of before is over
        hand = VisitInHand.of(house, claim)
        try:
            ending = _run(house, browser, hand, go_on)
        except Exception as error:  # noqa: BLE001 - the edge: whatever broke is noted in the row
            ending = _ending_after(error, browser, claim)
        except BaseException:
            end_visit(house, hand, deferred(LOST_SECONDS, "interrupted"), _at_once)
            raise
        end_visit(house, hand, ending, go_on)


def _run(house: House, browser: Browser, hand: VisitInHand, go_on: GoOn) -> Ending:
    claim = hand.claim
    login = LoginBook(house.engine).with_id(claim.lease.login_id)
    wait = not_yet(house, login)
    if wait is not None:
        return deferred(wait.seconds, wait.reason, VerdictKind.SIGNED_OUT)
    proxy = ProxyDesk(house, program(f"visit {claim.visit.id}")).proxy_for(login)
    order, trial = order_of(house, claim.visit, login, proxy)
    hand.ledger.recall()
    try:
        report = _visit(house, browser, hand, order, trial, go_on)
    except CredentialsUnusable as error:
        return password_wanted(str(error), login)
    finally:
        settle_visit(house, hand.ledger)
    site = _last_site(order, report)
    refused = report.verdict.kind is VerdictKind.REFUSED
    others = refusals(house, site, order.proxy) if refused else ()
    ending = ending_of(report, claim.visit, login, order, house.policy(site), others)
    return the_rest_follows(ending) if trial.settle(report) else ending


def _last_site(order: VisitOrder, report: VisitReport) -> str:
    """The site whose page was visited last: the one that the visit's verdict is about."""
    return report.pages[-1].site if report.pages else order.sites[0].name


def _visit(
    house: House,
    browser: Browser,
    hand: VisitInHand,
    order: VisitOrder,
    trial: ClassTrial,
    go_on: GoOn,
) -> VisitReport:
    names = [site.name for site in order.sites]
    with places(house.pace, names, f"visit {hand.claim.visit.id}") as prolong:
        lease = KeptLease(LeaseBook(house.engine), hand.claim.lease, LEASE_SECONDS, go_on, prolong)
        tools = _tools(house, browser, hand, order, lease)
        return run_visit(order, replace(tools, doubt=trial))


def _tools(
    house: House, browser: Browser, hand: VisitInHand, order: VisitOrder, lease: KeptLease
) -> VisitTools:
    claim = hand.claim
    followed = {account.key: account.wanted.entities for account in order.accounts}
    return VisitTools(
        browser=browser,
        pace=house.pace,
        sessions=hand.sessions,
        credentials=SignInDesk(house, claim.lease, program(f"visit {claim.visit.id}")),
        inventory=SlotInventory(
            EntityBook(house.engine), claim.visit.planned_at, followed, claim.visit.kind
        ),
        ledger=hand.ledger,
        evidence=house.evidence,
        lease=lease,
        clock=house.clock,
    )


def _ending_after(error: Exception, browser: Browser, claim: Claim) -> Ending:
    """Whatever was raised, the visit's row says it; only a mistake of ours costs an attempt."""
    match error:
        case Later():
            return deferred(error.seconds, str(error))
        case NoProxyNow():
            return deferred(error.seconds, str(error), VerdictKind.PROXY_DOWN)
        case StaleToken() | SessionMovedOn() | ToldToStop():
            return deferred(LOST_SECONDS, str(error))
        case SiteClassBroken():
            outcome = Outcome(VisitState.FAILED, VerdictKind.LAYOUT_CHANGED, str(error))
            return Ending(outcome)
        case DangaError():
            log.warning("visit.ours", because=str(error), advice=error.next_step)
            return deferred(OURS_SECONDS, str(error), VerdictKind.OURS)
    log.error("visit.broke", exc_info=error)
    browser.close()  # it may have been interrupted in the middle of a call
    seconds = OURS_SECONDS * 2 ** min(claim.visit.attempts, 10)
    detail = f"{type(error).__name__}: see the log"
    return deferred(seconds, detail, VerdictKind.OURS, Charge.ATTEMPT)
