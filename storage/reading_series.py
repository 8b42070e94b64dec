"""Readings as the calculator asks for them: the latest revision of each, by spans of slots."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from domain.entity import EntityKey
from domain.reading import Reading
from storage.entity_keys import entity_keys
from storage.joined_rows import joined, moment, split
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
    by = (row.entity_id, row.metric, row.business_date)
    wanted = (
        select(*by, joined(row.slot_at, row.revision, row.value, row.observed_at))
        .where(row.entity_id.in_(keys), row.metric.in_(metrics), row.slot_at >= since)
        .group_by(*by)
    )
    found: defaultdict[tuple[int, str], list[Reading]] = defaultdict(list)
    for entity, metric, day, told in connection.execute(wanted):
        found[entity, metric] += [
            Reading(keys[entity], metric, day, int(value), moment(slot_at), moment(observed_at))
            for slot_at, _revision, value, observed_at in _latest(told)
            if value  # else taken back
        ]
    return found


def _latest(told: str) -> Iterable[list[str]]:
    """Return the values of the latest revision of each slot of a date."""
    latest: dict[str, list[str]] = {}
    for values in split(told):
        there = latest.setdefault(values[0], values)
        if int(there[1]) < int(values[1]):
            latest[values[0]] = values
    return latest.values()


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
