"""Write down how a visit ended, with all that follows from it.

A database that is away is waited for: what was read stands in the spool, and nothing else can
be done without it. Where the wait is too long, the visit's lease runs out and it is planned
again; what it had read well is then stored already and not read twice.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from crawler.request_meter import Tally
from domain.audit import Actor, program
from domain.session import SessionState
from domain.visit import VisitState
from pace.errors import PaceUnavailable
from storage.accounts import AccountBook
from storage.errors import SiteHalted, StaleToken
from storage.logins import LoginBook
from storage.sign_ins import SignInBook
from storage.site_halts import HaltBook
from storage.visit_record import Outcome
from storage.visits import VisitBook
from workers.ending import Ending, Pause, ProxyFate
from workers.house import House
from workers.proxy_desk import ProxyDesk
from workers.sign_in_desk import contested
from workers.visit_in_hand import VisitInHand
from workers.when_back import GoOn, when_back

log = structlog.get_logger(__name__)


def end_visit(house: House, hand: VisitInHand, ending: Ending, go_on: GoOn) -> None:
    """Write the ending down: login, proxy and site first, the visit's own row last.

    Raises:
        DatabaseAway: it was away for longer than one waits.
        ToldToStop: the process has to end before the database is back.
    """
    _judge_sites(house, hand, ending)
    try:
        if ending.pause is not None and ending.pause.seconds is None:
            halt = ending.pause
            when_back(lambda: _halt(house, hand, halt), go_on)
        when_back(lambda: _note_login(house, hand, ending), go_on)
        if ending.proxy is not None:
            fate = ending.proxy
            when_back(lambda: _note_proxy(house, hand, fate), go_on)
        when_back(lambda: _note_visit(house, hand, ending), go_on)
    except StaleToken as lost:
        log.info("visit.taken_over", because=str(lost))
        return
    outcome = ending.outcome
    log.info("visit.end", state=outcome.state.value, detail=outcome.detail,
             verdict=outcome.verdict and outcome.verdict.value,
             wait_seconds=ending.wait_seconds and round(ending.wait_seconds))  # fmt: skip


def _note_login(house: House, hand: VisitInHand, ending: Ending) -> None:
    lease, visit = hand.claim.lease, _visit(hand)
    logins, now = LoginBook(house.engine), house.clock.now()
    if ending.accounts:
        AccountBook(house.engine).seen(lease.login_id, ending.accounts, now)
    if ending.read_a_page:
        logins.alive(lease.login_id, lease)
        SignInBook(house.engine).alive(lease, visit, now)
    if ending.signed_out:
        SignInBook(house.engine).ended(lease, now)
    if ending.login_state is not None:
        state, why = _state_and_reason(house, lease.login_id, ending.login_state, ending)
        logins.set_state(lease.login_id, state, visit, why, lease)


def _state_and_reason(
    house: House, login_id: int, state: SessionState, ending: Ending
) -> tuple[SessionState, str]:
    """A login that somebody else ends again and again is left to people."""
    if state in (SessionState.ACTIVE, SessionState.SUSPECT):
        shared = contested(house, LoginBook(house.engine).with_id(login_id))
        if shared:
            return SessionState.CONTESTED, shared
    return state, ending.login_reason


def _note_proxy(house: House, hand: VisitInHand, fate: ProxyFate) -> None:
    desk = ProxyDesk(house, _visit(hand))
    if fate.rests is None:
        desk.worked(fate.proxy)
    else:
        desk.rest(fate.proxy, fate.rests, fate.because)


def _note_visit(house: House, hand: VisitInHand, ending: Ending) -> None:
    hand.catch_up()
    visits, outcome = VisitBook(house.engine), _with_rest(ending.outcome, hand.ledger.rest)
    if outcome.state is VisitState.DEFERRED:
        visits.defer(hand.claim, ending.wait_seconds or 0.0, outcome, ending.charge)
    else:
        visits.finish(hand.claim, outcome)


def _with_rest(outcome: Outcome, rest: Tally) -> Outcome:
    """Add what was sent for pages that were not finished."""
    return replace(outcome, requests=rest.requests, bytes_received=rest.bytes_received)


def _judge_sites(house: House, hand: VisitInHand, ending: Ending) -> None:
    """Say what the visit showed of its sites: before anything else, as others are on their way."""
    visit = _visit(hand).name
    try:
        for site in ending.worked:
            house.pace.worked(site, visit)
        if ending.fault is not None:
            site, reason = ending.fault
            house.pace.failed(site, visit, hand.claim.visit.login, reason)
        if (rest := ending.pause) is not None:
            # Whoever resumes it has looked: then one visit goes first all the same.
            house.pace.turned_away(rest.site, visit, rest.seconds or 0.0, rest.reason)
    except PaceUnavailable as error:
        log.error("sites.not_judged", because=str(error), advice=error.next_step)


def _halt(house: House, hand: VisitInHand, pause: Pause) -> None:
    """Until a person has looked: a program that tries on would only be refused elsewhere."""
    log.error("site.halted", site=pause.site, because=pause.reason)
    try:
        HaltBook(house.engine).pause(pause.site, _visit(hand), pause.reason)
    except SiteHalted as already:
        log.info("site.halted_already", site=pause.site, because=str(already))


def _visit(hand: VisitInHand) -> Actor:
    return program(f"visit {hand.claim.visit.id}")
