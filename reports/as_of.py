"""What was known at a moment: the same rows, computed from the readings of then.

Nothing of what counts now is asked: readings that had come by then (`reading.known_at`, also of
what waited in a spool or was imported later), members as they stood, none of whom had left later.
Computed with today's program, so that a mended fault is mended here, too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Engine

from costs.days import days_of
from costs.rows import DayCost, Glance, HourCost, SlotCost, WatchCosts
from costs.spend_pacing import HourSpend, hour_spend
from domain.errors import DangaError
from storage.dated_costs import CostComputer
from storage.errors import DatabaseAway
from storage.transaction import reading

_ONE_DAY = timedelta(days=1)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class _Known:
    """The rows of a watch, of the days [since, until] at least."""

    since: date
    until: date
    costs: WatchCosts


@dataclass
class KnownCosts:
    """The calculator's rows of many watches as they were known (`reports.costs.Costs`).

    `computer` says at which moment (`known_by`). A watch that cannot be computed any more, as the
    class of its site is gone, is left out; `failed` says why.
    """

    engine: Engine
    computer: CostComputer
    failed: dict[int, DangaError] = field(default_factory=dict)
    _known: dict[int, _Known] = field(default_factory=dict)

    def slots(
        self, watches: Collection[int], since: datetime, until: datetime
    ) -> Mapping[int, tuple[SlotCost, ...]]:
        """Return the intervals that end in [since, until]."""
        return self._each(
            watches,
            self._days(since, until),
            lambda costs: (row for row in costs.slots if since <= row.slot_at <= until),
        )

    def hours_at(
        self, watches: Collection[int], moments: Collection[datetime]
    ) -> Mapping[int, tuple[HourCost, ...]]:
        """Return the hours that begin at these moments."""
        return self._each(
            watches,
            self._days(min(moments), max(moments)),
            lambda costs: (row for row in costs.hours if row.hour_at in moments),
        )

    def glances(
        self, watches: Collection[int], since: datetime, until: datetime
    ) -> Mapping[int, Mapping[datetime, Glance]]:
        """Return what a small picture shows of the hours that begin in [since, until)."""
        found = self._each(
            watches,
            self._days(since, until),
            lambda costs: (row for row in costs.hours if since <= row.hour_at < until),
        )
        return {watch: dict(map(_glance, rows)) for watch, rows in found.items()}

    def dated_hours(
        self, watches: Collection[int], since: date, until: date
    ) -> Mapping[int, tuple[HourCost, ...]]:
        """Return the hours of the business dates `since` to `until`, both included."""
        return self._each(
            watches,
            (since, until),
            lambda costs: (row for row in costs.hours if since <= row.business_date <= until),
        )

    def spend_around(
        self, watches: Collection[int], dates: Collection[date], hour: int
    ) -> Mapping[int, Mapping[date, tuple[HourSpend, ...]]]:
        """Return all spend of some dates hour by hour."""
        del hour  # every hour stands alone here
        found: defaultdict[int, defaultdict[date, tuple[HourSpend, ...]]]
        found = defaultdict(lambda: defaultdict(tuple))
        for watch, rows in self.dated_hours(watches, min(dates), max(dates)).items():
            for row in rows:
                if row.business_date in dates:
                    found[watch][row.business_date] += (hour_spend(row),)
        return found

    def days(
        self, watches: Collection[int], since: date, until: date
    ) -> Mapping[int, tuple[DayCost, ...]]:
        """Return the business dates `since` to `until`, both included."""
        return self._each(
            watches,
            (since, until),
            lambda costs: (row for row in days_of(costs) if since <= row.business_date <= until),
        )

    def last_pair_points(self, watches: Collection[int], until: datetime) -> Mapping[int, datetime]:
        """Return the newest slot of each watch, up to `until`, at which both sides were read."""
        found = self._each(
            watches,
            self._days(until, until),
            lambda costs: (
                row.slot_at for row in costs.slots if row.is_pair_point and row.slot_at <= until
            ),
        )
        return {watch: slots[-1] for watch, slots in found.items()}

    def _days(self, since: datetime, until: datetime) -> tuple[date, date]:
        wall = self.computer.wall
        return wall.date_of(since), wall.date_of(until)

    def _each(
        self,
        watches: Collection[int],
        days: tuple[date, date],
        rows: Callable[[WatchCosts], Iterable[Row]],
    ) -> dict[int, tuple[Row, ...]]:
        found = {watch: tuple(rows(self._of(watch, *days))) for watch in watches}
        return {watch: some for watch, some in found.items() if some}

    def _of(self, watch: int, since: date, until: date) -> WatchCosts:
        """Compute the days once; where others are asked for later, all of them together."""
        there = self._known.get(watch)
        if there is not None:
            if there.since <= since and until <= there.until:
                return there.costs
            since, until = min(since, there.since), max(until, there.until)
        costs = self._computed(watch, since, until)
        self._known[watch] = _Known(since, until, costs)
        return costs

    def _computed(self, watch: int, since: date, until: date) -> WatchCosts:
        try:
            with reading(self.engine) as connection:
                return self.computer.costs(connection, watch, since, until).costs
        except DatabaseAway:
            raise
        except DangaError as error:
            self.failed[watch] = error
            return WatchCosts((), ())


def _glance(row: HourCost) -> tuple[datetime, Glance]:
    return row.hour_at, Glance(row.unit_cost, None if row.results is None else row.spend)
