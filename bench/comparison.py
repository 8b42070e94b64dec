"""Compare what Danga has stored with what the oracle expects, row by row and figure by figure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from bench import oracle
from bench.inventory import Inventory
from bench.perfect_reader import SEOUL, SETTLES_HOUR, PerfectReader
from costs.flag import Flag
from costs.rows import HourCost, SlotCost
from domain.reading import Reading
from storage.entities import EntityBook
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook
from workers.house import House

FIRST, LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_EXAMPLES = 20


@dataclass(slots=True)
class Comparison:
    """How many were compared; wrong: differs; absent: only expected; extra: only stored."""

    compared: int = 0
    wrong: int = 0
    absent: int = 0
    extra: int = 0
    examples: list[str] = field(default_factory=list)
    amiss: set[Any] = field(default_factory=set)
    """The keys of all that differs."""

    def compare(
        self, what: str, stored: Mapping[Any, object], expected: Mapping[Any, object]
    ) -> None:
        """Compare what stands under each key on both sides."""
        for key in sorted(stored.keys() | expected.keys()):
            self.compared += 1
            if key not in stored:
                self.absent += 1
            elif key not in expected:
                self.extra += 1
            elif stored[key] != expected[key]:
                self.wrong += 1
            else:
                continue
            self.amiss.add(key)
            if len(self.examples) < _EXAMPLES:
                found = f"stored {stored.get(key)}, expected {expected.get(key)}"
                self.examples.append(f"{what} {key}: {found}")

    def as_json(self) -> dict[str, Any]:
        """Return the counts, and examples where anything differs."""
        counts = {
            "compared": self.compared,
            "wrong": self.wrong,
            "absent": self.absent,
            "extra": self.extra,
        }
        return {**counts, "examples": self.examples} if self.examples else counts


def compare_unit_costs(house: House, inventory: Inventory, reader: PerfectReader) -> Comparison:
    """Compare every slot's and every hour's row of every watch."""
    comparison = Comparison()
    ids = {watch.name: watch.id for watch in WatchBook(house.engine).all()}
    store = UnitCostStore(house.engine)
    for watch in inventory.watches:
        rows = oracle.expected(reader.follows(watch), reader.truth, {})
        stored = store.slots(ids[watch.name], FIRST, LAST)
        comparison.compare(
            f"slot of {watch.name!r}",
            {row.slot_at: _slot(row) for row in stored},
            {row.slot_at: _slot(row) for row in rows},
        )
        hours = store.hours(ids[watch.name], FIRST, LAST)
        comparison.compare(
            f"hour of {watch.name!r}",
            {row.hour_at: (*_hour(row), row.business_date, row.hour) for row in hours},
            {
                row.hour_at: (*_hour(row), *_on_the_wall(row.hour_at))
                for row in oracle.expected_hours(rows, SEOUL)
            },
        )
    return comparison


def compare_readings(house: House, reader: PerfectReader, since: datetime = FIRST) -> Comparison:
    """Compare the latest revision of every reading from `since` on with the truth at its slot."""
    comparison = Comparison()
    current = {
        (slot_at, *key): shown
        for slot_at, seen in reader.seen.items()
        for key, shown in seen.items()
    }
    stored: dict[Any, object] = {}
    settled: dict[Any, object] = {}
    for reading in _stored(house, {key[-1] for key in current}, since):
        account = f"{reading.entity.site}/{reading.entity.account}"
        key = account, reading.entity.external_id, reading.metric
        here = reading.slot_at.astimezone(SEOUL)
        if reading.business_date < here.date() and here.hour >= SETTLES_HOUR:
            settled[(*key, reading.business_date)] = reading.value
        else:
            stored[(reading.slot_at, *key)] = (reading.business_date, reading.value)
    comparison.compare("reading", stored, current)
    finals = {(*key, day): value for (key, day), value in reader.finals.items()}
    comparison.compare("final reading", settled, finals)
    return comparison


def flags_of(house: House) -> dict[str, int]:
    """Return how many stored rows carry each flag, and how many have a unit cost."""
    store, counts = UnitCostStore(house.engine), Counter[str]()
    for watch in WatchBook(house.engine).all():
        for slot in store.slots(watch.id, FIRST, LAST):
            counts.update(flag.value for flag in slot.flags)
            counts["with_unit_cost"] += slot.unit_cost is not None
        for hour in store.hours(watch.id, FIRST, LAST):
            counts["estimated_hours"] += Flag.ESTIMATED in hour.flags
    return dict(sorted(counts.items()))


def _stored(house: House, metrics: set[str], since: datetime) -> Iterator[Reading]:
    entities = [entity.id for entity in EntityBook(house.engine).all()]
    pairs = {(entity, metric) for entity in entities for metric in metrics}
    for one in house.readings.series(pairs, since, LAST):
        yield one.reading


def _slot(row: SlotCost | oracle.Row) -> tuple[object, ...]:
    return row.interval_start, row.spend, row.results, row.unit_cost, row.unpaired_spend


def _hour(row: HourCost | oracle.HourRow) -> tuple[object, ...]:
    return row.spend, row.results, row.unit_cost, row.unpaired_spend


def _on_the_wall(hour_at: datetime) -> tuple[object, ...]:
    wall = hour_at.astimezone(SEOUL)
    return wall.date(), wall.hour
