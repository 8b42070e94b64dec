"""The readings of one series of a watch, sorted into what each is good for.

A series is one metric of one entity on one side. A reading is *final* when it was made after
its business date settled; every other is *current*: the running figure at its slot.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

from costs.errors import NaiveMoment, NoBusinessDay, TwoValues
from costs.member import Member, Side
from costs.part import Part
from costs.plausibility import Judge
from costs.span import Span
from costs.terms import Counting
from costs.watch_series import WatchSeries
from domain.account import AccountKey
from domain.business_day import BusinessDay
from domain.entity import EntityKey
from domain.metric import Metric, MetricKind
from domain.reading import Reading

SeriesKey = tuple[EntityKey, str]


@dataclass(frozen=True, slots=True)
class Track:
    """One series: its memberships, its usable current readings, the final figures by date."""

    members: tuple[Member, ...]
    day: BusinessDay
    slots: tuple[datetime, ...]
    """Slots of the usable current readings, ascending."""
    current: Mapping[datetime, Reading]
    held: frozenset[datetime]
    final: Mapping[date, int]
    counting: Counting | None = None
    """How its amounts are counted; None: they are no spend."""

    @property
    def metric(self) -> Metric:
        """The metric, as its site declares it."""
        return self.members[0].metric

    @property
    def daily(self) -> bool:
        """Whether its value begins at zero with each business date."""
        return self.metric.kind is MetricKind.DAILY_CUMULATIVE

    @property
    def born_after(self) -> datetime | None:
        """The last slot at which the entity was known not to exist."""
        return self.members[0].born_after

    def part(self, before: int, after: int, last: datetime, span: Span) -> Part:
        """Return the difference of two cumulative values, by the terms that hold at `last`."""
        if self.counting is None:
            return Part(after - before, span)
        net, basis = self.counting.net_and_basis(before, after, last)
        return Part(after - before, span, net, basis)

    def valid_at(self, slot_at: datetime) -> bool:
        """Whether one of the memberships holds the slot."""
        for member in self.members:  # noqa: SIM110 - asked more than anything else
            if member.valid_at(slot_at):
                return True
        return False

    def between(self, begin: datetime, end: datetime) -> list[Reading]:
        """Return the current readings of members' slots in (begin, end], ascending."""
        found = self.slots[bisect_right(self.slots, begin) : bisect_right(self.slots, end)]
        return [self.current[slot_at] for slot_at in found if self.valid_at(slot_at)]

    def last_of(self, day: date, until: datetime) -> Reading | None:
        """Return the last current reading of a date at or before `until`, member or not."""
        for slot_at in reversed(self.slots[: bisect_right(self.slots, until)]):
            reading = self.current[slot_at]
            if reading.business_date < day:
                return None
            if reading.business_date == day:
                return reading
        return None


def tracks_of(watch: WatchSeries) -> tuple[tuple[Track, ...], tuple[Track, ...]]:
    """Sort the watch's readings into the tracks of the spend side and of the results side."""
    readings: defaultdict[SeriesKey, list[Reading]] = defaultdict(list)
    for reading in watch.readings:
        readings[reading.entity, reading.metric].append(reading)
    return _side(watch, Side.SPEND, readings), _side(watch, Side.RESULTS, readings)


def _side(
    watch: WatchSeries, side: Side, readings: Mapping[SeriesKey, list[Reading]]
) -> tuple[Track, ...]:
    memberships: defaultdict[SeriesKey, list[Member]] = defaultdict(list)
    for member in watch.members:
        if member.side is side:
            memberships[member.entity, member.metric.name].append(member)
    return tuple(
        _track(watch, memberships[key], readings.get(key, [])) for key in sorted(memberships)
    )


def _track(watch: WatchSeries, members: list[Member], readings: list[Reading]) -> Track:
    day = watch.days.get(members[0].entity.site)
    if day is None:
        raise NoBusinessDay(f"no business day is given for the site {members[0].entity.site}")
    ordered = _ordered(readings)
    settled = {date_: day.settled(date_) for date_ in {r.business_date for r in ordered}}
    series = _current(r for r in ordered if r.slot_at < settled[r.business_date])
    together = partial(_together, members)
    held = Judge(members[0].metric, day, watch.limits, together).held(series)
    current = {r.slot_at: r for r in series if r.slot_at not in held}
    return Track(
        members=tuple(sorted(members, key=lambda member: member.valid_from)),
        day=day,
        slots=tuple(current),
        current=current,
        held=held,
        final={r.business_date: r.value for r in ordered if r.slot_at >= settled[r.business_date]},
        counting=_counting(watch, members[0]),
    )


def _counting(watch: WatchSeries, member: Member) -> Counting | None:
    if member.side is not Side.SPEND:
        return None
    return watch.money.of(AccountKey(member.entity.site, member.entity.account))


def _together(members: list[Member], one: datetime, other: datetime) -> bool:
    """Whether every membership holds both slots or neither."""
    return all(member.valid_at(one) == member.valid_at(other) for member in members)


def _ordered(readings: list[Reading]) -> list[Reading]:
    """Return the readings ascending by slot and date, each once."""
    seen: dict[tuple[datetime, date], Reading] = {}
    for reading in readings:
        if reading.slot_at.tzinfo is None or reading.observed_at.tzinfo is None:
            raise NaiveMoment(f"a reading of {reading.entity} has a time without an offset")
        twin = seen.setdefault((reading.slot_at, reading.business_date), reading)
        if twin.value != reading.value:
            raise TwoValues(
                f"{reading.entity} {reading.metric} of {reading.business_date} in the slot"
                f" {reading.slot_at.isoformat()} is both {twin.value} and {reading.value}"
            )
    return [seen[key] for key in sorted(seen)]


def _current(ordered: Iterable[Reading]) -> list[Reading]:
    """Keep the newest date of each slot; a date that a series has left is a look back."""
    kept: list[Reading] = []
    for reading in ordered:
        if kept and reading.business_date < kept[-1].business_date:
            continue
        if kept and reading.slot_at == kept[-1].slot_at:
            kept.pop()
        kept.append(reading)
    return kept
