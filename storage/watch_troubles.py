"""Watches that could not be computed: which, since when, why, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, select

from domain.errors import DangaError
from storage.tables import ClientRow, WatchRow, WatchTroubleRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class WatchTrouble:
    """An open watch that keeps the rows it had at `since` (business time)."""

    watch_id: int
    client: str
    watch: str
    since: datetime
    reason: str
    cure: str


def note_settled(
    engine: Engine, settled: Collection[int], failed: Mapping[int, DangaError], at: datetime
) -> None:
    """Note which of the watches that were settled at `at` failed; one query where nothing changed.

    Raises:
        DatabaseAway: nothing was noted; the next settling does it.
    """
    row = WatchTroubleRow
    with reading(engine) as connection:
        known = {one.watch_id: one for one in connection.execute(select(row.__table__))}
    healed = (known.keys() & set(settled)) - failed.keys()
    rows = [
        {"watch_id": watch, "since": known[watch].since if watch in known else at}
        | {"reason": str(error), "cure": error.next_step}
        for watch, error in failed.items()
        if watch not in known or known[watch].reason != str(error)
    ]
    if not healed and not rows:
        return

    def work(connection: Connection) -> None:
        connection.execute(delete(row).where(row.watch_id.in_(healed)))
        upsert(connection, row, rows)

    run_in_transaction(engine, work)


def watch_troubles(engine: Engine) -> Mapping[int, WatchTrouble]:
    """Return the open watches that could not be computed, by their keys."""
    row = WatchTroubleRow
    wanted = (
        select(row.watch_id, ClientRow.name, WatchRow.name, row.since, row.reason, row.cure)
        .join(WatchRow, WatchRow.id == row.watch_id)
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .where(WatchRow.enabled)
        .order_by(ClientRow.name, WatchRow.name)
    )
    with reading(engine) as connection:
        return {one[0]: WatchTrouble(*one) for one in connection.execute(wanted)}
