"""After readings were committed: compute the unit costs that they touch.

Costs are derived and can always be computed later, so nothing here stops a visit: what could
not be settled because the database went away is settled when the spool is replayed, and a
watch that cannot be computed is noted (`danga doctor`) and stops no other.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import structlog

from costs.window import changed_at
from domain.business_day import BusinessDay
from domain.entity import EntityKey
from domain.errors import DangaError
from domain.reading import Reading
from domain.visit import VisitKind
from storage.errors import DatabaseAway
from storage.settling import Settled, WatchSettler
from storage.site_facts import SiteFacts
from storage.sites import SiteBook
from storage.visit_record import VisitRecord
from storage.watch_troubles import note_settled
from storage.watches import WatchBook
from workers.house import House
from workers.visit_ports import VisitLedger

log = structlog.get_logger(__name__)

_LATELY = timedelta(days=2)


def settle_visit(house: House, ledger: VisitLedger) -> None:
    """Settle what a visit has committed, and what an earlier try of it has left unsettled."""
    settle_after(house, ledger.committed, ledger.claim.visit.kind)
    earlier = {key for done in ledger.earlier.values() for key in done.found}
    day = ledger.claim.visit.business_date
    if earlier and day is not None and _are_long_ago(house, [day]):
        _bear(lambda: _settle_finals(house, earlier, [day]))
    elif earlier:
        _bear(lambda: _settle(house, earlier, _began(house, ledger.claim.visit, earlier)))


def settle_after(
    house: House, readings: Sequence[Reading], kind: VisitKind = VisitKind.REGULAR
) -> None:
    """Compute every watch that one of the readings belongs to.

    Where the database is away they go to the spool: replaying it stores nothing twice, and
    settles.
    """
    if not readings:
        return
    if not _bear(lambda: _settle_readings(house, readings)):
        house.spool.append(readings, kind)


def replay_spool(house: House) -> int:
    """Store what was read while the database was away; return how many readings.

    Raises:
        DatabaseAway: it still is.
    """
    replayed = house.spool.replay(house.readings)
    if replayed:
        log.info("spool.replayed", readings=len(replayed))
        settle_after(house, replayed)
    return len(replayed)


def settle_watches(house: House, watches: Collection[int], changed: datetime) -> None:
    """Compute what a change of these watches at `changed` may have touched."""
    settler = WatchSettler(house.engine, site_facts(house), zone_of(house))
    now = house.clock.now()
    _note(house, watches, settler.settle(watches, changed, now), now)


def settle_dates(house: House, watches: Collection[int], since: date, until: date) -> None:
    """Compute what final figures of the dates [since, until], or members on them, may touch."""
    settler = WatchSettler(house.engine, site_facts(house), zone_of(house))
    now = house.clock.now()
    _note(house, watches, settler.settle_dates(watches, since, until, now), now)


def site_facts(house: House) -> SiteFacts:
    """Return what the classes of all sites declare; a broken class leaves its site out."""
    sites = []
    for site in SiteBook(house.engine).all():
        try:
            sites.append(house.site(site.name))
        except DangaError as error:
            log.error("site.broken", site=site.name, because=str(error), advice=error.next_step)
    return SiteFacts(
        {site.name: BusinessDay.of(site.time_zone, site.settles_at) for site in sites},
        {site.name: {metric.name: metric for metric in site.metrics} for site in sites},
    )


def zone_of(house: House) -> ZoneInfo:
    """Return the time zone in which hours are cut."""
    return house.settings.zone


def _bear(work: Callable[[], None]) -> bool:
    """Do it, and return whether the database was there."""
    try:
        work()
    except DatabaseAway as away:
        log.warning("costs.wait", because=str(away))
        return False
    return True


def _settle_readings(house: House, readings: Sequence[Reading]) -> None:
    entities = {reading.entity for reading in readings}
    dates = {reading.business_date for reading in readings}
    final = all(
        house.day_of(one.entity.site).is_final(one.business_date, one.slot_at) for one in readings
    )
    if final and _are_long_ago(house, dates):
        _settle_finals(house, entities, dates)
        return
    changed = min(changed_at(one, house.day_of(one.entity.site)) for one in readings)
    _settle(house, entities, changed)


def _are_long_ago(house: House, dates: Collection[date]) -> bool:
    """Whether the window of an ordinary slot would load so many days that it takes minutes."""
    today = BusinessDay(zone_of(house)).date_of(house.clock.now())
    return max(dates) < today - _LATELY


def _settle_finals(house: House, entities: Collection[EntityKey], dates: Collection[date]) -> None:
    touched = WatchBook(house.engine).touched_by(entities)
    settle_dates(house, touched, min(dates), max(dates))


def _settle(house: House, entities: Collection[EntityKey], changed: datetime) -> None:
    settle_watches(house, WatchBook(house.engine).touched_by(entities), changed)


def _note(house: House, watches: Collection[int], settled: Settled, now: datetime) -> None:
    for watch, error in settled.failed.items():
        log.error("costs.failed", watch=watch, because=str(error), advice=error.next_step)
    note_settled(house.engine, watches, settled.failed, now)
    log.info("costs.settled", watches=len(watches), rows=settled.rows)


def _began(house: House, visit: VisitRecord, entities: Collection[EntityKey]) -> datetime:
    """Return the moment before which readings of this visit change no slot's row."""
    if visit.business_date is None:
        return visit.planned_at
    return min(house.day_of(key.site).ends(visit.business_date) for key in entities)
