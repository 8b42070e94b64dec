"""Where readings come from: every revision of them, and the visit of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, or_, select

from storage.tables import InventoryApplyRow, LoginRow, ReadingRow, VisitPageRow, VisitRow


@dataclass(frozen=True, slots=True)
class TracedReading:
    """One revision of a reading; `known_at` None: when it was observed."""

    entity_id: int
    metric: str
    business_date: date
    slot_at: datetime
    revision: int
    value: int
    shown: str
    observed_at: datetime
    known_at: datetime | None
    visit_id: int | None


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
class Applied:
    """A line of what `danga apply` changed."""

    at: datetime
    author: str
    kind: str
    what: str
    name: str
    detail: str


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


def applied(connection: Connection, names: Collection[str], most: int = 20) -> tuple[Applied, ...]:
    """Return what was declared of these watches, accounts or logins, the newest first."""
    row = InventoryApplyRow
    wanted = select(row.applied_at, row.author, row.changes).order_by(row.id.desc())
    found: list[Applied] = []
    for at, author, changes in connection.execute(wanted):
        lines: list[list[str]] = changes
        found += [
            Applied(at, author, kind, what, name, detail)
            for kind, what, name, detail in lines
            if name in names
        ]
        if len(found) >= most:
            break
    return tuple(found[:most])
