"""Insert what is not there yet, or bring it up to date, in either database's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import mysql, sqlite

from storage.tables import Base


def insert_new(connection: Connection, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows whose primary or unique key is free; leave the others as they are."""
    table = kind.__table__
    assert isinstance(table, Table)
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(table).on_conflict_do_nothing(), list(rows))
        return
    # Not INSERT IGNORE, which would also swallow what does not fit.
    key = next(iter(table.primary_key))
    connection.execute(mysql.insert(table).on_duplicate_key_update({key.name: key}), list(rows))


def upsert(connection: Connection, kind: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Insert the rows, or set all the other columns given where the primary key is there."""
    table = kind.__table__
    assert isinstance(table, Table)
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    others = [name for name in rows[0] if name not in keys]
    if connection.dialect.name == "sqlite":
        lite = sqlite.insert(table)
        new = {name: lite.excluded[name] for name in others}
        connection.execute(lite.on_conflict_do_update(index_elements=keys, set_=new), list(rows))
        return
    my = mysql.insert(table)
    connection.execute(
        my.on_duplicate_key_update({name: my.inserted[name] for name in others}), list(rows)
    )
