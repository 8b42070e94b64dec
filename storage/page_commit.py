"""Commit what a page gave: its readings and its row in one transaction, or neither."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, case, func, select

from domain.account import AccountKey
from domain.reading import Reading
from domain.verdict import VerdictKind
from domain.visit import VisitKind
from storage.proof_pages import SealedPage, keep
from storage.readings import Origin, ReadingStore
from storage.tables import VisitPageRow, VisitRow
from storage.transaction import reading, run_in_transaction
from storage.visit_record import Claim, PageRecord
from storage.visits import note_page

LOOK_BACK = timedelta(days=14)
"""Longer ago an account had other pages."""


class PageCommit:
    """Where the pages of visits end up."""

    def __init__(self, engine: Engine, readings: ReadingStore) -> None:
        self._engine = engine
        self._readings = readings

    def commit(
        self,
        claim: Claim,
        page: PageRecord,
        readings: Sequence[Reading],
        proof: Sequence[SealedPage] = (),
    ) -> None:
        """Store the page's readings, note the page, and keep it as proof of its date.

        Raises:
            StaleToken: the lease was lost; nothing was stored.
            DatabaseAway: nothing was stored; the spool takes the readings.
        """
        origin = Origin(claim.visit.kind, claim.visit.id, claim.lease)

        def work(connection: Connection) -> None:
            note_page(connection, claim, page)
            self._readings.append(connection, readings, origin)
            keep(connection, proof)

        run_in_transaction(self._engine, work)

    def last_whole(
        self, login_id: int, account: AccountKey, before: datetime
    ) -> list[dict[str, Any]]:
        """Return what was noted for each page of the last visit that read all of an account.

        Only of slots within `LOOK_BACK` before `before`; empty where there is none.
        """
        with reading(self._engine) as connection:
            found = connection.scalar(_whole_visit(login_id, account, before))
            rows = (
                select(VisitPageRow.progress)
                .where(VisitPageRow.visit_id == found, *_of_account(account))
                .order_by(VisitPageRow.seq)
            )
            return [row.progress for row in connection.execute(rows) if row.progress]

    def progress(self, visit_id: int) -> list[dict[str, Any]]:
        """Return what was noted for each page that earlier tries of the visit read."""
        rows = select(VisitPageRow.progress).where(
            VisitPageRow.visit_id == visit_id, VisitPageRow.verdict == VerdictKind.OK
        )
        with reading(self._engine) as connection:
            return [row.progress for row in connection.execute(rows) if row.progress]


def _whole_visit(login_id: int, account: AccountKey, before: datetime) -> Select[int]:
    failed = func.sum(case((VisitPageRow.verdict == VerdictKind.OK, 0), else_=1))
    return (
        select(VisitRow.id)
        .join(VisitPageRow, VisitPageRow.visit_id == VisitRow.id)
        .where(
            VisitRow.login_id == login_id,
            VisitRow.kind == VisitKind.REGULAR,
            VisitRow.planned_at < before,
            VisitRow.planned_at >= before - LOOK_BACK,
            *_of_account(account),
        )
        .group_by(VisitRow.id, VisitRow.planned_at)
        .having(failed == 0)
        .order_by(VisitRow.planned_at.desc())
        .limit(1)
    )


def _of_account(account: AccountKey) -> tuple[ColumnElement[bool], ...]:
    return VisitPageRow.site == account.site, VisitPageRow.account == account.external_id
