"""Old readings: which months may go, and letting them go, whole.

On MySQL and MariaDB a month is a partition and is dropped in a moment; on SQLite its rows are
deleted entity by entity. From then on `readings_kept` says from which slot on there are
readings: what stands in the unit costs of older months can no longer be computed anew, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, Engine, delete, func, select

from domain.audit import Actor, Deed
from storage.audit import note_deed
from storage.cost_months import is_live
from storage.partitions import drop, month_of, months_later, partitions
from storage.readings_kept import keep_since, kept_since
from storage.tables import CostMonthRow, ReadingRow, UnitCostDayRow
from storage.transaction import reading, run_in_transaction


@dataclass(frozen=True, slots=True)
class OldMonth:
    """A month (UTC) of readings that is older than they are kept.

    The oldest holds whatever is older still. `rows` is the server's estimate, exact on SQLite;
    `bytes` None: not known. `kept_because` says what it is still needed for; empty: it may go.
    """

    month: date
    ends: datetime
    rows: int
    bytes: int | None
    kept_because: str = ""
    partition: str | None = None


def old_months(engine: Engine, before: datetime) -> tuple[OldMonth, ...]:
    """Return the months that end before or at `before`, the oldest first.

    A month is kept while one of its dates is not final, or an older month is kept.
    """
    with reading(engine) as connection:
        found = tuple(_found(connection, before))
        needed = _needed(connection, before) if found else None
    return tuple(_judged(found, needed))


def prune(engine: Engine, months: Sequence[OldMonth], actor: Actor) -> None:
    """Let the months go that nothing needs; run it again where it was interrupted.

    Raises:
        DatabaseBusy: a report reads them just now (MySQL): nothing of them is gone.
    """
    going = [one for one in months if not one.kept_because]
    if not going:
        return
    since = max(one.ends for one in going)
    run_in_transaction(engine, partial(_note, since=since, months=going, actor=actor))
    names = [one.partition for one in going if one.partition]
    if names:
        drop(engine, names)
    else:
        _delete(engine, since)


def _found(connection: Connection, before: datetime) -> Iterator[OldMonth]:
    if connection.dialect.name == "mysql":
        for one in partitions(connection):
            if one.ends is not None and one.ends <= before:
                month = month_of(one.ends - timedelta(days=1))
                yield OldMonth(month, one.ends, one.rows, one.bytes, partition=one.name)
        return
    begun = func.strftime("%Y-%m-01", ReadingRow.slot_at)
    rows = select(begun, func.count()).where(ReadingRow.slot_at < before).group_by(begun)
    for name, count in connection.execute(rows.order_by(begun)):
        begins = date.fromisoformat(name)
        ends = datetime.combine(months_later(begins, 1), datetime.min.time(), UTC)
        if ends <= before:
            yield OldMonth(begins, ends, count, None)


def _needed(connection: Connection, before: datetime) -> tuple[date, str] | None:
    """Return the oldest date whose readings are needed, and for what."""
    open_since = connection.scalar(
        select(func.min(UnitCostDayRow.business_date)).where(
            UnitCostDayRow.business_date <= before.date(),
            ~UnitCostDayRow.is_final,
            is_live(UnitCostDayRow),
        )
    )
    rebuilt = connection.scalar(
        select(func.min(CostMonthRow.month)).where(CostMonthRow.building.is_not(None))
    )
    reasons = []
    if open_since is not None:
        reasons.append((open_since, f"{open_since} has no final figure: close its month"))
    if rebuilt is not None:
        reasons.append((rebuilt, f"the costs of {rebuilt:%Y-%m} are being rebuilt"))
    return min(reasons, default=None)


def _judged(found: Iterable[OldMonth], needed: tuple[date, str] | None) -> Iterator[OldMonth]:
    for one in found:
        # A date may begin half a day before or after it does in UTC, and needs the slot before.
        if needed and needed[0] <= one.ends.date() + timedelta(days=1):
            yield OldMonth(one.month, one.ends, one.rows, one.bytes, needed[1], one.partition)
        else:
            yield one


def _note(
    connection: Connection, since: datetime, months: Sequence[OldMonth], actor: Actor
) -> None:
    # Before they go: whoever rebuilds meanwhile must not find half of a month.
    keep_since(connection, max(since, kept_since(connection) or since))
    told = {
        "months": [f"{one.month:%Y-%m}" for one in months],
        "rows": sum(one.rows for one in months),
        "kept_since": since.isoformat(),
    }
    note_deed(connection, actor, Deed("db.prune", "database", detail=told))


def _delete(engine: Engine, since: datetime) -> None:
    with reading(engine) as connection:
        entities = connection.scalars(select(ReadingRow.entity_id).distinct()).all()
    for entity in entities:
        old = delete(ReadingRow).where(ReadingRow.entity_id == entity, ReadingRow.slot_at < since)
        run_in_transaction(engine, partial(Connection.execute, statement=old))
