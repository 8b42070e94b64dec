"""Readings by business date: whatever is known of some days, or was known of them at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from domain.reading import Reading
from storage.entity_keys import entity_keys
from storage.tables import ReadingRow

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dates:
    """(entity, metric) pairs on the business dates [since, until], whenever they were read.

    `known_by` leaves out what became known later (business time); None: nothing is left out.
    """

    pairs: frozenset[tuple[int, str]]
    since: date
    until: date
    known_by: datetime | None = None


def readings_of(connection: Connection, dates: Dates) -> tuple[Reading, ...]:
    """Return the latest revision of each reading, in the order of slots."""
    keys = entity_keys(connection, {entity for entity, _ in dates.pairs})
    row = ReadingRow
    rows = connection.execute(
        select(row).where(*_within(dates)).order_by(row.slot_at, row.revision)
    )
    latest: dict[tuple[Any, ...], Any] = {
        (one.entity_id, one.metric, one.business_date, one.slot_at): one
        for one in rows
        if (one.entity_id, one.metric) in dates.pairs
    }
    return tuple(
        Reading(
            keys[one.entity_id],
            one.metric,
            one.business_date,
            one.value,
            one.slot_at,
            one.observed_at,
            one.shown,
        )
        for one in latest.values()
        if one.value is not None  # taken back
    )


def count_of(connection: Connection, dates: Dates) -> int:
    """Return how many readings there are, every revision."""
    return connection.scalar(select(func.count()).where(*_within(dates))) or 0


def _within(dates: Dates) -> list[ColumnElement[bool]]:
    row = ReadingRow
    # The key leads by slots: no slot of a date is older than the date, anywhere on earth.
    first = datetime.combine(dates.since, time(), UTC) - _ONE_DAY
    found = [
        row.entity_id.in_({entity for entity, _ in dates.pairs}),
        row.metric.in_({metric for _, metric in dates.pairs}),
        row.slot_at >= first,
        row.business_date.between(dates.since, dates.until),
    ]
    if dates.known_by is not None:
        # Programs of before noted nothing: then it was known when it was seen.
        known_at = func.coalesce(row.known_at, row.observed_at)
        found += [row.slot_at <= dates.known_by, known_at <= dates.known_by]
    return found
