"""Readings as the calculator asks for them: the latest revision of each, by spans of slots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, func, select

from domain.entity import EntityKey
from domain.reading import Reading
from storage.entity_keys import entity_keys
from storage.tables import ReadingRow


@dataclass(frozen=True, slots=True)
class StoredReading:
    """The latest revision of a reading."""

    entity_id: int
    revision: int
    reading: Reading
    visit_id: int | None = None


def series(
    connection: Connection, pairs: Collection[tuple[int, str]], since: datetime, until: datetime
) -> tuple[StoredReading, ...]:
    """Return the latest revisions of (entity, metric) pairs, for slots in [since, until]."""
    wanted = frozenset(pairs)
    keys = entity_keys(connection, {entity for entity, _ in wanted})
    rows = connection.execute(
        select(ReadingRow)
        .where(
            ReadingRow.entity_id.in_(keys),
            ReadingRow.metric.in_({metric for _, metric in wanted}),
            ReadingRow.slot_at.between(since, until),
        )
        .order_by(ReadingRow.slot_at, ReadingRow.revision)
    )
    latest = {
        (row.entity_id, row.metric, row.business_date, row.slot_at): row
        for row in rows
        if (row.entity_id, row.metric) in wanted
    }
    known = (row for row in latest.values() if row.value is not None)
    return tuple(_stored(row, keys[row.entity_id]) for row in known)


def readings_since(
    connection: Connection,
    keys: Mapping[int, EntityKey],
    metrics: Collection[str],
    since: datetime,
) -> Mapping[tuple[int, str], Collection[Reading]]:
    """Return the latest revisions by (entity, metric), for slots at or after `since`.

    For many entities at once, so without the text that was shown, and in no order.
    """
    row = ReadingRow
    rows = connection.execute(
        select(
            row.entity_id, row.metric, row.business_date, row.value, row.slot_at, row.observed_at
        )
        .where(row.entity_id.in_(keys), row.metric.in_(metrics), row.slot_at >= since)
        .order_by(row.revision)
    )
    latest: defaultdict[tuple[int, str], dict[tuple[datetime, date], Reading]] = defaultdict(dict)
    for entity, metric, day, value, slot_at, observed_at in rows:
        if value is None:  # taken back
            latest[entity, metric].pop((slot_at, day), None)
            continue
        reading = Reading(keys[entity], metric, day, value, slot_at, observed_at)
        latest[entity, metric][slot_at, day] = reading
    return {pair: found.values() for pair, found in latest.items()}


def newest_slot(
    connection: Connection, entities: Collection[int], since: datetime, before: datetime
) -> datetime | None:
    """Return the last slot in [since, before) of which any of the entities has a reading."""
    newest = select(func.max(ReadingRow.slot_at)).where(
        ReadingRow.entity_id.in_(entities),
        ReadingRow.slot_at >= since,
        ReadingRow.slot_at < before,
    )
    return connection.scalar(newest)


def _stored(row: Any, key: EntityKey) -> StoredReading:
    return StoredReading(
        row.entity_id,
        row.revision,
        Reading(
            key,
            row.metric,
            row.business_date,
            row.value,
            row.slot_at,
            row.observed_at,
            row.shown,
        ),
        row.visit_id,
    )
