"""The scheduler's side of `danga backfill`: a few wanted days in each slot, as there is room."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import structlog

from crawler.errors import SiteClassBroken
from domain.slot import slot_of
from domain.wanted_day import WantedState
from storage.logins import LoginBook, LoginRecord
from storage.wanted_days import Place, WantedDay, WantedDays
from workers.house import House
from workers.past_day_room import GAP, Room, room_of
from workers.planning import LEAST_SPREAD

log = structlog.get_logger(__name__)

TOO_OLD = "its sites show that day no more"
_SECOND = timedelta(seconds=1)


def plan_wanted_days(house: House, now: datetime) -> None:
    """Note how planned days ended, and plan the oldest of those that wait: they vanish first.

    They begin in the half of a slot in which regular visits do not, one a minute, and none in the
    quiet hours of their site, while it is halted, or for a login that waits for a person.
    """
    book = WantedDays(house.engine)
    for one in book.follow_up():
        log.error("backfill.given_up", login=one.login, day=str(one.day), because=one.detail)
    by_site: dict[str, list[WantedDay]] = defaultdict(list)
    for one in book.all([WantedState.WAITING]):
        by_site[one.site].append(one)
    logins = {login.id: login for login in LoginBook(house.engine).all()} if by_site else {}
    for site, days in sorted(by_site.items()):
        if house.halt(site) is None and not _is_quiet(house, site, now):
            room = room_of(house, site, now)
            slot = slot_of(now, room.slot)
            places = _places(room, slot, now)
            ready = islice(_ready(house, book, logins, days, slot), len(places))
            book.plan(site, slot, places, list(ready))


def sites_showing(house: House, login: LoginRecord, day: date, now: datetime) -> list[str]:
    """Return the sites of a login whose pages show a past date now.

    Raises:
        SiteClassBroken: the class of one of them cannot be loaded.
    """
    sites = [house.site(name) for name in login.sites]
    today = {site.name: house.day_of(site.name).date_of(now) for site in sites}
    return [site.name for site in sites if site.shows(day, today[site.name])]


def _ready(
    house: House,
    book: WantedDays,
    logins: dict[int, LoginRecord],
    days: list[WantedDay],
    slot: datetime,
) -> Iterator[WantedDay]:
    """Yield the days that may be planned in a slot; give up those that no site shows any more."""
    for one in days:
        login = logins.get(one.login_id)
        tried_now = one.planned_at is not None and one.planned_at >= slot
        if login is None or login.waits or tried_now:
            continue
        try:
            showing = sites_showing(house, login, one.day, slot)
            settled = all(house.day_of(name).settled(one.day) <= slot for name in showing)
        except SiteClassBroken as broken:
            log.error("backfill.not_planned", login=one.login, because=str(broken))
            continue
        if not showing:
            log.error("backfill.given_up", login=one.login, day=str(one.day), because=TOO_OLD)
            book.give_up(one, TOO_OLD)
        elif settled:
            yield one


def _places(room: Room, slot: datetime, now: datetime) -> list[Place]:
    late = now - slot
    begins = [room.slot * LEAST_SPREAD + number * GAP for number in range(room.in_slot(slot))]
    return [
        Place(
            slot + (number + 1) * _SECOND,
            # A whole slot's visits never begin together because somebody asked late in it.
            None if begin + GAP < late else max((begin - late).total_seconds(), 0.0),
        )
        for number, begin in enumerate(begins)
    ]


def _is_quiet(house: House, site: str, now: datetime) -> bool:
    budget = house.budget(site)
    local = now.astimezone(ZoneInfo(budget.time_zone)).time()
    return budget.quiet is not None and budget.quiet.hold(local)
