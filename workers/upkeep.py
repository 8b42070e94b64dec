"""Keep the database in order: months of readings made ahead, old records swept.

Done by the tick, by whichever comes first, and harmless to do twice. What takes a table for
itself gives way to a report that is under way, and is tried again an hour later: months are made
long before they are needed. Readings are never deleted here: `danga db prune` does that.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import structlog

from domain.audit import Deed, program
from storage.audit import AuditBook
from storage.chores import DAILY, HOURLY, ChoreBook
from storage.database_clock import database_now
from storage.errors import DatabaseBusy
from storage.partitions import make_ahead, month_of, months_later
from storage.sweeping import Before, sweep
from storage.transaction import reading
from workers.house import House

_BEFORE_A_MONTH = timedelta(days=15)
log = structlog.get_logger(__name__)


def upkeep(house: House, now: datetime) -> None:
    """Do what is due; `now` is business time."""
    chores = ChoreBook(house.engine)
    if chores.begin("months", HOURLY):
        _make_months(house, now)
    if chores.begin("sweep", DAILY):
        _sweep(house, now)


def _make_months(house: House, now: datetime) -> None:
    try:
        made = make_ahead(house.engine, now)
    except DatabaseBusy as busy:
        log.warning("months.put_off", because=str(busy))
        return
    if made:
        log.info("months.made", months=[f"{month:%Y-%m}" for month in made])


def _sweep(house: House, now: datetime) -> None:
    swept = sweep(house.engine, old_records(house, now))
    if swept:
        # Who looks for a visit of last year finds here where it went.
        deed = Deed("db.sweep", "database", "older than they are kept", dict(swept))
        AuditBook(house.engine).note(program("tick"), deed)


def old_records(house: House, now: datetime) -> Before:
    """Return before when visits, messages and their like are old, by either clock."""
    with reading(house.engine) as connection:
        operational = database_now(connection)
    months = house.settings.keep_records_months
    return Before(
        _months_ago(now, months), _months_ago(operational, months), _first_proof(house, now)
    )


def _first_proof(house: House, now: datetime) -> date:
    """The first date whose last page is kept; where none is, those there are go as well."""
    months = house.settings.keep_proof_months
    return months_later(month_of(now), -months) if months else date.max


def _months_ago(moment: datetime, months: int) -> datetime:
    """The beginning of the month, in UTC, so many months earlier."""
    return datetime.combine(months_later(month_of(moment), -months), time(), UTC)


def first_kept(house: House, now: datetime, months: int) -> datetime:
    """Return from when on readings are kept, so that whole months on people's wall are.

    The oldest of them is computed from the days before it, too.
    """
    today = now.astimezone(house.settings.zone).date()
    first = months_later(month_of(today), -months)
    return datetime.combine(first, time(), house.settings.zone).astimezone(UTC) - _BEFORE_A_MONTH
