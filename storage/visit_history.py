"""Look at visits of before, for `danga visits` and for whoever claims one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, select

from domain.account import AccountKey
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from storage.errors import UnknownName
from storage.tables import LoginRow, VisitPageRow, VisitRow
from storage.transaction import reading
from storage.visit_record import PageRecord, VisitRecord


class VisitHistory:
    """All visits, the newest first."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def get(self, visit_id: int) -> VisitRecord:
        """Return a visit.

        Raises:
            UnknownName: there is none with that key.
        """
        with reading(self._engine) as connection:
            return find_visit(connection, visit_id)

    def recent(self, limit: int = 20, login: str | None = None) -> tuple[VisitRecord, ...]:
        """Return the newest visits, of one login or of all."""
        wanted = _visits().order_by(VisitRow.planned_at.desc(), VisitRow.id.desc()).limit(limit)
        if login is not None:
            wanted = wanted.where(LoginRow.name == login)
        with reading(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(wanted))

    def pages(self, visit_id: int) -> tuple[PageRecord, ...]:
        """Return the pages of a visit in the order in which they were visited."""
        wanted = (
            select(VisitPageRow).where(VisitPageRow.visit_id == visit_id).order_by(VisitPageRow.seq)
        )
        with reading(self._engine) as connection:
            return tuple(_page(row) for row in connection.execute(wanted))

    def gone_accounts(
        self, login_id: int, since: datetime, but: int | None = None
    ) -> frozenset[AccountKey]:
        """Return the accounts whose last page was gone, in slots after `since`.

        `but` is a visit whose own pages do not count.
        """
        wanted = (
            select(VisitPageRow.site, VisitPageRow.account, VisitPageRow.verdict)
            .join(VisitRow, VisitRow.id == VisitPageRow.visit_id)
            .where(
                VisitRow.login_id == login_id,
                VisitRow.kind == VisitKind.REGULAR,
                VisitRow.planned_at > since,
                VisitRow.id != (but or 0),
                VisitPageRow.account.is_not(None),
            )
            .order_by(VisitRow.planned_at, VisitPageRow.seq)
        )
        with reading(self._engine) as connection:
            last = {
                AccountKey(row.site, row.account): row.verdict for row in connection.execute(wanted)
            }
        return frozenset(key for key, verdict in last.items() if verdict == VerdictKind.GONE)


def _visits() -> Any:
    return select(VisitRow, LoginRow.name.label("login")).join(
        LoginRow, LoginRow.id == VisitRow.login_id
    )


def find_visit(connection: Connection, visit_id: int) -> VisitRecord:
    """Return a visit in a transaction of the caller's."""
    row = connection.execute(_visits().where(VisitRow.id == visit_id)).one_or_none()
    if row is None:
        raise UnknownName(f"There is no visit {visit_id}")
    return _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> VisitRecord:
    return VisitRecord(
        id=row.id,
        login_id=row.login_id,
        login=row.login,
        planned_at=row.planned_at,
        kind=VisitKind(row.kind),
        business_date=row.business_date,
        state=VisitState(row.state),
        not_before=row.not_before,
        attempts=row.attempts,
        worker=row.worker,
        verdict=None if row.verdict is None else VerdictKind(row.verdict),
        detail=row.detail,
        requests=row.requests,
        bytes_received=row.bytes_received,
        pages_read=row.pages_read,
        pages_failed=row.pages_failed,
        readings=row.readings,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _page(row: Row[*tuple[Any, ...]]) -> PageRecord:
    return PageRecord(
        row.site,
        row.page_kind,
        row.path,
        VerdictKind(row.verdict),
        row.account,
        row.detail,
        row.requests,
        row.bytes_received,
        row.readings,
        tuple(row.steps),
        row.evidence_id,
        row.progress,
    )
