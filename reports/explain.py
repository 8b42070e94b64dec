"""How one hour of a watch comes about: intervals, members, readings, visits, who changed what.

Computed from the readings as they are known now, so that it shows why; beside it stands what
counts, so that a difference (an older generation) is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, select

from costs.delta import delta
from costs.flag import Flag
from costs.member import Side
from costs.part import total
from costs.rows import HourCost, SlotCost
from costs.track import Track, tracks_of
from costs.watch_series import WatchSeries
from domain.account import AccountKey
from domain.entity import EntityKey
from domain.errors import BadInput, Fault
from storage.cost_reader import CostReader
from storage.dated_costs import CostComputer
from storage.proof_pages import ProofPage, proof_of
from storage.reading_trail import (
    Applied,
    TracedReading,
    TracedVisit,
    Trail,
    applied,
    traced,
    visits_of,
)
from storage.tables import ClientRow, WatchRow
from storage.transaction import reading
from storage.watches import MemberRecord

_HOUR = timedelta(hours=1)
_TICK = timedelta.resolution


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
class SeenReading:
    """A reading as the page showed it, with its visit where one is still known.

    `is_restated`: the same slot was read again with another value, or the date was later.
    """

    entity: EntityKey
    name: str
    side: Side
    seen: TracedReading
    visit: TracedVisit | None
    is_restated: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """One hour; `cost` is what counts, None: the hour was not measured."""

    client: str
    watch: str
    hour_at: datetime
    cost: HourCost | None
    intervals: tuple[ExplainedInterval, ...]
    readings: tuple[SeenReading, ...]
    proof: tuple[ProofPage, ...]
    """The last pages of the dates and accounts that it was read from, where they are kept."""
    changes: tuple[Applied, ...]


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
            where = hour_at.astimezone(computer.zone)
            what = f"{where:%Y-%m-%d %H:00} of {watch} was never measured"
            raise BadInput(Fault("HOUR", what, "`danga report hourly` lists the hours there are"))
        records = found.basis.members
        names = {watch, *(f"{one.entity.site}/{one.entity.account}" for one in records)}
        readings = _readings(connection, intervals, records, computer)
        accounts = {AccountKey(one.entity.site, one.entity.account) for one in records}
        dates = {day, *(one.seen.business_date for one in readings)}
        return Explanation(
            client,
            watch,
            hour_at,
            cost,
            tuple(_explained(found.series, row, records) for row in intervals),
            readings,
            proof_of(connection, accounts, dates),
            applied(connection, names),
        )


def _cost(engine: Engine, watch_id: int, hour_at: datetime) -> HourCost | None:
    hours = CostReader(engine).hours([watch_id], hour_at, hour_at + _TICK)
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
    members = {(one.entity_id, one.metric): one for one in records}
    rows = traced(connection, Trail(frozenset(members), since, until, frozenset(dates)))
    visits = visits_of(connection, {row.visit_id for row in rows if row.visit_id is not None})
    shown = []
    for row in rows:
        if row.slot_at > until and not _is_past(row, members, computer):
            continue
        member = members[row.entity_id, row.metric]
        visit = None if row.visit_id is None else visits.get(row.visit_id)
        restated = row.revision > 0 or row.slot_at > until
        shown.append(
            SeenReading(member.entity, member.name, Side(member.side), row, visit, restated)
        )
    return tuple(shown)


def _is_past(
    row: TracedReading, members: Mapping[tuple[int, str], MemberRecord], computer: CostComputer
) -> bool:
    """Whether the date was read again after it had settled; its later slots say nothing here."""
    day = computer.facts.days[members[row.entity_id, row.metric].entity.site]
    return day.is_final(row.business_date, row.slot_at)
