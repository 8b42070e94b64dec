"""What is stored already, of the dates that a page shows: it decides what on it is new."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, select

from storage.tables import ReadingRow

_ONE_DAY = timedelta(days=1)


class SeriesDate(NamedTuple):
    """One business date of one metric of one entity."""

    entity_id: int
    metric: str
    business_date: date


@dataclass(frozen=True, slots=True)
class Known:
    """What was stored last."""

    value: int | None
    """None: it was taken back."""
    revision: int
    slot_at: datetime
    observed_at: datetime


def at_slot(
    connection: Connection, dates: Collection[SeriesDate], slot_at: datetime
) -> dict[SeriesDate, Known]:
    """Return the latest revisions at this very slot."""
    rows = connection.execute(
        select(ReadingRow)
        .where(*_of(dates), ReadingRow.slot_at == slot_at)
        .order_by(ReadingRow.revision)
    )
    return _by_date(rows)


def before_slot(
    connection: Connection, dates: Collection[SeriesDate], slot_at: datetime
) -> dict[SeriesDate, Known]:
    """Return what was stored last before this slot."""
    if not dates:
        return {}
    # Nowhere on earth does a date begin a day before it does in UTC: older months stay shut.
    since = datetime.combine(min(one.business_date for one in dates), time(), UTC) - _ONE_DAY
    newest = (
        func.row_number()
        .over(
            partition_by=(ReadingRow.entity_id, ReadingRow.metric, ReadingRow.business_date),
            order_by=(ReadingRow.slot_at.desc(), ReadingRow.revision.desc()),
        )
        .label("newest")
    )
    span = (ReadingRow.slot_at >= since, ReadingRow.slot_at < slot_at)
    ranked = select(ReadingRow, newest).where(*_of(dates), *span).subquery()
    return _by_date(connection.execute(select(ranked).where(ranked.c.newest == 1)))


def _of(dates: Collection[SeriesDate]) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions that find the dates, together with slots, by the primary key."""
    return (
        ReadingRow.entity_id.in_({one.entity_id for one in dates}),
        ReadingRow.metric.in_({one.metric for one in dates}),
        ReadingRow.business_date.in_({one.business_date for one in dates}),
    )


def _by_date(rows: Iterable[Any]) -> dict[SeriesDate, Known]:
    return {
        SeriesDate(row.entity_id, row.metric, row.business_date): Known(
            row.value, row.revision, row.slot_at, row.observed_at
        )
        for row in rows
    }
