"""Commit what a page gave: its readings and its row in one transaction, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, select

from domain.reading import Reading
from domain.verdict import VerdictKind
from storage.readings import Origin, ReadingStore
from storage.tables import VisitPageRow
from storage.transaction import reading, run_in_transaction
from storage.visit_record import Claim, PageRecord
from storage.visits import note_page


class PageCommit:
    """Where the pages of visits end up."""

    def __init__(self, engine: Engine, readings: ReadingStore) -> None:
        self._engine = engine
        self._readings = readings

    def commit(self, claim: Claim, page: PageRecord, readings: Sequence[Reading]) -> None:
        """Store the page's readings and note the page.

        Raises:
            StaleToken: the lease was lost; nothing was stored.
            DatabaseAway: nothing was stored; the spool takes the readings.
        """
        origin = Origin(claim.visit.kind, claim.visit.id, claim.lease)

        def work(connection: Connection) -> None:
            note_page(connection, claim, page)
            self._readings.append(connection, readings, origin)

        run_in_transaction(self._engine, work)

    def progress(self, visit_id: int) -> list[dict[str, Any]]:
        """Return what was noted for each page that earlier tries of the visit read."""
        rows = select(VisitPageRow.progress).where(
            VisitPageRow.visit_id == visit_id, VisitPageRow.verdict == VerdictKind.OK
        )
        with reading(self._engine) as connection:
            return [row.progress for row in connection.execute(rows) if row.progress]
