"""Work that has to be done once a day or an hour, by whoever comes first."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Engine, select, update

from storage.database_clock import database_now
from storage.tables import ChoreRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import insert_new

HOURLY = timedelta(hours=1)
DAILY = timedelta(days=1)


class ChoreBook:
    """When each was begun."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, name: str, every: timedelta = DAILY) -> bool:
        """Whether it is due, and nobody else has begun it: then the caller does it now."""
        with reading(self._engine) as connection:
            begun_at = connection.scalar(select(ChoreRow.begun_at).where(ChoreRow.name == name))
            if begun_at is not None and begun_at > database_now(connection) - every:
                return False

        def work(connection: Connection) -> bool:
            now = database_now(connection)
            long_ago = now - every
            insert_new(connection, ChoreRow, [{"name": name, "begun_at": long_ago}])
            due = update(ChoreRow).where(ChoreRow.name == name, ChoreRow.begun_at <= long_ago)
            return bool(connection.execute(due.values(begun_at=now)).rowcount)

        return run_in_transaction(self._engine, work)
