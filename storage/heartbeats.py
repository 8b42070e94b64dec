"""Signs of life of workers and schedulers, on the database's clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, delete, select

from storage.database_clock import database_now
from storage.tables import WorkerHeartbeatRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert

_FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a process was last alive; `age_seconds` as of the question."""

    name: str
    kind: str
    seen_at: datetime
    age_seconds: float


class HeartbeatBook:
    """All processes seen within a week."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def beat(self, name: str, kind: str) -> None:
        """Say that the process `name` is alive and what it is (`visit`, `tick`)."""

        def work(connection: Connection) -> None:
            now = database_now(connection)
            upsert(connection, WorkerHeartbeatRow, [{"name": name, "kind": kind, "seen_at": now}])
            # Names hold process ids: those of old processes would pile up.
            connection.execute(
                delete(WorkerHeartbeatRow).where(
                    WorkerHeartbeatRow.seen_at < now - _FORGOTTEN_AFTER
                )
            )

        run_in_transaction(self._engine, work)

    def all(self) -> tuple[Heartbeat, ...]:
        """Return them, the freshest first."""
        with reading(self._engine) as connection:
            now = database_now(connection)
            rows = connection.execute(
                select(WorkerHeartbeatRow).order_by(
                    WorkerHeartbeatRow.seen_at.desc(), WorkerHeartbeatRow.name
                )
            )
            return tuple(
                Heartbeat(row.name, row.kind, row.seen_at, (now - row.seen_at).total_seconds())
                for row in rows
            )
