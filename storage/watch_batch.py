"""Some watches, locked, and what the calculator needs to know of them: within one transaction."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from itertools import chain
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from costs.calculator import settle
from costs.member import Member
from costs.rows import WatchCosts
from costs.short_window import ShortWindow, short_window
from costs.terms import MoneyTerms
from costs.watch_series import WatchSeries
from costs.window import Window, window
from domain.business_day import BusinessDay
from domain.errors import DangaError
from domain.reading import Reading
from storage.cost_months import Shelf, months_of
from storage.money_terms import money_terms
from storage.reading_series import readings_since
from storage.site_facts import SiteFacts
from storage.tables import WatchRow
from storage.unit_costs import pair_point_before, pair_point_from, pair_points_between
from storage.watches import MemberRecord, members_of_each

_NEAR = timedelta(hours=3)
"""Where the pair points of an ordinary slot's window lie, with slots of up to half an hour."""
_SERIES_AT_ONCE = 4_000
"""How many series are loaded at once: a few megabytes of readings."""

Serves = Callable[[Collection[Reading]], bool]


@dataclass
class WatchBatch:
    """The watches of `records`; `failed` are those that cannot be computed, with the reason."""

    connection: Connection
    facts: SiteFacts
    zone: ZoneInfo
    records: Mapping[int, tuple[MemberRecord, ...]]
    members: dict[int, tuple[Member, ...]] = field(default_factory=dict)
    money: Mapping[int, MoneyTerms] = field(default_factory=dict)
    building: Collection[int] = ()
    failed: dict[int, DangaError] = field(default_factory=dict)

    def short_windows(self, changed: datetime) -> dict[ShortWindow, list[int]]:
        """Return the watches that have a short window, by window: mostly there is only one.

        None of those that a rebuild is writing: their window may differ from shelf to shelf.
        """
        near = pair_points_between(self.connection, self.members, changed - _NEAR, changed)
        found: defaultdict[ShortWindow, list[int]] = defaultdict(list)
        for watch, members in self.members.items():
            if watch in self.building:
                continue
            before = partial(_last_before, near.get(watch, []))
            short = short_window(changed, before, self._days(watch), self.zone, members)
            if short is not None:
                found[short].append(watch)
        return found

    def window(self, watch: int, shelf: Shelf, changed: datetime) -> Window:
        """Return the window of one watch that always serves."""
        before = partial(pair_point_before, self.connection, watch, shelf=shelf)
        return window(changed, before, self._days(watch), self.zone)

    def next_pair_point(self, watch: int, shelf: Shelf, day: date) -> datetime | None:
        """Return the first pair point after a date has settled at all of the watch's sites."""
        settled = max(one.settled(day) for one in self._days(watch))
        return pair_point_from(self.connection, watch, settled, shelf)

    def compute(
        self, watches: Collection[int], span: Window, serves: Serves = lambda _readings: True
    ) -> dict[int, WatchCosts]:
        """Return the rows of a window, of those watches for whose readings it serves."""
        records = [record for watch in watches for record in self.records[watch]]
        series = readings_since(
            self.connection,
            {record.entity_id: record.entity for record in records},
            {record.metric for record in records},
            span.load_since,
        )
        costs = {}
        for watch in watches:
            pairs = {(record.entity_id, record.metric) for record in self.records[watch]}
            readings = tuple(chain.from_iterable(series.get(pair, ()) for pair in pairs))
            try:
                if serves(readings):
                    costs[watch] = settle(self._series(watch, readings), span)
            except DangaError as error:
                self.failed[watch] = error
        return costs

    def _days(self, watch: int) -> list[BusinessDay]:
        sites = sorted({member.entity.site for member in self.members[watch]})
        return [self.facts.days[site] for site in sites]

    def _series(self, watch: int, readings: tuple[Reading, ...]) -> WatchSeries:
        money = self.money[watch]
        return WatchSeries(self.members[watch], readings, self.facts.days, self.zone, money=money)

    def shelves(self, watch: int) -> tuple[Shelf, ...]:
        """Return whose rows to write: so no reading is missing when a rebuild's begin to count."""
        return (Shelf.LIVE, Shelf.BUILDING) if watch in self.building else (Shelf.LIVE,)

    def in_loads(self, watches: Collection[int]) -> Iterator[list[int]]:
        """Yield the watches in parts whose readings fit into the memory."""
        part: list[int] = []
        series = 0
        for watch in watches:
            if part and series + len(self.records[watch]) > _SERIES_AT_ONCE:
                yield part
                part, series = [], 0
            part.append(watch)
            series += len(self.records[watch])
        if part:
            yield part


def locked(
    connection: Connection, watches: Collection[int], facts: SiteFacts, zone: ZoneInfo
) -> WatchBatch:
    """Lock the watches, one after the other by their keys, and read their members.

    Who computes the same watches at the same time waits here, so that the one who saw less
    never writes last. Watches without members are left out.
    """
    connection.execute(
        select(WatchRow.id).where(WatchRow.id.in_(watches)).order_by(WatchRow.id).with_for_update()
    )
    batch = WatchBatch(connection, facts, zone, members_of_each(connection, watches))
    batch.money = money_terms(connection, watches)
    months = months_of(connection, watches)
    batch.building = {watch for watch, rebuilt in months.items() if rebuilt.building}
    for watch, records in batch.records.items():
        try:
            facts.require(records)
        except DangaError as error:
            batch.failed[watch] = error
        else:
            batch.members[watch] = tuple(facts.member(record) for record in records)
    return batch


def _last_before(ascending: list[datetime], moment: datetime) -> datetime | None:
    at = bisect_left(ascending, moment)
    return ascending[at - 1] if at else None
