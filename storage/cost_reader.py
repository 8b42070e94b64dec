"""Unit costs of many watches at once: one query for each question, however many watches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Select,
    Text,
    case,
    func,
    select,
    type_coerce,
)

from costs.flag import Flag
from costs.rows import DayCost, Glance, HourCost, SlotCost
from costs.spend_pacing import HourSpend
from storage.cost_months import is_live
from storage.joined_hours import flags_of, read_glances, read_hours
from storage.tables import UnitCostDayRow, UnitCostHourRow, UnitCostSlotRow, WatchRow
from storage.transaction import reading

Cost = TypeVar("Cost")
_ONE_DAY = timedelta(days=1)
_FARTHEST = timedelta(hours=14)
"""No zone's midnight is farther from UTC's."""


class CostReader:
    """The calculator's rows as they stand now, by watch; a watch without rows is left out."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def slots(
        self, watches: Collection[int], since: datetime, until: datetime
    ) -> Mapping[int, tuple[SlotCost, ...]]:
        """Return the intervals that end in [since, until], ascending."""
        row = UnitCostSlotRow
        wanted = (
            select(
                row.watch_id,
                row.slot_at,
                row.interval_start,
                row.spend,
                row.results,
                row.unit_cost,
                row.unpaired_spend,
                type_coerce(row.flags, Text),
                row.spend_net,
                row.spend_basis,
            )
            .where(row.watch_id.in_(watches), row.slot_at.between(since, until), is_live(row))
            .order_by(row.watch_id, row.slot_at)
        )
        with reading(self._engine) as connection:
            return _by_watch(
                (one[0], _made(SlotCost, one[1:])) for one in _rows(connection, wanted)
            )

    def hours_at(
        self, watches: Collection[int], moments: Collection[datetime]
    ) -> Mapping[int, tuple[HourCost, ...]]:
        """Return the hours that begin at these moments, ascending."""
        return self._hours(watches, UnitCostHourRow.hour_at.in_(moments))

    def glances(
        self, watches: Collection[int], since: datetime, until: datetime
    ) -> Mapping[int, Mapping[datetime, Glance]]:
        """Return what a small picture shows of the hours that begin in [since, until)."""
        row = UnitCostHourRow
        within = (row.hour_at >= since) & (row.hour_at < until)
        with reading(self._engine) as connection:
            return read_glances(connection, row.watch_id.in_(watches) & within & is_live(row))

    def dated_hours(
        self, watches: Collection[int], since: date, until: date
    ) -> Mapping[int, tuple[HourCost, ...]]:
        """Return the hours of the business dates `since` to `until`, both included, ascending.

        A date is what its rows say, in whichever zone their hours were cut.
        """
        row = UnitCostHourRow
        first, last = _utc(since) - _FARTHEST, _utc(until) + _ONE_DAY + _FARTHEST
        # The moments find the rows by the primary key, the dates are what was asked for.
        near = row.hour_at.between(first, last)
        return self._hours(watches, near & row.business_date.between(since, until))

    def _hours(
        self, watches: Collection[int], condition: ColumnElement[bool]
    ) -> Mapping[int, tuple[HourCost, ...]]:
        row = UnitCostHourRow
        mine = row.watch_id.in_(watches) & condition & is_live(row)
        with reading(self._engine) as connection:
            return _by_watch(read_hours(connection, mine))

    def spend_around(
        self, watches: Collection[int], dates: Collection[date], hour: int
    ) -> Mapping[int, Mapping[date, tuple[HourSpend, ...]]]:
        """Return all spend of some dates in at most four parts each: `hour`, the one before it,
        and the sums of what lies before and after them.

        A question about four weeks so takes four rows of the database for each watch.
        """
        row = UnitCostHourRow
        pending = type_coerce(row.flags, Text).like(f'%"{Flag.PENDING}"%')
        unknown = row.unpaired_spend.is_(None) | (row.spend.is_(None) & pending)
        spent = func.coalesce(row.spend, 0) + func.coalesce(row.unpaired_spend, 0)
        places = {
            hour - 2: row.hour < hour - 1,
            hour - 1: row.hour == hour - 1,
            hour: row.hour == hour,
            hour + 1: row.hour > hour,
        }
        wanted = (
            select(
                row.watch_id,
                row.business_date,
                func.sum(case((unknown, 1), else_=0)),
                *(func.sum(case((place, spent))) for place in places.values()),
            )
            .where(row.watch_id.in_(watches), row.business_date.in_(dates), is_live(row))
            .group_by(row.watch_id, row.business_date)
        )
        found: defaultdict[int, dict[date, tuple[HourSpend, ...]]] = defaultdict(dict)
        with reading(self._engine) as connection:
            for watch, day, waits, *sums in connection.execute(wanted):
                known = zip(places, [None] * 4 if waits else sums, strict=True)
                # What MySQL sums up comes as a decimal.
                found[watch][day] = tuple(
                    HourSpend(place, int(spend)) for place, spend in known if spend is not None
                ) or (HourSpend(hour, None),)
        return found

    def days(
        self, watches: Collection[int], since: date, until: date
    ) -> Mapping[int, tuple[DayCost, ...]]:
        """Return the business dates `since` to `until`, both included, ascending."""
        row = UnitCostDayRow
        wanted = (
            select(
                row.watch_id,
                row.is_final,
                row.business_date,
                row.spend,
                row.results,
                row.unit_cost,
                row.unpaired_spend,
                type_coerce(row.flags, Text),
                row.spend_net,
                row.spend_basis,
            )
            .where(row.watch_id.in_(watches), row.business_date.between(since, until), is_live(row))
            .order_by(row.watch_id, row.business_date)
        )
        with reading(self._engine) as connection:
            return _by_watch(
                (one[0], _made(partial(DayCost, is_final=one[1]), one[2:]))
                for one in _rows(connection, wanted)
            )

    def last_pair_points(self, watches: Collection[int], until: datetime) -> Mapping[int, datetime]:
        """Return the newest slot, up to `until`, at which both sides of each watch were read."""
        alone = f'%"{Flag.ONE_SIDED}"%'
        newest = (
            select(UnitCostSlotRow.slot_at)
            .where(
                UnitCostSlotRow.watch_id == WatchRow.id,
                UnitCostSlotRow.slot_at <= until,
                type_coerce(UnitCostSlotRow.flags, Text).not_like(alone),
                is_live(UnitCostSlotRow),
            )
            .order_by(UnitCostSlotRow.slot_at.desc())
            .limit(1)
            .correlate(WatchRow)
            .scalar_subquery()
        )
        wanted: Select[*tuple[Any, ...]] = select(WatchRow.id, newest).where(
            WatchRow.id.in_(watches)
        )
        with reading(self._engine) as connection:
            return {row[0]: row[1] for row in connection.execute(wanted) if row[1] is not None}


def _rows(connection: Connection, wanted: Select[*tuple[Any, ...]]) -> Iterator[Sequence[Any]]:
    yield from connection.execute(wanted)


def _made(kind: Callable[..., Cost], values: Sequence[Any]) -> Cost:
    """Return a row of the calculator; its flags, net and basis stand last."""
    *amounts, flags, net, basis = values
    return kind(*amounts, flags=flags_of(flags), spend_net=net, spend_basis=basis)


def _utc(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _by_watch(rows: Iterable[tuple[Any, Cost]]) -> dict[int, tuple[Cost, ...]]:
    found: defaultdict[int, list[Cost]] = defaultdict(list)
    for watch, cost in rows:
        found[watch].append(cost)
    return {watch: tuple(costs) for watch, costs in found.items()}
