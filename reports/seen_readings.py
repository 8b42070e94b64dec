"""The readings behind a number, each as it was seen: by which visit, or brought by whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from costs.member import Side
from domain.entity import EntityKey
from storage.dated_costs import CostComputer
from storage.reading_trail import (
    TracedImport,
    TracedReading,
    TracedVisit,
    Trail,
    imports_of,
    traced,
    visits_of,
)
from storage.watches import MemberRecord


@dataclass(frozen=True, slots=True)
class SeenReading:
    """A reading as the page showed it, with its visit where one is still known, or its import.

    `is_restated`: the same slot was read again with another value, or the date was later.
    """

    entity: EntityKey
    name: str
    side: Side
    seen: TracedReading
    visit: TracedVisit | None
    brought: TracedImport | None
    is_restated: bool


def seen_readings(
    connection: Connection,
    trail: Trail,
    records: tuple[MemberRecord, ...],
    computer: CostComputer,
) -> tuple[SeenReading, ...]:
    """Return every revision of the trail's readings, and what was read of its dates later."""
    members = {(one.entity_id, one.metric): one for one in records}
    rows = traced(connection, trail)
    visits = visits_of(connection, {row.visit_id for row in rows if row.visit_id is not None})
    imports = imports_of(connection, {row.import_id for row in rows if row.import_id is not None})
    shown = []
    for row in rows:
        if row.slot_at > trail.until and not _is_past(row, members, computer):
            continue
        member = members[row.entity_id, row.metric]
        visit = None if row.visit_id is None else visits.get(row.visit_id)
        brought = None if row.import_id is None else imports.get(row.import_id)
        restated = row.revision > 0 or (trail.since < trail.until < row.slot_at)
        shown.append(
            SeenReading(
                member.entity, member.name, Side(member.side), row, visit, brought, restated
            )
        )
    return tuple(shown)


def _is_past(
    row: TracedReading, members: Mapping[tuple[int, str], MemberRecord], computer: CostComputer
) -> bool:
    """Whether the date was read again after it had settled; its later slots say nothing here."""
    day = computer.facts.days[members[row.entity_id, row.metric].entity.site]
    return day.is_final(row.business_date, row.slot_at)
