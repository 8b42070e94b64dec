"""Readings: appended and never overwritten, a page at a time.

The same value again at the same key is nothing, and so is one that was observed before what is
stored there (it waited in a spool); another value is the next revision. A past date that is read
again is stored only when it changed, with one exception: its first *final* reading is stored even
when nothing changed, because a date counts as settled only by a reading that was made after the
site settles.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert
from sqlalchemy.exc import IntegrityError

from domain.business_day import BusinessDay
from domain.clock import Clock, SystemClock
from domain.reading import Reading
from domain.visit import VisitKind
from storage.entity_keys import entity_ids
from storage.errors import DatabaseBusy
from storage.known_readings import Known, SeriesDate, at_slot, before_slot
from storage.leases import HeldLease, require_token
from storage.reading_series import StoredReading, newest_slot, series
from storage.tables import ReadingRow
from storage.transaction import reading as reading_from
from storage.transaction import run_in_transaction


@dataclass(frozen=True, slots=True)
class Origin:
    """Which visit the readings come from, and under which lease they are stored.

    A lease that was lost stores nothing; without one (a replayed spool) nothing is asked.
    """

    kind: VisitKind = VisitKind.REGULAR
    visit_id: int | None = None
    lease: HeldLease | None = None


NOWHERE = Origin()
_Keyed = tuple[SeriesDate, Reading]


class ReadingStore:
    """All readings.

    `day_of` tells a site's business day, by the site's name; `clock` is business time: when a
    reading became known.
    """

    def __init__(
        self,
        engine: Engine,
        day_of: Callable[[str], BusinessDay],
        clock: Clock | None = None,
    ) -> None:
        self._engine = engine
        self._day_of = day_of
        self._clock = clock or SystemClock()

    def save(self, readings: Sequence[Reading], origin: Origin = NOWHERE) -> int:
        """Commit what is new in them, all or none, and return how many rows that were.

        Raises:
            UnknownName: an entity is not in the inventory.
            StaleToken: the lease of the visit was lost.
            DatabaseAway: nothing was stored; the spool takes them.
        """

        def work(connection: Connection) -> int:
            if origin.lease is not None:
                require_token(connection, origin.lease.login_id, origin.lease.token)
            return self.append(connection, readings, origin)

        return run_in_transaction(self._engine, work) if readings else 0

    def series(
        self, pairs: Collection[tuple[int, str]], since: datetime, until: datetime
    ) -> tuple[StoredReading, ...]:
        """Return the latest revisions of (entity, metric) pairs, for slots in [since, until]."""
        with reading_from(self._engine) as connection:
            return series(connection, pairs, since, until)

    def newest_slot(
        self, entities: Collection[int], since: datetime, before: datetime
    ) -> datetime | None:
        """Return the last slot in [since, before) of which any of the entities has a reading."""
        with reading_from(self._engine) as connection:
            return newest_slot(connection, entities, since, before)

    def append(self, connection: Connection, readings: Sequence[Reading], origin: Origin) -> int:
        """Commit what is new in a transaction of the caller's; the lease is not asked for."""
        ids = entity_ids(connection, {one.entity for one in readings})
        by_slot: dict[datetime, list[_Keyed]] = defaultdict(list)
        for one in readings:
            key = SeriesDate(ids[one.entity], one.metric, one.business_date)
            by_slot[one.slot_at].append((key, one))
        stored = 0
        for slot_at in sorted(by_slot):
            rows = list(self._new_rows(connection, slot_at, by_slot[slot_at], origin))
            _insert(connection, rows)
            stored += len(rows)
        return stored

    def _new_rows(
        self, connection: Connection, slot_at: datetime, page: Sequence[_Keyed], origin: Origin
    ) -> Iterator[dict[str, Any]]:
        dates = [key for key, _ in page]
        known = at_slot(connection, dates, slot_at)
        past = origin.kind is VisitKind.PAST_DAY
        known_at = self._clock.now()
        earlier = before_slot(connection, dates, slot_at) if past else {}
        for key, one in page:
            revision = self._revision(one, known.get(key), earlier.get(key))
            if revision is not None:
                known[key] = Known(one.value, revision, slot_at, one.observed_at)
                yield {**_row(key, one, revision, origin.visit_id), "known_at": known_at}

    def _revision(
        self, reading: Reading, same_slot: Known | None, earlier: Known | None
    ) -> int | None:
        """Return the revision under which to store it, or None: it says nothing new."""
        if same_slot is not None:
            late = reading.observed_at < same_slot.observed_at
            return None if late or same_slot.value == reading.value else same_slot.revision + 1
        if earlier is None or earlier.value != reading.value:
            return 0
        return 0 if self._settles(reading, earlier.slot_at) else None

    def _settles(self, reading: Reading, earlier: datetime) -> bool:
        """Whether it is the first reading of its date that counts as final."""
        day = self._day_of(reading.entity.site)
        return day.is_final(reading.business_date, reading.slot_at) and not day.is_final(
            reading.business_date, earlier
        )


def _row(key: SeriesDate, reading: Reading, revision: int, visit_id: int | None) -> dict[str, Any]:
    return {
        **key._asdict(),
        "slot_at": reading.slot_at,
        "revision": revision,
        "value": reading.value,
        "observed_at": reading.observed_at,
        "shown": reading.shown[:100],
        "visit_id": visit_id,
    }


def _insert(connection: Connection, rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    try:
        connection.execute(insert(ReadingRow), rows)
    except IntegrityError as error:
        # Somebody else stored the same key in between: begin again and see what they stored.
        raise DatabaseBusy("another process stored the same readings") from error
