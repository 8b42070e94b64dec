"""Sum a table up, so that two copies of it can be compared without comparing their rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
    Integer,
    LargeBinary,
    Numeric,
    Table,
    Text,
    func,
    select,
    type_coerce,
)

from storage.columns import FourPlaces, UtcDateTime

Totals = Mapping[str, Any]
"""Count of rows, and for each column what sums it up."""


def totals(connection: Connection, table: Table, first: int | None = None) -> Totals:
    """Sum a table up, or the first rows of it by its key; equal on every database.

    Whole numbers and decimals by their sums (decimals in ten-thousandths), text and sealed bytes
    by their lengths, moments and dates by the earliest and the latest, and each column by how
    many rows have a value.
    """
    rows: Any = table
    if first is not None:
        rows = select(table).order_by(*table.primary_key).limit(first).subquery()
    sums: dict[str, Any] = {"rows": func.count()}
    for column in rows.columns:
        sums[f"{column.name} given"] = func.count(column)
        sums.update(_sums(connection, column))
    found = connection.execute(select(*sums.values()).select_from(rows)).one()
    return {name: _plain(value) for name, value in zip(sums, found, strict=True)}


def _sums(connection: Connection, column: Any) -> Iterator[tuple[str, Any]]:
    kind = column.type
    mysql = connection.dialect.name == "mysql"
    if isinstance(kind, UtcDateTime | DateTime | Date):
        yield f"first {column.name}", func.min(column)
        yield f"last {column.name}", func.max(column)
    elif isinstance(kind, FourPlaces | Numeric):
        exact = type_coerce(column, Numeric if mysql else Integer)
        yield (
            f"sum of {column.name}",
            type_coerce(func.sum(exact) * (10_000 if mysql else 1), Integer),
        )
    elif isinstance(kind, LargeBinary):
        yield f"bytes of {column.name}", func.sum(func.length(column))
    elif isinstance(kind, Integer) or kind.python_type is bool:
        yield f"sum of {column.name}", func.sum(type_coerce(column, Integer))
    else:
        length = func.char_length if mysql else func.length
        yield f"letters of {column.name}", func.sum(length(type_coerce(column, Text)))


def _plain(value: Any) -> Any:
    """MySQL sums whole numbers to decimals."""
    return int(value) if value is not None and not hasattr(value, "year") else value
