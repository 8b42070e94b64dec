"""The months of `reading`: one partition each on MySQL and MariaDB, nothing of the kind on SQLite.

A partition holds the slots of one month in UTC and is named after it (`p202603`). The first one
holds whatever is older as well, and `p_later` whatever no month was made for yet: a reading
always finds its place, also where nobody made months for a year. A question that names a span of
`slot_at` opens the months of that span only, and old months are dropped whole.

Each change of them takes the table for itself for a moment. It waits `PATIENCE_SECONDS` for a
report that is under way and then gives up, as every other reader would queue behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from storage.named_lock import named_lock
from storage.transaction import reading, run_once

AHEAD = 3
"""Months made ahead of the current one."""
PATIENCE_SECONDS = 1
LATER = "p_later"
_TABLE = "reading"
_THERE = text(
    "SELECT partition_name AS name, partition_description AS ends, table_rows AS estimate, "
    "data_length + index_length AS size FROM information_schema.partitions "
    "WHERE table_schema = DATABASE() AND table_name = :table AND partition_name IS NOT NULL "
    "ORDER BY partition_ordinal_position"
)


@dataclass(frozen=True, slots=True)
class Partition:
    """One of them. `ends` is not part of it; None: it takes all that is later.

    `rows` and `bytes` are the server's estimates.
    """

    name: str
    ends: datetime | None
    rows: int
    bytes: int


def month_of(moment: datetime | date) -> date:
    """Return the first day of the month of a moment (in UTC) or of a date.

    >>> month_of(datetime(2026, 3, 31, 23, 59, tzinfo=UTC))
    datetime.date(2026, 3, 1)
    """
    on = moment.astimezone(UTC) if isinstance(moment, datetime) else moment
    return date(on.year, on.month, 1)


def months_later(month: date, months: int) -> date:
    """Return the first day of the month so many months later, or earlier.

    >>> months_later(date(2026, 11, 1), 3), months_later(date(2026, 1, 1), -1)
    (datetime.date(2027, 2, 1), datetime.date(2025, 12, 1))
    """
    years, index = divmod(month.month - 1 + months, 12)
    return date(month.year + years, index + 1, 1)


def partition_clause(first: date, last: date) -> str:
    """Return the `PARTITION BY` of a table that has the months from `first` to `last`.

    >>> print(partition_clause(date(2026, 2, 1), date(2026, 2, 1)))
    PARTITION BY RANGE COLUMNS(slot_at) (PARTITION p202602 VALUES LESS THAN ('2026-03-01'), \
PARTITION p_later VALUES LESS THAN (MAXVALUE))
    """
    return f"PARTITION BY RANGE COLUMNS(slot_at) ({_pieces([*_months(first, last), None])})"


def partitions(connection: Connection) -> tuple[Partition, ...]:
    """Return the partitions, the oldest first; none on SQLite."""
    if connection.dialect.name != "mysql":
        return ()
    rows = connection.execute(_THERE, {"table": _TABLE})
    return tuple(Partition(row.name, _end(row.ends), row.estimate, row.size) for row in rows)


def make_months(engine: Engine, first: date, last: date) -> tuple[date, ...]:
    """Make what is missing of the months from `first` to `last`; return those that were made.

    One process at a time does it; making them again does nothing. Readings that lie in a month
    already are moved, which takes as long as copying them: harmless for `p_later`, which is
    empty as a rule.

    Raises:
        DatabaseBusy: a report or a transaction holds the table; nothing was changed.
    """
    if not _missing(engine, first, last):
        return ()
    with named_lock(engine, "partitions"):
        missing = _missing(engine, first, last)  # somebody may have made them in between
        run_once(engine, lambda connection: _split(connection, missing))
    return tuple(missing)


def make_ahead(engine: Engine, now: datetime) -> tuple[date, ...]:
    """Make the current month and the `AHEAD` months after it, as far as they are missing.

    Raises:
        DatabaseBusy: as `make_months`.
    """
    month = month_of(now)
    return make_months(engine, month, months_later(month, AHEAD))


def drop(engine: Engine, names: Collection[str]) -> None:
    """Drop partitions with all their readings, at once.

    Raises:
        DatabaseBusy: a report or a transaction holds the table; nothing was dropped.
    """

    def work(connection: Connection) -> None:
        with _impatiently(connection):
            connection.execute(text(f"ALTER TABLE {_TABLE} DROP PARTITION {', '.join(names)}"))

    with named_lock(engine, "partitions"):
        run_once(engine, work)


def _missing(engine: Engine, first: date, last: date) -> list[date]:
    with reading(engine) as connection:
        there = partitions(connection)
    ends = {one.ends for one in there}
    return [month for month in _months(first, last) if there and _end_of(month) not in ends]


def _split(connection: Connection, missing: Sequence[date]) -> None:
    """Cut each partition in which a missing month ends; the rest of it keeps its name."""
    for one in partitions(connection):
        inside = [month for month in missing if one.ends is None or _end_of(month) < one.ends]
        missing = [month for month in missing if month not in inside]
        if inside:
            kept = None if one.ends is None else month_of(one.ends - timedelta(days=1))
            pieces = _pieces([*inside, kept])
            with _impatiently(connection):
                connection.execute(
                    text(f"ALTER TABLE {_TABLE} REORGANIZE PARTITION {one.name} INTO ({pieces})")
                )


@contextmanager
def _impatiently(connection: Connection) -> Iterator[None]:
    connection.execute(text(f"SET SESSION lock_wait_timeout={PATIENCE_SECONDS}"))
    try:
        yield
    finally:
        connection.execute(text("SET SESSION lock_wait_timeout=DEFAULT"))


def _months(first: date, last: date) -> list[date]:
    months = [month_of(first)]
    while months[-1] < month_of(last):
        months.append(months_later(months[-1], 1))
    return months


def _pieces(months: Sequence[date | None]) -> str:
    return ", ".join(
        f"PARTITION {LATER} VALUES LESS THAN (MAXVALUE)"
        if month is None
        else f"PARTITION p{month:%Y%m} VALUES LESS THAN ('{months_later(month, 1)}')"
        for month in months
    )


def _end_of(month: date) -> datetime:
    after = months_later(month, 1)
    return datetime(after.year, after.month, 1, tzinfo=UTC)


def _end(described: str) -> datetime | None:
    if described == "MAXVALUE":
        return None
    return datetime.fromisoformat(described.strip("'")).replace(tzinfo=UTC)
