"""Settle watches: from their members and readings to their unit costs.

Called after the readings of a visit were committed. Two visits that end at the same moment (the
two sides of a watch) settle it one after the other, so that the one that saw less never writes
last. An ordinary slot takes many watches at once, by a short window; whatever else came, one
watch at a time, by the window that always serves (`docs/decisions/0023-*`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine

from costs.window import Window
from domain.business_day import BusinessDay
from domain.errors import DangaError
from storage.cost_months import Shelf
from storage.dated_costs import CostComputer
from storage.replace_costs import replace_costs
from storage.site_facts import SiteFacts
from storage.transaction import run_in_transaction
from storage.watch_batch import locked

_ONE_DAY = timedelta(days=1)
_AT_ONCE = 250
"""Watches in one transaction: others wait for their locks for less than a second."""


@dataclass(frozen=True, slots=True)
class Settled:
    """How many rows differ now, and the watches that could not be computed, with the reason."""

    rows: int = 0
    failed: Mapping[int, DangaError] = field(default_factory=dict)

    def __add__(self, other: Settled) -> Settled:
        return Settled(self.rows + other.rows, {**self.failed, **other.failed})


class WatchSettler:
    """Computes watches anew; hours are cut in `zone`."""

    def __init__(self, engine: Engine, facts: SiteFacts, zone: ZoneInfo) -> None:
        self._engine = engine
        self._facts = facts
        self._zone = zone

    def settle(self, watches: Collection[int], changed: datetime, at: datetime) -> Settled:
        """Compute what a change at `changed` may have touched.

        `changed` is the earliest `costs.window.changed_at` of the readings that came, or the
        moment a member joined or left; `at` is the business time, for `computed_at`. A watch
        that cannot be computed stops no other, and keeps its rows.
        """
        settled = Settled()
        left: list[int] = []
        for some in _parts(sorted(watches)):
            together, rest = run_in_transaction(
                self._engine, partial(self._together, some, changed, at)
            )
            settled += together
            left += rest
        for watch in left:
            settled += run_in_transaction(
                self._engine, partial(self.settle_within, watch, changed, at)
            )
        return settled

    def settle_dates(
        self, watches: Collection[int], since: date, until: date, at: datetime
    ) -> Settled:
        """Compute what final figures of, or members on, the dates [since, until] may have touched.

        However long ago they are, only the dates up to the next pair point are computed: what
        begins there knows nothing of them any more. One watch in a transaction.
        """
        settled = Settled()
        for watch in sorted(watches):
            settled += run_in_transaction(
                self._engine, partial(self._settle_dates, watch, since, until, at)
            )
        return settled

    def _settle_dates(
        self, watch: int, since: date, until: date, at: datetime, connection: Connection
    ) -> Settled:
        batch = locked(connection, [watch], self._facts, self._zone)
        if watch not in batch.members:
            return Settled(0, batch.failed)
        computer = CostComputer(self._facts, self._zone)
        rows = {}
        for shelf in batch.shelves(watch):
            span = _dates(computer.wall, batch.next_pair_point(watch, shelf, until), since, at)
            try:
                found = computer.costs(connection, watch, span.first_date, span.last_date)
            except DangaError as error:
                return Settled(0, {watch: error})
            assert span.ends is not None
            costs = found.between(span.replace_after, span.ends, computer.wall)
            rows[shelf] = replace_costs(connection, span, {watch: costs}, at, shelf)
        return Settled(rows[Shelf.LIVE])

    def _together(
        self, watches: Collection[int], changed: datetime, at: datetime, connection: Connection
    ) -> tuple[Settled, list[int]]:
        """Settle those watches for which a short window serves; return the others, too."""
        batch = locked(connection, watches, self._facts, self._zone)
        left = set(batch.members)
        rows = 0
        for short, served in batch.short_windows(changed).items():
            serves = partial(short.holds, days=self._facts.days)
            for some in batch.in_loads(served):
                costs = batch.compute(some, short.window, serves)
                rows += replace_costs(connection, short.window, costs, at)
                left.difference_update(costs, batch.failed)
        return Settled(rows, batch.failed), sorted(left)

    def settle_within(
        self, watch: int, changed: datetime, at: datetime, connection: Connection
    ) -> Settled:
        """Settle one watch by the long window; also what a rebuild is writing of it meanwhile.

        In a transaction of the caller's, who may undo it all.
        """
        batch = locked(connection, [watch], self._facts, self._zone)
        rows = {}
        if watch in batch.members:
            for shelf in batch.shelves(watch):
                span = batch.window(watch, shelf, changed)
                costs = batch.compute([watch], span)
                rows[shelf] = replace_costs(connection, span, costs, at, shelf)
        return Settled(rows.get(Shelf.LIVE, 0), batch.failed)


def _dates(wall: BusinessDay, pair: datetime | None, since: date, at: datetime) -> Window:
    """Return the window of whole days around dates of any zone: to a pair point, or to now."""
    first, last = since - _ONE_DAY, wall.date_of(pair or at) + _ONE_DAY
    begins, ends = wall.starts(first), wall.ends(last)
    return Window(begins, begins, begins, begins, first, ends, last)


def _parts(watches: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(watches), _AT_ONCE):
        yield watches[first : first + _AT_ONCE]
