"""Readings that people bring: stored as revisions, traced to their file, and taken back as such.

Nothing is ever overwritten. Undoing an import is one more import: what it had changed becomes what
it was before, and what it had added becomes NULL, not known. What somebody has corrected since
stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, Row, Table, func, insert, or_, select

from domain.audit import Deed, person
from domain.reading import Reading
from storage.audit import note_deed
from storage.bulk import insert_many
from storage.entity_keys import entity_keys
from storage.errors import UnknownName
from storage.tables import ReadingImportRow, ReadingRow
from storage.transaction import reading as reading_from

_AT_ONCE = 5_000
_STORED = (
    "entity_id", "metric", "business_date", "slot_at", "revision", "value", "observed_at", "shown",
    "known_at",
)  # fmt: skip
Pair = tuple[int, str]
"""Entity and metric."""


class ReadingKey(NamedTuple):
    """One reading, whatever its revision."""

    entity_id: int
    metric: str
    business_date: date
    slot_at: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """The latest revision; `value` None: taken back. `import_id` None: a visit read it."""

    value: int | None
    revision: int
    import_id: int | None


@dataclass(frozen=True, slots=True)
class ImportSource:
    """Who brings what: `name` of the file, and of its sheet; `undoes` another import."""

    author: str
    name: str
    sha256: str
    undoes: int | None = None


@dataclass(frozen=True, slots=True)
class ImportRecord:
    """An import as people see it; `undone_by` the one that took it back."""

    id: int
    imported_at: datetime
    author: str
    source: str
    sha256: str
    readings: int
    since: datetime
    until: datetime
    undoes: int | None
    undone_by: int | None


class ImportBook:
    """All imports."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest(self, limit: int = 20) -> tuple[ImportRecord, ...]:
        """Return imports, the newest first."""
        rows = select(ReadingImportRow).order_by(ReadingImportRow.id.desc())
        with reading_from(self._engine) as connection:
            undone = _undone(connection)
            return tuple(_record(row, undone) for row in connection.execute(rows.limit(limit)))


def get_import(connection: Connection, import_id: int) -> ImportRecord:
    """Return an import.

    Raises:
        UnknownName: there is none of that number.
    """
    row = connection.execute(
        select(ReadingImportRow).where(ReadingImportRow.id == import_id)
    ).first()
    if row is None:
        raise UnknownName(
            f"There is no import {import_id}", advice="Run `danga reading imports` for a list."
        )
    return _record(row, _undone(connection))


def held(
    connection: Connection, pairs: Collection[Pair], dates: Collection[date]
) -> dict[ReadingKey, Held]:
    """Return the latest revisions of series on some dates, taken back ones too."""
    found: dict[ReadingKey, Held] = {}
    # No zone's date begins earlier; the bound finds the rows by their slots.
    since = datetime.combine(min(dates), time(), UTC) - timedelta(days=1)
    for some in _parts(sorted(pairs)):
        rows = connection.execute(
            select(ReadingRow)
            .where(
                ReadingRow.entity_id.in_({entity for entity, _ in some}),
                ReadingRow.metric.in_({metric for _, metric in some}),
                ReadingRow.slot_at >= since,
                ReadingRow.business_date.between(min(dates), max(dates)),
            )
            .order_by(ReadingRow.revision)
        )
        for row in rows:
            key = ReadingKey(row.entity_id, row.metric, row.business_date, row.slot_at)
            if (key.entity_id, key.metric) in pairs and key.business_date in dates:
                found[key] = Held(row.value, row.revision, row.import_id)
    return found


def whole_slots(
    connection: Connection, pairs: Collection[Pair], since: datetime, until: datetime
) -> dict[datetime, int]:
    """Return how many of the series were read at each slot in [since, until]."""
    metrics: dict[str, set[int]] = {}
    for entity, metric in pairs:
        metrics.setdefault(metric, set()).add(entity)
    wanted = [
        (ReadingRow.metric == metric) & ReadingRow.entity_id.in_(entities)
        for metric, entities in sorted(metrics.items())
    ]
    rows = connection.execute(
        select(ReadingRow.slot_at, func.count())
        .where(
            or_(*wanted),
            ReadingRow.slot_at >= since,
            ReadingRow.slot_at <= until,
            # Every reading has exactly one first revision.
            ReadingRow.revision == 0,
        )
        .group_by(ReadingRow.slot_at)
    )
    return {row[0]: row[1] for row in rows}


def store_readings(
    connection: Connection,
    readings: Iterable[tuple[int, Reading]],
    before: Mapping[ReadingKey, Held],
    source: ImportSource,
    at: datetime,
) -> int | None:
    """Store readings over `before` as one import; return its number, None: there are none."""
    rows = []
    for entity_id, one in readings:
        key = ReadingKey(entity_id, one.metric, one.business_date, one.slot_at)
        revision = before[key].revision + 1 if key in before else 0
        rows.append(_row(key, one.value, revision, one.observed_at, one.shown, at))
    return _store(connection, rows, source, at)


def undo(
    connection: Connection, import_id: int, source: ImportSource, at: datetime
) -> tuple[int | None, list[Reading]]:
    """Take an import back; return the number of the undoing, and the readings as they were.

    Raises:
        UnknownName: there is no such import.
    """
    record = get_import(connection, import_id)
    taken_back = {import_id, *_undone(connection)}
    undoing = set(_undone(connection).values())
    rows, touched = [], []
    keys = entity_keys(connection, {entity for entity, _ in _series(connection, import_id)})
    for key, revisions in _revisions(connection, record, import_id):
        newest = revisions[-1]
        # What an undoing wrote only repeats what counted then.
        standing = [one for one in revisions if one.import_id not in taken_back | undoing]
        value = standing[-1].value if standing else None
        if newest.value is None or newest.value == value:
            continue
        shown = f"import {import_id} taken back"
        rows.append(_row(key, value, newest.revision + 1, newest.observed_at, shown, at))
        touched.append(
            Reading(keys[key.entity_id], key.metric, key.business_date, newest.value,
                    key.slot_at, newest.observed_at)
        )  # fmt: skip
    source = replace(source, undoes=import_id)
    if rows:
        return _store(connection, rows, source, at), touched
    return _note(connection, 0, [], (record.since, record.until), source, at), touched


def _revisions(
    connection: Connection, record: ImportRecord, import_id: int
) -> Iterator[tuple[ReadingKey, list[Row[*tuple[Any, ...]]]]]:
    """Yield every reading that an import has touched, with all its revisions in order."""
    for some in _parts(_series(connection, import_id)):
        rows = connection.execute(
            select(ReadingRow)
            .where(
                ReadingRow.entity_id.in_({entity for entity, _ in some}),
                ReadingRow.metric.in_({metric for _, metric in some}),
                ReadingRow.slot_at.between(record.since, record.until),
            )
            .order_by(ReadingRow.revision)
        )
        found: dict[ReadingKey, list[Row[*tuple[Any, ...]]]] = {}
        for row in rows:
            key = ReadingKey(row.entity_id, row.metric, row.business_date, row.slot_at)
            found.setdefault(key, []).append(row)
        for key, revisions in sorted(found.items()):
            if any(row.import_id == import_id for row in revisions):
                yield key, revisions


def _store(
    connection: Connection, rows: Sequence[dict[str, Any]], source: ImportSource, at: datetime
) -> int | None:
    if not rows:
        return None
    slots = [row["slot_at"] for row in rows]
    series = sorted({(row["entity_id"], row["metric"]) for row in rows})
    number = _note(connection, len(rows), series, (min(slots), max(slots)), source, at)
    table = ReadingRow.__table__
    assert isinstance(table, Table)
    values = ((*(row[name] for name in _STORED), number) for row in rows)
    insert_many(connection, table, values, [*_STORED, "import_id"])
    return number


def _note(
    connection: Connection,
    readings: int,
    series: Sequence[Pair],
    span: tuple[datetime, datetime],
    source: ImportSource,
    at: datetime,
) -> int:
    """Write the import itself, and its line of the audit; return its number."""
    made = connection.execute(
        insert(ReadingImportRow).values(
            imported_at=at,
            author=source.author,
            source=source.name[:250],
            sha256=source.sha256,
            readings=readings,
            series=series,
            since=span[0],
            until=span[1],
            undoes=source.undoes,
        )
    )
    assert made.inserted_primary_key is not None
    number = int(made.inserted_primary_key[0])
    detail = {"readings": readings, "import": number, "sha256": source.sha256}
    if source.undoes is not None:
        detail["undoes"] = source.undoes
    verb = "import" if source.undoes is None else "undo"
    deed = Deed(f"reading.{verb}", f"import {source.undoes or number}", source.name, detail)
    note_deed(connection, person(source.author), deed)
    return number


def _row(
    key: ReadingKey,
    value: int | None,
    revision: int,
    observed_at: datetime,
    shown: str,
    at: datetime,
) -> dict[str, Any]:
    return {
        **key._asdict(),
        "value": value,
        "revision": revision,
        "observed_at": observed_at,
        "shown": shown[:100],
        "known_at": at,
    }


def _series(connection: Connection, import_id: int) -> list[Pair]:
    rows = select(ReadingImportRow.series).where(ReadingImportRow.id == import_id)
    return [(int(entity), str(metric)) for entity, metric in connection.scalar(rows) or ()]


def _undone(connection: Connection) -> Mapping[int, int]:
    rows = select(ReadingImportRow.undoes, ReadingImportRow.id).where(
        ReadingImportRow.undoes.is_not(None)
    )
    return {row.undoes: row.id for row in connection.execute(rows)}


def _record(row: Row[*tuple[Any, ...]], undone: Mapping[int, int]) -> ImportRecord:
    return ImportRecord(
        row.id,
        row.imported_at,
        row.author,
        row.source,
        row.sha256,
        row.readings,
        row.since,
        row.until,
        row.undoes,
        undone.get(row.id),
    )


def _parts(items: Sequence[Any]) -> Iterator[Sequence[Any]]:
    rest = iter(items)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
