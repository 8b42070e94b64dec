"""Rows that hold from a moment to a moment: closed and opened, never overwritten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, insert, select, update

from storage.tables import Base

_OWN = frozenset({"id", "valid_from", "valid_to"})


def keep_open(
    connection: Connection,
    kind: type[Base],
    owner: dict[str, Any],
    wanted: Sequence[dict[str, Any]],
    at: datetime,
) -> None:
    """Make `wanted` the open rows of `owner` from `at` on; what is open already stays.

    `owner` names the columns that say whose rows they are, `wanted` all the others except the
    validity. The caller holds a lock under which nobody else changes the same owner's rows.
    """
    table = kind.__table__
    assert isinstance(table, Table)
    mine = [table.c[name] == value for name, value in owner.items()]
    rows = connection.execute(select(table).where(*mine, table.c.valid_to.is_(None))).mappings()
    left = list(wanted)
    stale = []
    for row in rows:
        value = {name: row[name] for name in row if name not in _OWN and name not in owner}
        if value in left:
            left.remove(value)
        else:
            stale.append(row["id"])
    if stale:
        connection.execute(update(table).where(table.c.id.in_(stale)).values(valid_to=at))
    if left:
        connection.execute(
            insert(table), [{**owner, **one, "valid_from": at, "valid_to": None} for one in left]
        )
