"""Where readings come from: every revision of them, and the visit of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, func, or_, select

from storage.audit import Audited, audited
from storage.tables import (
    AuditRow,
    LoginRow,
    ReadingImportRow,
    ReadingRow,
    VisitPageRow,
    VisitRow,
)


@dataclass(frozen=True, slots=True)
class TracedReading:
    """One revision of a reading; `known_at` None: when it was observed.

    `value` None: an import was taken back.
    """

    entity_id: int
    metric: str
    business_date: date
    slot_at: datetime
    revision: int
    value: int | None
    shown: str
    observed_at: datetime
    known_at: datetime | None
    visit_id: int | None
    import_id: int | None


@dataclass(frozen=True, slots=True)
class TracedVisit:
    """The visit that read something, and what it kept of pages (`danga evidence show`).

    `started_at` is operational time.
    """

    id: int
    login: str
    kind: str
    worker: str | None
    started_at: datetime | None
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TracedImport:
    """The file that brought a reading (`danga reading imports`); `imported_at` is business time."""

    id: int
    author: str
    source: str
    imported_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Who changed what, the newest first; of the subjects in `cut` there is more in the audit."""

    lines: tuple[Audited, ...] = ()
    cut: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trail:
    """Which readings: those of the slots [since, until], and those of `dates` read later."""

    pairs: frozenset[tuple[int, str]]
    since: datetime
    until: datetime
    dates: frozenset[date]


def traced(connection: Connection, trail: Trail) -> tuple[TracedReading, ...]:
    """Return every revision, by entity, metric, slot, date and revision."""
    row = ReadingRow
    columns = [getattr(row, name) for name in TracedReading.__dataclass_fields__]
    later = (row.slot_at > trail.until) & row.business_date.in_(trail.dates)
    wanted = (
        select(*columns)
        .where(
            row.entity_id.in_({entity for entity, _ in trail.pairs}),
            row.metric.in_({metric for _, metric in trail.pairs}),
            row.slot_at >= trail.since,
            or_(row.slot_at <= trail.until, later),
        )
        .order_by(row.entity_id, row.metric, row.slot_at, row.business_date, row.revision)
    )
    return tuple(
        TracedReading(*one)
        for one in connection.execute(wanted)
        if (one.entity_id, one.metric) in trail.pairs
    )


def visits_of(connection: Connection, ids: Collection[int]) -> Mapping[int, TracedVisit]:
    """Return the visits there still are, by their keys."""
    kept = select(VisitPageRow.visit_id, VisitPageRow.evidence_id).where(
        VisitPageRow.visit_id.in_(ids), VisitPageRow.evidence_id.is_not(None)
    )
    evidence: dict[int, list[str]] = {}
    for page in connection.execute(kept.order_by(VisitPageRow.seq)):
        evidence.setdefault(page.visit_id, []).append(page.evidence_id)
    wanted = (
        select(
            VisitRow.id,
            LoginRow.name.label("login"),
            VisitRow.kind,
            VisitRow.worker,
            VisitRow.started_at,
        )
        .join(LoginRow, LoginRow.id == VisitRow.login_id)
        .where(VisitRow.id.in_(ids))
    )
    return {
        row.id: TracedVisit(*row, tuple(evidence.get(row.id, ())))
        for row in connection.execute(wanted)
    }


def imports_of(connection: Connection, ids: Collection[int]) -> Mapping[int, TracedImport]:
    """Return imports by their numbers."""
    row = ReadingImportRow
    wanted = select(row.id, row.author, row.source, row.imported_at).where(row.id.in_(ids))
    return {one.id: TracedImport(*one) for one in connection.execute(wanted)}


def changes_of(connection: Connection, subjects: Collection[str], most: int = 20) -> Changes:
    """Return the newest `most` lines of the audit about each of these subjects (`watch X`).

    Without `alert.*`: who is told of a number changes none, and mutes are many.
    """
    row = AuditRow
    newest = func.row_number().over(partition_by=row.subject, order_by=row.id.desc())
    ranked = (
        select(row.id, newest.label("newest"))
        .where(row.subject.in_(subjects), ~row.action.startswith("alert.", autoescape=True))
        .subquery()
    )
    wanted = (
        select(*row.__table__.columns, ranked.c.newest)
        .join(ranked, ranked.c.id == row.id)
        .where(ranked.c.newest <= most + 1)
        .order_by(row.id.desc())
    )
    found = connection.execute(wanted).all()
    return Changes(
        tuple(audited(one) for one in found if one.newest <= most),
        tuple(sorted(one.subject for one in found if one.newest > most)),
    )
