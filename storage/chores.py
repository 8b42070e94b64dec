"""Work that has to be done once a day, by whoever comes first."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection, Engine, update

from storage.database_clock import database_now
from storage.tables import ChoreRow
from storage.transaction import run_in_transaction
from storage.upsert import insert_new

DAILY = timedelta(days=1)


class ChoreBook:
    """When each was begun."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def begin(self, name: str, every: timedelta = DAILY) -> bool:
        """Whether it is due, and nobody else has begun it: then the caller does it now."""

        def work(connection: Connection) -> bool:
            now = database_now(connection)
            long_ago = now - every
            insert_new(connection, ChoreRow, [{"name": name, "begun_at": long_ago}])
            due = update(ChoreRow).where(ChoreRow.name == name, ChoreRow.begun_at <= long_ago)
            return bool(connection.execute(due.values(begun_at=now)).rowcount)

        return run_in_transaction(self._engine, work)
