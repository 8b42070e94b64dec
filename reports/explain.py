"""How one hour of a watch comes about: intervals, members, readings, visits, who changed what.

A date that has no hours, as only its final figures were read, is explained as a whole.

Computed from the readings as they are known now, so that it shows why; beside it stands what
counts, so that a difference (an older generation) is seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, Engine, select

from costs.delta import delta
from costs.flag import Flag
from costs.member import Side
from costs.part import total
from costs.rows import DayCost, HourCost, SlotCost
from costs.track import Track, tracks_of
from costs.watch_series import WatchSeries
from costs.whole_days import Lack, lack_of
from domain.account import AccountKey
from domain.business_day import BusinessDay
from domain.entity import EntityKey
from domain.errors import BadInput, Fault
from reports.seen_readings import SeenReading, seen_readings
from storage.cost_reader import CostReader
from storage.dated_costs import CostComputer, DatedCosts
from storage.proof_pages import ProofPage, proof_of
from storage.reading_trail import Changes, Trail, changes_of
from storage.tables import ClientRow, WatchRow
from storage.transaction import reading
from storage.watches import MemberRecord

_HOUR = timedelta(hours=1)
_TICK = timedelta.resolution
_CURES = {
    Lack.OTHER_DAY: "its site's date is another stretch of time than one of DANGA_TIME_ZONE",
    Lack.PART: "it joined or left on that date",
    Lack.LEVEL: "a level has no figure of a date",
    Lack.NOT_READ: "`danga backfill --from {day} --again` reads it, where the page lists it",
}


@dataclass(frozen=True, slots=True)
class MemberShare:
    """What one member added to an interval; None: a final figure is awaited, or nothing pairs."""

    entity: EntityKey
    name: str
    side: Side
    metric: str
    amount: int | None
    unpaired: int | None
    flags: frozenset[Flag]


@dataclass(frozen=True, slots=True)
class ExplainedInterval:
    """An interval that reaches into the hour, with what each member added to it."""

    cost: SlotCost
    members: tuple[MemberShare, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """One hour, or one date that has none (`of` says which).

    `cost` is what counts, None: the hour was not measured. An interval names its members, a date
    its own in `members`.
    """

    client: str
    watch: str
    of: datetime | date
    cost: HourCost | DayCost | None
    intervals: tuple[ExplainedInterval, ...]
    readings: tuple[SeenReading, ...]
    proof: tuple[ProofPage, ...]
    """The last pages of the dates and accounts that it was read from, where they are kept."""
    changes: Changes
    members: tuple[MemberShare, ...] = ()


def explain(
    engine: Engine, computer: CostComputer, watch_id: int, hour_at: datetime
) -> Explanation:
    """Return how the hour that begins at `hour_at` (UTC) comes about.

    Raises:
        BadInput: the hour was never measured.
        UnknownName: a member's site or metric is not known any more.
    """
    cost = _cost(engine, watch_id, hour_at)
    day = computer.wall.date_of(hour_at)
    with reading(engine) as connection:
        client, watch = _names(connection, watch_id)
        found = computer.costs(connection, watch_id, day, day)
        intervals = [row for row in found.costs.slots if _touches(row, hour_at)]
        if cost is None and not intervals:
            hour = hour_at.astimezone(computer.zone)
            raise BadInput(_unmeasured(watch, hour, found, computer.wall))
        records = found.basis.members
        readings = _readings(connection, intervals, records, computer)
        dates = {day, *(one.seen.business_date for one in readings)}
        return Explanation(
            client,
            watch,
            hour_at,
            cost,
            tuple(_explained(found.series, row, records) for row in intervals),
            readings,
            _proof(connection, records, dates),
            changes_of(connection, _subjects(watch, records)),
        )


def explain_day(engine: Engine, computer: CostComputer, watch_id: int, day: date) -> Explanation:
    """Return how a date without hours comes about: by its final figures.

    Raises:
        BadInput: it has hours, or a figure of it is missing (the message names it).
        UnknownName: a member's site or metric is not known any more.
    """
    kept = CostReader(engine).days([watch_id], day, day)
    with reading(engine) as connection:
        client, watch = _names(connection, watch_id)
        found = computer.costs(connection, watch_id, day, day)
        if all(one.business_date != day for one in found.costs.whole_days):
            raise BadInput(_no_whole_day(watch, day, found, computer.wall))
        records = found.basis.members
        begins = computer.wall.starts(day)
        # Readings of the date's own slots would have given it hours: what is there came later.
        trail = Trail(_pairs(records), begins, begins, frozenset({day}))
        return Explanation(
            client,
            watch,
            day,
            next(iter(kept.get(watch_id, ())), None),
            (),
            seen_readings(connection, trail, records, computer),
            _proof(connection, records, {day}),
            changes_of(connection, _subjects(watch, records)),
            tuple(_final_shares(found.series, day, records)),
        )


def _unmeasured(watch: str, hour: datetime, found: DatedCosts, wall: BusinessDay) -> Fault:
    day = hour.date()
    what = f"{hour:%Y-%m-%d %H:00} of {watch} was never measured"
    if any(one.business_date == day for one in found.costs.whole_days):
        return Fault("HOUR", what, f"only the date as a whole was read: say {day}")
    if any(one.business_date == day for one in found.costs.hours):
        return Fault("HOUR", what, "`danga report hourly` lists the hours there are")
    return _no_whole_day(watch, day, found, wall)


def _no_whole_day(watch: str, day: date, found: DatedCosts, wall: BusinessDay) -> Fault:
    """Say what a date would need to be explained as a whole."""
    hours = [one.hour for one in found.costs.hours if one.business_date == day]
    if hours:
        return Fault("HOUR", f"{day} is no hour", f"write {day}T{hours[-1]:02d}")
    spend, _ = tracks_of(found.series)
    lacks = [(one, lack) for one in spend if (lack := lack_of(one, day, wall)) is not None]
    if not lacks:
        cure = "`danga backfill --from DAY --extend` lets its first ads count for days before"
        return Fault("HOUR", f"{watch} had no ads on {day}", cure)
    track, lack = lacks[0]
    entity = track.members[0].entity
    name = f"{entity.site}/{entity.account} {entity.external_id}"
    others = f", and of {len(lacks) - 1} more" if lacks[1:] else ""
    what = f"{track.metric.name} of {name} is not known for {day} as a whole{others}"
    return Fault("HOUR", f"{day} has no hours, and {what}", _CURES[lack].format(day=day))


def _proof(
    connection: Connection, records: Iterable[MemberRecord], dates: Collection[date]
) -> tuple[ProofPage, ...]:
    accounts = {AccountKey(one.entity.site, one.entity.account) for one in records}
    return proof_of(connection, accounts, dates)


def _subjects(watch: str, records: Iterable[MemberRecord]) -> set[str]:
    accounts = {f"account {one.entity.site}/{one.entity.account}" for one in records}
    return {f"watch {watch}", *accounts}


def _pairs(records: Iterable[MemberRecord]) -> frozenset[tuple[int, str]]:
    return frozenset((one.entity_id, one.metric) for one in records)


def _cost(engine: Engine, watch_id: int, hour_at: datetime) -> HourCost | None:
    hours = CostReader(engine).hours_at([watch_id], [hour_at])
    return next(iter(hours.get(watch_id, ())), None)


def _names(connection: Connection, watch_id: int) -> tuple[str, str]:
    found = connection.execute(
        select(ClientRow.name, WatchRow.name)
        .join(WatchRow, WatchRow.client_id == ClientRow.id)
        .where(WatchRow.id == watch_id)
    ).one()
    return found[0], found[1]


def _touches(row: SlotCost, hour_at: datetime) -> bool:
    return row.interval_start < hour_at + _HOUR and row.slot_at > hour_at


def _final_shares(
    series: WatchSeries, day: date, records: Iterable[MemberRecord]
) -> Iterator[MemberShare]:
    names = {(one.entity, one.metric): one.name for one in records}
    for side, tracks in zip((Side.SPEND, Side.RESULTS), tracks_of(series), strict=True):
        for track in tracks:
            if track.valid_at(track.day.starts(day)):
                entity, metric = track.members[0].entity, track.metric.name
                figure = track.final.get(day) if track.daily else None
                name = names[entity, metric]
                yield MemberShare(entity, name, side, metric, figure, None, frozenset())


def _explained(
    series: WatchSeries, row: SlotCost, records: Iterable[MemberRecord]
) -> ExplainedInterval:
    names = {(one.entity, one.metric): one.name for one in records}
    shares = [
        _share(track, side, row, names)
        for side, tracks in zip((Side.SPEND, Side.RESULTS), tracks_of(series), strict=True)
        for track in tracks
    ]
    return ExplainedInterval(row, tuple(one for one in shares if one is not None))


def _share(
    track: Track, side: Side, row: SlotCost, names: Mapping[tuple[EntityKey, str], str]
) -> MemberShare | None:
    if not track.between(row.interval_start, row.slot_at):
        return None
    entity, metric = track.members[0].entity, track.metric.name
    name = names[entity, metric]
    if Flag.SINCE_MIDNIGHT in row.flags:
        amount = track.current[row.slot_at].value if row.slot_at in track.current else None
        return MemberShare(entity, name, side, metric, amount, None, frozenset())
    found = delta(track, row.interval_start, row.slot_at)
    return MemberShare(
        entity,
        name,
        side,
        metric,
        total(part.amount for part in found.paired),
        total(part.amount for part in found.unpaired),
        found.flags,
    )


def _readings(
    connection: Connection,
    intervals: list[SlotCost],
    records: tuple[MemberRecord, ...],
    computer: CostComputer,
) -> tuple[SeenReading, ...]:
    if not intervals:
        return ()
    since, until = intervals[0].interval_start, intervals[-1].slot_at
    dates = {computer.wall.date_of(since), computer.wall.date_of(until - _TICK)}
    trail = Trail(_pairs(records), since, until, frozenset(dates))
    return seen_readings(connection, trail, records, computer)
