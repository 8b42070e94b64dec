"""One minute's work of the scheduler: plan, take back, give up, and say where there is work.

Idempotent: it may be late, run twice, or run on two machines at once. What it plans is in the
database under natural keys; what it announces are hints.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta

import structlog

from crawler.errors import SiteClassBroken
from domain.audit import program
from domain.business_day import BusinessDay
from domain.site_halt import HaltKind
from domain.slot import slot_of
from domain.visit import VisitKind
from storage.accounts import AccountBook
from storage.heartbeats import HeartbeatBook
from storage.inventory import InventoryStore
from storage.login_costs import recent_costs
from storage.logins import LoginBook, LoginRecord
from storage.site_halts import HaltBook
from storage.sites import SiteBook
from storage.visit_schedule import VisitSchedule
from workers.demand import DAY_SECONDS, demands, needs_of
from workers.house import House
from workers.planning import Reader, after_delay, spread_for, start_offsets
from workers.probing import plan_probes
from workers.settling import replay_spool
from workers.upkeep import upkeep
from workers.wanted_days import plan_wanted_days
from workers.what_runs import runs
from workers.worker_life import TICK

log = structlog.get_logger(__name__)

LOOK_BACK = timedelta(days=7)
"""How long a past date whose final figure is missing is asked for."""
PAST_DAYS_SPREAD_SECONDS = 3600.0
"""Over how long the visits of all logins begin once their sites have settled a date."""


def tick(house: House) -> Mapping[str, int]:
    """Do one minute's work and return how many visits are due, per site to sign in at."""
    HeartbeatBook(house.engine).beat(house.name, TICK, runs=runs(house))
    replay_spool(house)
    now = house.clock.now()
    schedule = VisitSchedule(house.engine)
    dropped = HaltBook(house.engine).drop_stopped()
    LoginBook(house.engine).give_back_claims(program("tick"))
    plan_slots(house, now)
    plan_past_days(house, now)
    plan_wanted_days(house, now)
    plan_probes(house, now)
    reaped = schedule.reap()
    missed = schedule.miss(now - timedelta(days=1), VisitKind.PAST_DAY)
    missed += schedule.miss(now - timedelta(hours=1), VisitKind.DISCOVER)
    if reaped or missed or dropped:
        log.info("tick.swept", reaped=len(reaped), missed=missed, dropped=dropped)
    upkeep(house, now)
    return Counter(visit.queue for visit in schedule.due(limit=500))


def plan_slots(house: House, now: datetime) -> None:
    """Plan the slot of `now` for every login that reads an account, and give up older ones."""
    schedule = VisitSchedule(house.engine)
    by_slot: dict[timedelta, list[LoginRecord]] = {}
    for login in _readers(house):
        by_slot.setdefault(_slot_of_login(house, login), []).append(login)
    for every, logins in by_slot.items():
        slot = slot_of(now, every)
        names = {one.id: one.name for one in logins}
        schedule.miss(slot, logins=names)
        new = names.keys() - schedule.planned(names, slot, VisitKind.REGULAR)
        if new:  # once a slot: the ticks of its other minutes find everything planned
            late = (now - slot).total_seconds()
            offsets = slot_offsets(house, every)
            starts = {
                one: after_delay(offsets[names[one]], late, every.total_seconds()) for one in new
            }
            schedule.plan(starts, slot, VisitKind.REGULAR)


def slot_offsets(house: House, every: timedelta) -> Mapping[str, float]:
    """Return how many seconds after the begin of a slot of that length each login starts."""
    readers = {login.id: login for login in _readers(house)}
    accounts = Counter(account.login_id for account in AccountBook(house.engine).all())
    together = [
        [readers[one].name for one in group if one in readers]
        for group in LoginBook(house.engine).together()
    ]
    return start_offsets(
        [Reader(one.name, frozenset(one.sites), accounts[one.id]) for one in readers.values()],
        together,
        _spreads(house),
        every.total_seconds(),
    )


def _spreads(house: House) -> Mapping[str, float]:
    """Return over which part of a slot the visits of each site begin."""
    spec = InventoryStore(house.engine).declared()
    needs = needs_of(spec, recent_costs(house.engine))
    return {one.site: spread_for(one.share) for one in demands(spec, needs)}


def plan_past_days(house: House, now: datetime) -> None:
    """Plan each of the last days once more, for the logins whose sites have settled it.

    Only where the login was visited on that day, or before and after it: a date that nobody
    measured needs no final figure, but one that an interval spans does. A visit that failed, never
    ran or read only a part is planned again, once a day, while the days last; so is a date that
    its site still restates. The logins start one after another.
    """
    readers = _readers(house)
    for place, login in enumerate(readers):
        try:
            _plan_past_days_of(house, login, now, place / len(readers))
        except SiteClassBroken as broken:
            log.error("past_days.not_planned", login=login.name, because=str(broken))


def _plan_past_days_of(house: House, login: LoginRecord, now: datetime, offset: float) -> None:
    schedule = VisitSchedule(house.engine)
    sites = [site for site in map(house.site, login.sites) if site.past_days]
    if not sites:
        return
    days = [BusinessDay.of(site.time_zone, site.settles_at) for site in sites]
    restates = max(site.restates_days for site in sites)
    today = days[0].date_of(now)
    done = schedule.settled_days(login.id, today - LOOK_BACK)
    for ago in range(1, min(LOOK_BACK.days, max(site.past_days for site in sites)) + 1):
        day = today - timedelta(days=ago)
        settled = max(one.settled(day) for one in days)
        tries = (now - settled) // timedelta(days=1)
        if settled > now or (day in done and tries > restates):
            continue
        if _was_measured(schedule, login, days[0], day, now):
            # A minute earlier each day: two dates of a login never share a moment.
            planned_at = settled + tries * timedelta(days=1, minutes=-1)
            late = (now - planned_at).total_seconds()
            start = after_delay(offset * PAST_DAYS_SPREAD_SECONDS, late, DAY_SECONDS)
            schedule.plan({login.id: start}, planned_at, VisitKind.PAST_DAY, day)


def _was_measured(
    schedule: VisitSchedule, login: LoginRecord, at: BusinessDay, day: date, now: datetime
) -> bool:
    """Whether figures of that date are part of any interval."""
    begin, end = at.starts(day), at.ends(day)
    return schedule.visited_between(login.id, begin, end) or (
        schedule.visited_between(login.id, at.starts(day - LOOK_BACK), begin)
        and schedule.visited_between(login.id, end, now)
    )


def _readers(house: House) -> list[LoginRecord]:
    """The logins that read at least one account, and whose site nobody stopped."""
    reading = {account.login_id for account in AccountBook(house.engine).all()}
    halts = HaltBook(house.engine).all()
    stopped = {halt.site for halt in halts if halt.kind is HaltKind.STOPPED}
    return [
        login
        for login in LoginBook(house.engine).all()
        if login.id in reading and login.sites[0] not in stopped
    ]


def _slot_of_login(house: House, login: LoginRecord) -> timedelta:
    return timedelta(minutes=SiteBook(house.engine).get(login.sites[0]).policy.slot_minutes)
