"""Bring a file of readings: look at what it would change, store it, or take it back.

A look does everything that storing does, in a transaction that is then undone: what it shows is
what would come out, by the same code.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from costs.window import changed_at
from domain.errors import BadInput, Fault
from domain.reading import Reading
from storage.reading_imports import ImportSource, get_import, store_readings, undo
from storage.settling import WatchSettler
from storage.transaction import run_in_transaction
from storage.unit_costs import days_of
from storage.watches import WatchBook, WatchRecord
from workers.house import House
from workers.reading_import.headings import HEADINGS
from workers.reading_import.plan import ImportPlan, plan_of
from workers.reading_import.rows import ImportRows
from workers.settling import settle_after, site_facts, zone_of
from workers.sheets.source import Sheet
from workers.sheets.table import read_table

Days = dict[tuple[int, date], tuple[int | None, int | None, Decimal | None]]
"""Spend, results and unit cost by watch and business date; None: not known."""


@dataclass(frozen=True, slots=True)
class Moved:
    """A business date of a watch whose figures change: (spend, results, unit cost)."""

    watch: WatchRecord
    day: date
    before: tuple[int | None, int | None, Decimal | None]
    after: tuple[int | None, int | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a file changed, or would: `import_id` None: nothing is stored."""

    plan: ImportPlan | None
    readings: int
    moved: tuple[Moved, ...]
    import_id: int | None = None


_NONE = (None, None, None)


class _NotKept(Exception):
    """Undoes the transaction of a look."""

    def __init__(self, outcome: Outcome) -> None:
        self.outcome = outcome


def look(house: House, sheet: Sheet, author: str) -> Outcome:
    """Return what a file would change.

    Raises:
        BadInput: all bad rows at once.
    """
    return _looked(house, _store(house, sheet, author))


def bring(house: House, sheet: Sheet, author: str) -> Outcome:
    """Store a file as one import, all of it or nothing, and settle the watches it touches.

    Raises:
        BadInput: all bad rows at once; nothing was stored.
    """
    return _kept(house, _store(house, sheet, author))


def look_back(house: House, import_id: int, author: str) -> Outcome:
    """Return what taking an import back would change.

    Raises:
        UnknownName: there is no such import.
    """
    return _looked(house, _undo(house, import_id, author))


def take_back(house: House, import_id: int, author: str) -> Outcome:
    """Take an import back as a further revision, and settle.

    Raises:
        UnknownName: there is no such import.
    """
    return _kept(house, _undo(house, import_id, author))


Work = Callable[[Connection], tuple[ImportPlan | None, int | None, Sequence[Reading]]]
"""Stores; returns the plan, the import's number and the readings that changed."""


def _store(house: House, sheet: Sheet, author: str) -> Work:
    rows = ImportRows(house)
    found = rows.read(read_table(sheet.grid, HEADINGS))
    if rows.faults:
        raise BadInput(*rows.faults)
    source = ImportSource(author, sheet.name, sheet.sha256)

    def work(connection: Connection) -> tuple[ImportPlan, int | None, Sequence[Reading]]:
        plan = plan_of(house, connection, found)
        if plan.faults:
            raise BadInput(*plan.faults)
        differing = plan.differing
        now = house.clock.now()
        number = store_readings(connection, differing, plan.there, source, now)
        return plan, number, [reading for _, reading in differing]

    return work


def _undo(house: House, import_id: int, author: str) -> Work:
    def work(connection: Connection) -> tuple[None, int | None, Sequence[Reading]]:
        record = get_import(connection, import_id)
        if record.undoes is not None:
            what, cure = f"import {import_id} takes another back", "bring the file again"
            raise BadInput(Fault("--undo", what, cure))
        if record.undone_by is not None:
            what = f"import {import_id} was taken back by import {record.undone_by}"
            raise BadInput(Fault("--undo", what, "bring the file again to have it back"))
        source = ImportSource(author, record.source, record.sha256)
        return None, *undo(connection, import_id, source, house.clock.now())

    return work


def _looked(house: House, store: Work) -> Outcome:
    # Loaded before the transaction: on SQLite nobody else could write meanwhile.
    facts, zone, day_of = site_facts(house), zone_of(house), house.day_of
    settler = WatchSettler(house.engine, facts, zone)

    def work(connection: Connection) -> None:
        plan, _, readings = store(connection)
        moved: tuple[Moved, ...] = ()
        if readings:
            watches = WatchBook(house.engine).touched_by({one.entity for one in readings})
            since, until = _dates(readings)
            before = dict(_days(connection, watches, since, until))
            changed = min(changed_at(one, day_of(one.entity.site)) for one in readings)
            for watch in sorted(watches):
                settler.settle_within(watch, changed, house.clock.now(), connection)
            moved = _moved(house, before, dict(_days(connection, watches, since, until)))
        raise _NotKept(Outcome(plan, len(readings), moved))

    try:
        run_in_transaction(house.engine, work)
    except _NotKept as look:
        return look.outcome
    raise AssertionError("a look ends by undoing itself")


def _kept(house: House, store: Work) -> Outcome:
    plan, number, readings = run_in_transaction(house.engine, store)
    if not readings:
        return Outcome(plan, 0, (), number)
    watches = WatchBook(house.engine).touched_by({one.entity for one in readings})
    since, until = _dates(readings)

    def days() -> Days:
        return run_in_transaction(
            house.engine, lambda connection: dict(_days(connection, watches, since, until))
        )

    before = days()
    settle_after(house, readings)
    return Outcome(plan, len(readings), _moved(house, before, days()), number)


def _dates(readings: Sequence[Reading]) -> tuple[date, date]:
    dates = [one.business_date for one in readings]
    return min(dates), max(dates)


def _days(
    connection: Connection, watches: Collection[int], since: date, until: date
) -> Iterator[tuple[tuple[int, date], tuple[int | None, int | None, Decimal | None]]]:
    for watch in sorted(watches):
        for day in days_of(connection, watch, since, until):
            yield (watch, day.business_date), (day.spend, day.results, day.unit_cost)


def _moved(house: House, before: Days, after: Days) -> tuple[Moved, ...]:
    records = {one.id: one for one in WatchBook(house.engine).all()}
    return tuple(
        Moved(records[watch], day, before.get((watch, day), _NONE), after.get((watch, day), _NONE))
        for watch, day in sorted(before.keys() | after.keys())
        if before.get((watch, day)) != after.get((watch, day))
    )
