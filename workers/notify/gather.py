"""Gather the facts from which causes are derived: a handful of questions, once a minute."""

from __future__ import annotations

import shutil
import socket
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from domain.account import AccountKey
from domain.cause import CauseKind
from domain.errors import BadInput
from domain.wanted_day import WantedState
from pace.errors import PaceUnavailable
from storage.causes import CauseRecord
from storage.collected import CollectedBook
from storage.heartbeats import HeartbeatBook
from storage.logins import LoginBook, LoginRecord
from storage.proxies import ProxyBook
from storage.site_halts import HaltBook
from storage.sites import SiteBook, SiteRecord
from storage.wanted_days import WantedDays
from storage.watch_troubles import watch_troubles
from workers.house import House
from workers.notify.facts import Ending, Facts, SiteTimes
from workers.proxy_choice import fits
from workers.proxy_outage import outages
from workers.session_ends import for_a_person
from workers.worker_life import CELERY, VISITS

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=1)
LEAST_FREE_BYTES = 1024**3
"""Evidence, spool and SQLite need room; `danga doctor` has the same measure."""
NO_PROXY = "none that fits"
_ALIVE_SECONDS = 300.0
_MACHINE_GONE_SECONDS = 3600.0
"""A container has a new name each time it starts: nobody would ever judge the old one's disk."""
_OUR_OWN = frozenset({CauseKind.STALE, CauseKind.NOTHING_COLLECTED})


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts, which kinds of cause nobody can judge just now, and which machines live."""

    facts: Facts
    unknown: frozenset[CauseKind]
    machines: frozenset[str]
    """Names of the machines that were seen of late; they judge their own causes."""


def gather(house: House, now: datetime, known: tuple[CauseRecord, ...]) -> Gathered:
    """Return the facts at `now`; `known` are the causes of the last day.

    Raises:
        DatabaseAway: nothing can be said.
    """
    book = CollectedBook(house.engine)
    logins = LoginBook(house.engine).all()
    sites = SiteBook(house.engine).all()
    unknown: set[CauseKind] = set()
    facts = Facts(
        now=now,
        logins=logins,
        watched=book.watched(),
        owners=book.owners(),
        seen=book.verdicts(now - LOOK_BACK),
        slots=book.slots(now - LOOK_BACK),
        sites={one.name: _times(one) for one in sites},
        stopped=_stopped(house, sites, unknown),
        proxyless=_proxyless(house, logins, unknown),
        ending=_ending(house, logins, now),
        full_disk=_full_disk(house),
        unread=_unread(house),
        troubles=tuple(watch_troubles(house.engine).values()),
        recovered=_recovered(known),
        before={
            one.cause.key: one.cause.accounts
            for one in known
            if one.over_at is None and one.gone_at is None and one.cause.kind not in _OUR_OWN
        },
        nobody_visits=_nobody_visits(house),
    )
    return Gathered(facts, frozenset(unknown), _machines(house))


def _times(site: SiteRecord) -> SiteTimes:
    return SiteTimes(timedelta(minutes=site.policy.slot_minutes), site.policy.budget)


def _stopped(
    house: House, sites: tuple[SiteRecord, ...], unknown: set[CauseKind]
) -> Mapping[str, str]:
    """Return the sites that nobody may visit now for a reason of more than their budget."""
    found = {
        one.name: "requests_per_day: 0" for one in sites if not one.policy.budget.requests_per_day
    }
    try:
        for halt in HaltBook(house.engine).all():
            found[halt.site] = str(halt)
        for site in sites:
            closed = house.pace.snapshot(site.name).closed
            if closed is not None:
                found.setdefault(site.name, closed.reason)
    except PaceUnavailable as error:
        log.warning("notify.budgets_unknown", because=str(error))
        unknown.add(CauseKind.SITE_STOPPED)
    return found


def _proxyless(
    house: House, logins: tuple[LoginRecord, ...], unknown: set[CauseKind]
) -> Mapping[str, tuple[str, ...]]:
    """Return the outages (`provider x`, `label kr`) that leave logins without a proxy."""
    try:
        proxies, down = house.proxies, outages(house)
    except BadInput as error:
        log.warning("notify.proxies_unknown", because=str(error))
        unknown.add(CauseKind.PROXIES_DOWN)
        return {}
    resting = {one.proxy_id for one in ProxyBook(house.engine).resting()}
    found = defaultdict(list)
    for login in logins:
        wish = login.proxy
        if wish is None or wish.direct_allowed:
            continue
        fitting = {proxy.id for proxy in proxies if fits(wish, proxy)}
        if fitting <= resting:
            cause = next((one.subject for one in down if fitting & set(one.proxies)), NO_PROXY)
            found[cause].append(login.name)
    return {name: tuple(names) for name, names in found.items()}


def _ending(house: House, logins: tuple[LoginRecord, ...], now: datetime) -> Mapping[str, Ending]:
    names = {login.id: login.name for login in logins}
    # Two clocks: rounded, the same end is the same moment at each look.
    return {
        names[end.login_id]: Ending(_whole_minute(now + end.left), why)
        for end, why in for_a_person(house, now)
        if end.login_id in names
    }


def _whole_minute(moment: datetime) -> datetime:
    return (moment + timedelta(seconds=30)).replace(second=0, microsecond=0)


def _full_disk(house: House) -> Mapping[str, str]:
    free = shutil.disk_usage(house.settings.workspace).free
    if free >= LEAST_FREE_BYTES:
        return {}
    return {machine(): f"{free / LEAST_FREE_BYTES:.2f} GiB: {house.settings.workspace}"}


def _unread(house: House) -> Mapping[str, str]:
    days = defaultdict(list)
    for one in WantedDays(house.engine).all([WantedState.GIVEN_UP]):
        days[one.login].append(one)
    return {
        login: f"{len(found)}: {found[0].day} .. {found[-1].day}; {found[-1].detail}"
        for login, found in days.items()
    }


def machine() -> str:
    """Return this machine's name, the subject of its own causes."""
    return socket.gethostname()


def _machines(house: House) -> frozenset[str]:
    return frozenset(
        one.name.rpartition(":")[0]
        for one in HeartbeatBook(house.engine).all()
        if one.age_seconds < _MACHINE_GONE_SECONDS
    )


def _recovered(known: tuple[CauseRecord, ...]) -> Mapping[AccountKey, datetime]:
    """Since then nothing that people were told of keeps an account from being read."""
    found: dict[AccountKey, datetime] = {}
    for record in known:
        if record.gone_at is None or record.cause.kind in _OUR_OWN:
            continue
        for account in record.cause.accounts:
            found[account] = max(record.gone_at, found.get(account, record.gone_at))
    return found


def _nobody_visits(house: House) -> bool:
    beats = HeartbeatBook(house.engine).all()
    return not any(
        one.kind in (VISITS, CELERY) and one.age_seconds < _ALIVE_SECONDS for one in beats
    )
