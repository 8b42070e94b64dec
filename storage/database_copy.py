"""Move everything from one database into another, table by table, and prove that it arrived.

Rows are written in the order of their keys and committed in batches, so the target always holds
the beginning of each table: a copy that was interrupted goes on there. Whether what stands in
the target *is* the beginning of the source is asked first, by counts and sums; anything else is
refused and left alone. While it runs nobody can write to the source.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Engine, Select, Table, func, select, text, tuple_
from sqlalchemy.exc import DataError, IntegrityError

from domain.errors import BadInput, Fault
from storage.bulk import AT_ONCE, insert_many
from storage.partitions import make_months, month_of
from storage.tables import AuditRow, ReadingRow
from storage.totals import totals
from storage.transaction import reading, run_in_transaction, run_once

LEFT_OUT = frozenset({"worker_heartbeat"})
"""Signs of life of processes that worked with the source."""
Told = Callable[[str, int, int], None]
"""Called as a table grows: its name, rows there, rows in all."""
AUDIT = AuditRow.__table__


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that is the same on both sides now; `copied` of its rows came in this run."""

    name: str
    rows: int
    copied: int


class DatabaseCopy:
    """A copy of `tables` (parents before children) from a SQLite file to a server."""

    def __init__(self, source: Engine, target: Engine, tables: Sequence[Table]) -> None:
        self._source = source
        self._target = target
        self._tables = [table for table in tables if table.name not in LEFT_OUT]

    def run(self, told: Told = lambda _name, _there, _all: None) -> tuple[CopiedTable, ...]:
        """Copy what the target has not got yet, compare both sides, and return the tables.

        Both have the tables of this program. The target is left as it is where it holds
        anything of its own.

        Raises:
            BadInput: the target is not empty; a value does not fit; the sides differ afterwards.
            DatabaseBusy: somebody writes to the source.
            DatabaseAway: run it again: it goes on where it ended.
        """
        # One transaction that may write: on SQLite nobody else does until it ends.
        return run_once(self._source, lambda source: self._run(source, told))

    def _run(self, source: Connection, told: Told) -> tuple[CopiedTable, ...]:
        there = self._there(source)
        if not there[AuditRow.__tablename__]:
            # What `danga db upgrade` noted of the target would take a place. The triggers
            # refuse DELETE, to everybody and for good reason.
            run_in_transaction(self._target, lambda to: to.execute(text("TRUNCATE TABLE audit")))
        self._make_months(source)
        copied = [self._copy(source, table, there[table.name], told) for table in self._tables]
        self._compare(source)
        return tuple(copied)

    def _there(self, source: Connection) -> dict[str, int]:
        """Return how many rows of each table the target has: the beginning of the source's."""
        there, faults = {}, []
        with reading(self._target) as target:
            for table in self._tables:
                there[table.name] = rows = 0 if _only_made(target, table) else _count(target, table)
                if rows and totals(target, table) != totals(source, table, first=rows):
                    faults.append(
                        Fault(table.name, f"holds {rows:,} rows that are not those of the source")
                    )
        if faults:
            raise BadInput(*faults, advice="Choose an empty database, then run it again.")
        return there

    def _make_months(self, source: Connection) -> None:
        slot_at = ReadingRow.slot_at
        first, last = source.execute(select(func.min(slot_at), func.max(slot_at))).one()
        if first is not None:
            make_months(self._target, month_of(first), month_of(last))

    def _copy(self, source: Connection, table: Table, there: int, told: Told) -> CopiedTable:
        rows, done = _count(source, table), there
        for batch in _batches(source, table, there):
            self._insert(table, batch)
            done += len(batch)
            told(table.name, done, rows)
        return CopiedTable(table.name, rows, done - there)

    def _insert(self, table: Table, batch: Sequence[Sequence[Any]]) -> None:
        try:
            run_in_transaction(self._target, partial(insert_many, table=table, rows=batch))
        except (DataError, IntegrityError) as error:
            raise self._does_not_fit(table, batch, error) from None

    def _does_not_fit(
        self, table: Table, batch: Sequence[Sequence[Any]], error: DataError | IntegrityError
    ) -> BadInput:
        """Name the row: SQLite took what the server refuses, such as a text that is too long."""
        for row in batch:
            try:
                run_in_transaction(self._target, partial(_try, table=table, row=row))
            except (DataError, IntegrityError) as found:
                key = {
                    column.name: row[list(table.c).index(column)] for column in table.primary_key
                }
                where = ", ".join(f"{name}={value}" for name, value in key.items())
                return BadInput(Fault(f"{table.name} {where}", _said(found)))
        return BadInput(Fault(table.name, _said(error)))

    def _compare(self, source: Connection) -> None:
        with reading(self._target) as target:
            faults = [
                Fault(table.name, f"{column} is {here[column]} here and {over[column]} over there")
                for table in self._tables
                for here, over in [(totals(source, table), totals(target, table))]
                for column in here
                if here[column] != over[column]
            ]
        if faults:
            raise BadInput(
                *faults,
                advice="Somebody wrote to the target: take an empty one and run it again.",
            )


def _only_made(target: Connection, table: Table) -> bool:
    """Whether it is an audit that tells of nothing but the making of its tables."""
    actions = select(AuditRow.action).distinct().limit(2)
    return table is AUDIT and target.scalars(actions).all() == ["db.upgrade"]


def _count(connection: Connection, table: Table) -> int:
    return connection.scalar(select(func.count()).select_from(table)) or 0


def _batches(source: Connection, table: Table, there: int) -> Iterator[Sequence[Any]]:
    """Yield the rows after the first `there`, by key."""
    rows: Select[Any] = select(table).order_by(*table.primary_key)
    if there:
        key = list(table.primary_key)
        last = source.execute(select(*key).order_by(*key).offset(there - 1).limit(1)).one()
        rows = rows.where(tuple_(*key) > tuple_(*last, types=[one.type for one in key]))
    found = iter(source.execute(rows.execution_options(yield_per=AT_ONCE)))
    while batch := list(islice(found, AT_ONCE)):
        yield batch


def _try(connection: Connection, table: Table, row: Sequence[Any]) -> None:
    """Insert one row for what the server says, and take it back."""
    with connection.begin_nested() as savepoint:
        insert_many(connection, table, [row])
        savepoint.rollback()


def _said(error: DataError | IntegrityError) -> str:
    arguments = error.orig.args if error.orig else ()
    return str(arguments[-1]) if arguments else "is refused by the server"
