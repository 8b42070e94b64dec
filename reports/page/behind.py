"""What stands behind an hour of a watch: the intervals in it, and what each member's page showed.

For many hours of a watch at once, so that a page can keep the readings of its last two days
beside it. The whole story of one hour (revisions, restatements, who changed what) is told by
`danga report explain`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from operator import attrgetter

from sqlalchemy import Engine

from costs.rows import SlotCost
from domain.metric import Metric, MetricKind
from reports.page.hours import Hour
from storage.cost_reader import CostReader
from storage.reading_series import StoredReading, series
from storage.transaction import reading
from storage.watches import MemberRecord, members_of_each

MOST_MEMBERS = 40
"""Of more, those that moved most are shown."""
_BEFORE = timedelta(hours=3)
"""How far back the reading before the hour is looked for."""
_HOUR = timedelta(hours=1)
Metrics = Mapping[str, Mapping[str, Metric]]


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading, and how it differs from the one before it; None: there is none to subtract."""

    slot_at: datetime
    observed_at: datetime
    business_date: date
    shown: str
    value: int
    delta: int | None
    revision: int
    visit_id: int | None


@dataclass(frozen=True, slots=True)
class MemberSeen:
    """A member of the watch and its readings by slot: the last before the hour, those in it."""

    side: str
    site: str
    name: str
    metric: str
    seen: tuple[Seen, ...]

    @property
    def moved(self) -> int:
        """How far it moved within the hour, up and down."""
        return sum(abs(one.delta or 0) for one in self.seen[1:])


@dataclass(frozen=True, slots=True)
class Behind:
    """`members` are at most `MOST_MEMBERS`, spend first; `left_out` counts the others."""

    begins: datetime
    intervals: tuple[SlotCost, ...]
    members: tuple[MemberSeen, ...]
    left_out: int

    @property
    def slots(self) -> tuple[datetime, ...]:
        """The slots at which anything was read."""
        return tuple(sorted({one.slot_at for member in self.members for one in member.seen}))


def behind(
    engine: Engine, wanted: Mapping[int, Mapping[Hour, datetime]], metrics: Metrics
) -> Mapping[int, Mapping[Hour, Behind]]:
    """Return what stands behind some hours of some watches; `wanted` gives where each begins.

    Four queries, however many watches and hours.
    """
    begun = [begins for hours in wanted.values() for begins in hours.values()]
    since, until = min(begun), max(begun) + _HOUR
    with reading(engine) as connection:
        members = members_of_each(connection, wanted)
        pairs = {(one.entity_id, one.metric) for some in members.values() for one in some}
        found = series(connection, pairs, since - _BEFORE, until)
    intervals = CostReader(engine).slots(wanted, since, until + _BEFORE)
    seen = _by_member(found, metrics)
    return {
        watch: {
            hour: _behind(begins, members.get(watch, ()), seen, intervals.get(watch, ()))
            for hour, begins in hours.items()
        }
        for watch, hours in wanted.items()
    }


def _behind(
    begins: datetime,
    members: Iterable[MemberRecord],
    seen: Mapping[tuple[int, str], Sequence[Seen]],
    intervals: Iterable[SlotCost],
) -> Behind:
    ends = begins + _HOUR
    told = [
        MemberSeen(
            one.side,
            one.entity.site,
            one.name or one.entity.external_id,
            one.metric,
            _within(seen.get((one.entity_id, one.metric), ()), begins, ends),
        )
        for one in members
        if one.valid_from <= ends and (one.valid_to is None or one.valid_to > begins)
    ]
    most = sorted(told, key=attrgetter("moved"), reverse=True)[:MOST_MEMBERS]
    most.sort(key=lambda one: (one.side != "spend", -one.moved, one.name))
    inside = (one for one in intervals if one.interval_start < ends and one.slot_at > begins)
    return Behind(begins, tuple(inside), tuple(most), len(told) - len(most))


def _within(seen: Sequence[Seen], begins: datetime, ends: datetime) -> tuple[Seen, ...]:
    """The last reading up to the beginning, from which the first difference counts, and on."""
    earlier = [one for one in seen if one.slot_at <= begins]
    inside = [one for one in seen if begins < one.slot_at <= ends]
    return (*earlier[-1:], *inside)


def _by_member(
    found: Iterable[StoredReading], metrics: Metrics
) -> Mapping[tuple[int, str], Sequence[Seen]]:
    told: defaultdict[tuple[int, str], list[Seen]] = defaultdict(list)
    for one in sorted(found, key=lambda one: (one.reading.slot_at, one.reading.business_date)):
        read = one.reading
        kind = metrics.get(read.entity.site, {}).get(read.metric)
        before = told[one.entity_id, read.metric]
        told[one.entity_id, read.metric].append(
            Seen(
                read.slot_at,
                read.observed_at,
                read.business_date,
                read.shown,
                read.value,
                _delta(before, read.business_date, read.value, kind),
                one.revision,
                one.visit_id,
            )
        )
    return told


def _delta(before: Collection[Seen], day: date, value: int, kind: Metric | None) -> int | None:
    """The signed difference by DOMAIN.md 3: a new date of a daily figure counts from zero."""
    same = [one for one in before if one.business_date == day]
    if same:
        return value - same[-1].value
    if kind is not None and kind.kind is MetricKind.DAILY_CUMULATIVE:
        return value if before else None
    return value - list(before)[-1].value if before else None
