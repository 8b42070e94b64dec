"""Many rows at once: for copies, imports and benches, where a row at a time takes for ever.

On MySQL and MariaDB rows travel in statements of many rows each, written column by column: three
times as cheap for us as letting the driver write value after value. SQLite gets them through its
driver, which has no such cost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table

AT_ONCE = 5000
"""Rows in memory at a time."""
_LONGEST = 1_000_000
"""Letters of one statement, beyond which no further row is added; a server takes 16 MB."""
Values = Sequence[Any]


def insert_many(
    connection: Connection,
    table: Table,
    rows: Iterable[Values],
    names: Sequence[str] | None = None,
) -> int:
    """Insert rows that are known to be new, in the caller's transaction; return how many.

    A row holds a value for each column of `names`, or for all of `table`, in that order. Values
    pass the columns' types as everywhere: a naive moment or a float for money is refused.

    Raises:
        IntegrityError: one of them is there already; roll the transaction back.
    """
    chosen = list(table.columns) if names is None else [table.c[name] for name in names]
    return _send(connection, table, chosen, rows, "")


def upsert_many(
    connection: Connection, table: Table, rows: Iterable[Values], names: Sequence[str]
) -> int:
    """Insert rows, or set all their values where the primary key is there; return how many."""
    keys = [column.name for column in table.primary_key]
    others = [name for name in names if name not in keys]
    chosen = [table.c[name] for name in names]
    return _send(connection, table, chosen, rows, _tail(connection, keys, others))


def _send(
    connection: Connection, table: Table, chosen: Values, rows: Iterable[Values], tail: str
) -> int:
    head = _head(table, chosen)
    remaining, count = iter(rows), 0
    while batch := list(islice(remaining, AT_ONCE)):
        columns = [
            _for_driver(connection, *one)
            for one in zip(chosen, zip(*batch, strict=True), strict=True)
        ]
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(columns))
            values = list(zip(*columns, strict=True))
            connection.exec_driver_sql(f"{head} ({marks}) {tail}", values)
        else:
            for lists in _value_lists(connection, columns):
                connection.exec_driver_sql(f"{head} {lists} {tail}")
        count += len(batch)
    return count


def _tail(connection: Connection, keys: Sequence[str], others: Sequence[str]) -> str:
    """Return what each database says to set the other columns of a row that is there."""
    dialect = connection.dialect
    if dialect.name == "sqlite":
        sets = ", ".join(f"`{name}` = excluded.`{name}`" for name in others)
        return f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {sets}"
    if getattr(dialect, "is_mariadb", False):
        sets = ", ".join(f"`{name}` = VALUES(`{name}`)" for name in others)
        return f"ON DUPLICATE KEY UPDATE {sets}"
    sets = ", ".join(f"`{name}` = new.`{name}`" for name in others)
    return f"AS new ON DUPLICATE KEY UPDATE {sets}"


def _head(table: Table, columns: Sequence[Any]) -> str:
    names = ", ".join(f"`{column.name}`" for column in columns)
    return f"INSERT INTO `{table.name}` ({names}) VALUES"


def _for_driver(connection: Connection, column: Any, values: Values) -> Values:
    dialect = connection.dialect
    convert = column.type.dialect_impl(dialect).bind_processor(dialect)
    return values if convert is None else [convert(value) for value in values]


def _value_lists(connection: Connection, columns: Iterable[Values]) -> Iterator[str]:
    """Yield `(1, 'a'), (2, 'b')`, each as long as a statement should be."""
    escape = connection.connection.dbapi_connection.escape  # type: ignore[union-attr]
    literals = [_literals(values, escape) for values in columns]
    rows: list[str] = []
    letters = 0
    for row in map(", ".join, zip(*literals, strict=True)):
        rows.append(row)
        letters += len(row)
        if letters > _LONGEST:
            yield f"({'), ('.join(rows)})"
            rows, letters = [], 0
    if rows:
        yield f"({'), ('.join(rows)})"


def _literals(values: Values, escape: Callable[[str], str]) -> Iterable[str]:
    """Return the values of one column as SQL; the common kinds without a question for each."""
    kinds = {type(value) for value in values}
    if kinds == {int}:
        return map(str, values)
    if kinds == {datetime} or kinds == {date}:
        return [f"'{value}'" for value in values]
    return [_literal(value, escape) for value in values]


def _literal(value: Any, escape: Callable[[str], str]) -> str:
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value)
        case Decimal():
            return f"{value:f}"  # with an exponent it would be a float
        case datetime() | date():
            return f"'{value}'"
        case bytes():
            return f"x'{value.hex()}'"
        case str():
            # The driver takes a single percent sign for the place of a value.
            return escape(value).replace("%", "%%")
    raise TypeError(f"{type(value).__name__} has no form in SQL")
