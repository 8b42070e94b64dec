"""Write down how a visit ended, with all that follows from it.

A database that is away is waited for: what was read stands in the spool, and nothing else can
be done without it. Where the wait is too long, the visit's lease runs out and it is planned
again; what it had read well is then stored already and not read twice.
"""

from __future__ import annotations

from dataclasses import replace

import structlog

from crawler.request_meter import Tally
from domain.audit import program
from domain.visit import VisitState
from pace.errors import PaceUnavailable
from storage.accounts import AccountBook
from storage.errors import StaleToken
from storage.logins import LoginBook
from storage.visit_record import Outcome
from storage.visits import VisitBook
from workers.ending import Ending, Pause, ProxyFate
from workers.house import House
from workers.proxy_desk import ProxyDesk
from workers.visit_in_hand import VisitInHand
from workers.when_back import GoOn, when_back

log = structlog.get_logger(__name__)


def end_visit(house: House, hand: VisitInHand, ending: Ending, go_on: GoOn) -> None:
    """Write the ending down: login, proxy and site first, the visit's own row last.

    Raises:
        DatabaseAway: it was away for longer than one waits.
        ToldToStop: the process has to end before the database is back.
    """
    if ending.pause is not None:
        _pause(house, ending.pause)
    try:
        when_back(lambda: _note_login(house, hand, ending), go_on)
        if ending.proxy is not None:
            fate = ending.proxy
            when_back(lambda: _note_proxy(house, fate), go_on)
        when_back(lambda: _note_visit(house, hand, ending), go_on)
    except StaleToken as lost:
        log.info("visit.taken_over", because=str(lost))
        return
    outcome = ending.outcome
    log.info("visit.end", state=outcome.state.value, detail=outcome.detail,
             verdict=outcome.verdict and outcome.verdict.value,
             wait_seconds=ending.wait_seconds and round(ending.wait_seconds))  # fmt: skip


def _note_login(house: House, hand: VisitInHand, ending: Ending) -> None:
    login_id = hand.claim.lease.login_id
    if ending.accounts:
        AccountBook(house.engine).seen(login_id, ending.accounts, house.clock.now())
    logins = LoginBook(house.engine)
    if ending.read_a_page:
        logins.alive(login_id, hand.claim.lease)
    if ending.login_state is not None:
        logins.set_state(
            login_id,
            ending.login_state,
            program(f"visit {hand.claim.visit.id}"),
            ending.login_reason,
            hand.claim.lease,
        )


def _note_proxy(house: House, fate: ProxyFate) -> None:
    desk = ProxyDesk(house)
    if fate.rest_seconds is None:
        desk.worked(fate.proxy)
    else:
        desk.rest(fate.proxy, fate.rest_seconds, fate.because)


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


def _pause(house: House, pause: Pause) -> None:
    log.warning("site.paused", site=pause.site, seconds=pause.seconds, because=pause.reason)
    try:
        house.pace.close(pause.site, pause.seconds, pause.reason)
    except PaceUnavailable as error:
        log.error("site.not_paused", because=str(error), advice=error.next_step)
