"""What a file would store: each value new, changed or the same; and the readings it becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection

from domain.errors import Fault
from domain.reading import Reading
from storage.entity_watches import watches_of
from storage.reading_imports import Held, Pair, ReadingKey, held, whole_slots
from storage.readings_kept import kept_since
from storage.watches import MemberRecord, members_of
from workers.house import House
from workers.reading_import.brought import Brought, Grain
from workers.reading_import.rows import Dated
from workers.reading_import.slots import readings_of


class Status(StrEnum):
    """What storing does to a value."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class PlannedDate:
    """One date of one series: its figure, and the one of before (None: there is none)."""

    values: Sequence[Brought]
    readings: Sequence[Reading]
    before: int | None
    status: Status

    @property
    def figure(self) -> int:
        """The last running figure."""
        return self.readings[-1].value


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Everything that a file would store, over what is there."""

    dates: tuple[PlannedDate, ...]
    there: Mapping[ReadingKey, Held]
    faults: tuple[Fault, ...]

    @property
    def differing(self) -> list[tuple[int, Reading]]:
        """The readings to store, with the keys of their entities.

        Of a date that differs all of them, also those that are the same: so it belongs to one
        import, and taking back an earlier one leaves it whole.
        """
        return [
            (one.values[0].target.entity_id, reading)
            for one in self.dates
            if one.status is not Status.SAME
            for reading in one.readings
        ]


def plan_of(
    house: House, connection: Connection, found: Mapping[Dated, Sequence[Brought]]
) -> ImportPlan:
    """Compare the values of a file with what is stored."""
    pairs = {(entity, metric) for entity, metric, _ in found}
    there = held(connection, pairs, {day for _, _, day in found})
    by_date: dict[Dated, dict[datetime, Held]] = {}
    for key, one in there.items():
        by_date.setdefault(key[:3], {})[key.slot_at] = one
    meets, kept = _Meets(house, connection), kept_since(connection)
    dates: list[PlannedDate] = []
    faults: list[Fault] = []
    for dated, values in found.items():
        known = by_date.get(dated, {})
        begins = house.day_of(values[0].target.entity.site).starts(dated[2])
        fault = _fault(values, known, begins, kept)
        if fault is None:
            planned = _planned(house, dated, values, known, meets)
            fault = _left_behind(planned, known)
            dates.append(planned)
        if fault is not None:
            faults.append(fault)
    return ImportPlan(tuple(dates), there, tuple(faults))


def _fault(
    values: Sequence[Brought],
    known: Mapping[datetime, Held],
    begins: datetime,
    kept: datetime | None,
) -> Fault | None:
    """Return why a date may not be brought: it was let go, or visits have read it."""
    one = values[0]
    if kept is not None and begins < kept:
        what = f"readings of {one.day} are kept no longer"
        return Fault(one.cell.where, what, f"they are kept since {kept:%Y-%m-%d}: leave it out")
    if all(other.import_id is not None for other in known.values()):
        return None
    what = f"visits have read {one.target.entity} {one.target.metric.name} of {one.day}"
    return Fault(one.cell.where, what, "leave it out; a past date is read again by visits")


def _planned(
    house: House,
    dated: Dated,
    values: Sequence[Brought],
    known: Mapping[datetime, Held],
    meets: _Meets,
) -> PlannedDate:
    first = values[0]
    site = first.target.entity.site
    business = house.day_of(site)
    slots: set[datetime] = set()
    if first.grain is Grain.DAY:
        # Brought before: the very slots of then, so that a correction leaves none behind.
        begins, settled = business.starts(first.day), business.settled(first.day)
        slots = {at for at in known if begins < at < settled} or meets.of(dated)
    readings = readings_of(values, business, slots)
    return PlannedDate(values, readings, *_compared(readings, known))


def _compared(
    readings: Sequence[Reading], known: Mapping[datetime, Held]
) -> tuple[int | None, Status]:
    before = known[max(known)].value if known else None
    olds = [known[one.slot_at].value if one.slot_at in known else None for one in readings]
    if all(old == one.value for old, one in zip(olds, readings, strict=True)):
        return before, Status.SAME
    return before, Status.NEW if all(old is None for old in olds) else Status.CHANGED


def _left_behind(planned: PlannedDate, known: Mapping[datetime, Held]) -> Fault | None:
    """Return why a date may not be brought so: readings of another grain would stay beside it."""
    slots = {one.slot_at for one in planned.readings}
    left = [one for at, one in known.items() if at not in slots and one.value is not None]
    mixed = planned.values[0].grain is Grain.DAY and _is_finer(planned, known)
    if not left and not mixed:
        return None
    one = planned.values[0]
    number = max(other.import_id or 0 for other in known.values())
    what = f"{one.day} of {one.target.entity} was brought by other hours or times"
    cure = f"bring the same again, or take that back: danga reading import --undo {number}"
    return Fault(one.cell.where, what, cure)


def _is_finer(planned: PlannedDate, known: Mapping[datetime, Held]) -> bool:
    """Whether the date was brought by the hour: its figure grew after it had begun."""
    begins = planned.readings[0].slot_at
    later = [one.value for at, one in known.items() if at > begins]
    return len({value for value in later if value is not None}) > 1


@dataclass(slots=True)
class _Meets:
    """Finds where a date ends for a watch: the last slot at which its other series were all read.

    At best that is the midnight itself. Else what they add after that slot pairs with the next.
    """

    house: House
    connection: Connection
    _watches: Mapping[int, Sequence[int]] | None = None

    def of(self, dated: Dated) -> set[datetime]:
        """Return such a slot for each watch that the series stands in, where there is one."""
        entity, metric, day = dated
        found = set()
        for watch in watches_of(self.connection, entity, metric):
            members = members_of(self.connection, watch)
            slot_at = self._last_whole(members, day)
            if slot_at is not None:
                found.add(slot_at)
        return found

    def _last_whole(self, members: Sequence[MemberRecord], day: date) -> datetime | None:
        visited = [one for one in members if not self.house.policy(one.entity.site).is_import]
        if not visited:
            return None
        days = {one.entity.site: self.house.day_of(one.entity.site) for one in visited}
        since = max(one.starts(day) for one in days.values())
        until = min(one.ends(day) for one in days.values())
        pairs: set[Pair] = {(one.entity_id, one.metric) for one in visited}
        counts = whole_slots(self.connection, pairs, since, until)
        for slot_at, count in sorted(counts.items(), reverse=True):
            if slot_at > since and count == len(_valid_at(visited, slot_at)) > 0:
                return slot_at
        return None


def _valid_at(members: Sequence[MemberRecord], slot_at: datetime) -> set[Pair]:
    return {
        (one.entity_id, one.metric)
        for one in members
        if one.valid_from <= slot_at and (one.valid_to is None or slot_at < one.valid_to)
    }
