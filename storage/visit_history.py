"""Look at visits of before, for `danga visits` and for whoever claims one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Look:
    """What a visit saw of an account: the verdict of each page by its address.

    `slot_at` is business time, `at` the database's clock.
    """

    slot_at: datetime
    at: datetime
    pages: Mapping[str, VerdictKind]

    def saw(self, verdict: VerdictKind) -> bool:
        """Whether any of the pages was so."""
        return verdict in self.pages.values()


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page of a visit that gave nothing, and the evidence that was kept of it."""

    evidence_id: str
    visit_id: int
    kind: VisitKind
    slot_at: datetime
    login: str
    account: AccountKey
    page_kind: str


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

    def last_looks(
        self, login_id: int, since: datetime, but: int | None = None
    ) -> Mapping[AccountKey, Look]:
        """Return what the last regular visit saw of each account, in slots after `since`.

        `but` is a visit whose own pages do not count.
        """
        wanted = (
            select(VisitRow.planned_at, VisitPageRow)
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
        looks: dict[AccountKey, Look] = {}
        with reading(self._engine) as connection:
            for row in connection.execute(wanted):
                key = AccountKey(row.site, row.account)
                looks[key] = _look_on(looks.get(key), row)
        return looks

    def kept_pages(self, site: str, since: datetime, verdict: VerdictKind) -> tuple[KeptPage, ...]:
        """Return the pages of a site with that verdict whose evidence was kept, oldest first.

        Of slots from `since` on, and of visits whose readings are stored: no trials.
        """
        wanted = (
            select(VisitPageRow, VisitRow, LoginRow.name.label("login"))
            .join(VisitRow, VisitRow.id == VisitPageRow.visit_id)
            .join(LoginRow, LoginRow.id == VisitRow.login_id)
            .where(
                VisitPageRow.site == site,
                VisitPageRow.verdict == verdict,
                VisitPageRow.evidence_id.is_not(None),
                VisitPageRow.account.is_not(None),
                VisitRow.planned_at >= since,
                VisitRow.kind.in_((VisitKind.REGULAR, VisitKind.PAST_DAY)),
            )
            .order_by(VisitRow.planned_at, VisitRow.id, VisitPageRow.seq)
        )
        with reading(self._engine) as connection:
            return tuple(
                KeptPage(
                    row.evidence_id,
                    row.visit_id,
                    VisitKind(row.kind),
                    row.planned_at,
                    row.login,
                    AccountKey(row.site, row.account),
                    row.page_kind,
                )
                for row in connection.execute(wanted)
            )


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


def _look_on(before: Look | None, row: Row[*tuple[Any, ...]]) -> Look:
    """Take in one more page: of a later visit, or a later try of the same page."""
    url = (row.progress or {}).get("url", row.path)
    pages = {} if before is None or before.slot_at != row.planned_at else before.pages
    verdicts = {**pages, url: VerdictKind(row.verdict)}
    return Look(row.planned_at, row.visited_at, verdicts)
