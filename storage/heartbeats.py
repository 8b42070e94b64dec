"""Signs of life of workers and schedulers, on the database's clock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, select

from storage.database_clock import database_now
from storage.tables import WorkerHeartbeatRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert

ALIVE_SECONDS = 120.0
"""Whoever was seen since then counts as alive: a tick beats once a minute."""
_FORGOTTEN_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """When a process was last alive; `age_seconds` as of the question.

    `key_ids` name the keys that it knows, newest first; None for one that opens nothing. `runs`
    are marks of what it goes by, None for one that does not say.
    """

    name: str
    kind: str
    seen_at: datetime
    age_seconds: float
    key_ids: tuple[str, ...] | None
    runs: Mapping[str, Any] | None = None

    @property
    def alive(self) -> bool:
        """Whether it was seen lately."""
        return self.age_seconds < ALIVE_SECONDS


class HeartbeatBook:
    """All processes seen within a week."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def beat(
        self,
        name: str,
        kind: str,
        key_ids: Sequence[str] | None = None,
        runs: Mapping[str, Any] | None = None,
    ) -> None:
        """Say that the process `name` is alive, what it is (`visit`, `tick`), which keys it has.

        `runs` are marks of what it goes by (`workers/what_runs.py`).
        """
        keys = key_ids and list(key_ids)
        row = {"name": name, "kind": kind, "key_ids": keys, "runs": runs and dict(runs)}

        def work(connection: Connection) -> None:
            now = database_now(connection)
            upsert(connection, WorkerHeartbeatRow, [{**row, "seen_at": now}])
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
                Heartbeat(
                    row.name,
                    row.kind,
                    row.seen_at,
                    (now - row.seen_at).total_seconds(),
                    None if row.key_ids is None else tuple(row.key_ids),
                    row.runs,
                )
                for row in rows
            )
