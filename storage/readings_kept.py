"""How far back readings reach: what is older can no longer be computed anew."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select

from storage.tables import ReadingsKeptRow
from storage.upsert import upsert

_THE_ONE = 1


def kept_since(connection: Connection) -> datetime | None:
    """Return from which slot on readings are kept; None: all of them."""
    return connection.scalar(select(ReadingsKeptRow.since))


def keep_since(connection: Connection, since: datetime) -> None:
    """Note that slots before `since` are let go."""
    upsert(connection, ReadingsKeptRow, [{"id": _THE_ONE, "since": since}])
