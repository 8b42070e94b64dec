"""Unit costs of some days of a watch, computed from nothing but readings.

What was computed before is not asked, so that a fault in it cannot live on. Read are the business
dates and a few around them: the intervals that reach into these days begin and end at pair
points, and those have to be found. Where they lie further away, more is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from costs.calculator import compute
from costs.rows import WatchCosts
from costs.watch_series import WatchSeries
from domain.business_day import BusinessDay
from storage.dated_readings import Dates, count_of, readings_of
from storage.money_terms import money_terms
from storage.site_facts import SiteFacts
from storage.watches import MemberRecord, members_of

_ONE_DAY = timedelta(days=1)
_MARGIN = 3 * _ONE_DAY
_WIDER = 14 * _ONE_DAY
_BEGINNING, _END = date(2000, 1, 1), date(9999, 1, 1)
_PAIRS_BEFORE = 2


@dataclass(frozen=True, slots=True)
class Basis:
    """What days were computed from: it differs as soon as something of that does."""

    members: tuple[MemberRecord, ...]
    dates: Dates
    readings: int


@dataclass(frozen=True, slots=True)
class DatedCosts:
    """Rows of the days that were asked for, and of some around them, which may be incomplete."""

    costs: WatchCosts
    basis: Basis
    series: WatchSeries
    """What was handed to the calculator."""

    def between(self, begins: datetime, ends: datetime, wall: BusinessDay) -> WatchCosts:
        """Return the rows of whole days; the slot at their first midnight is of the day before."""
        dates = wall.date_of(begins), wall.date_of(ends)
        return WatchCosts(
            slots=tuple(row for row in self.costs.slots if begins < row.slot_at <= ends),
            hours=tuple(row for row in self.costs.hours if begins <= row.hour_at < ends),
            final_dates=frozenset(d for d in self.costs.final_dates if dates[0] <= d < dates[1]),
            whole_days=tuple(
                row for row in self.costs.whole_days if dates[0] <= row.business_date < dates[1]
            ),
        )


@dataclass(frozen=True, slots=True)
class CostComputer:
    """Computes days of watches; hours are cut in `zone`.

    With `known_by` (business time) it computes what was known then: readings that had come by
    then, members as they stood, none of whom had left later.
    """

    facts: SiteFacts
    zone: ZoneInfo
    known_by: datetime | None = None

    @property
    def wall(self) -> BusinessDay:
        """The days of the zone."""
        return BusinessDay(self.zone)

    def costs(self, connection: Connection, watch_id: int, since: date, until: date) -> DatedCosts:
        """Return what the readings give for the days [since, until] of the zone.

        Raises:
            UnknownName: a member's site or metric is not among the facts.
            CostsError: the readings contradict each other.
        """
        members = self._members(connection, watch_id)
        self.facts.require(members)
        pairs = frozenset((member.entity_id, member.metric) for member in members)
        dates = Dates(pairs, since - _MARGIN, until + _MARGIN, self.known_by)
        while True:
            # Counted before they are read: what comes in between is noticed by the count.
            basis = Basis(members, dates, count_of(connection, dates) if pairs else 0)
            series = self._series(connection, watch_id, basis)
            costs = compute(series)
            wider = self._wider(costs, basis, since, until)
            if wider == dates:
                return DatedCosts(costs, basis, series)
            dates = wider

    def is_unchanged(self, connection: Connection, watch_id: int, basis: Basis) -> bool:
        """Whether the same would be computed now: readings are only ever added."""
        members = self._members(connection, watch_id)
        return members == basis.members and basis.readings == (
            count_of(connection, basis.dates) if basis.dates.pairs else 0
        )

    def _members(self, connection: Connection, watch_id: int) -> tuple[MemberRecord, ...]:
        members = members_of(connection, watch_id)
        return members if self.known_by is None else tuple(_known(members, self.known_by))

    def _series(self, connection: Connection, watch_id: int, basis: Basis) -> WatchSeries:
        return WatchSeries(
            members=tuple(self.facts.member(member) for member in basis.members),
            readings=readings_of(connection, basis.dates) if basis.dates.pairs else (),
            days=self.facts.days,
            zone=self.zone,
            money=money_terms(connection, [watch_id])[watch_id],
        )

    def _wider(self, costs: WatchCosts, basis: Basis, since: date, until: date) -> Dates:
        """Return which dates have to be read for every row of the days to be right.

        The first date only helps to judge the jumps of the second, and a held reading may stand
        at the last pair point before the days: so there have to be two.
        """
        dates = basis.dates
        sites = {member.entity.site for member in basis.members}
        if not sites:
            return dates
        sound = max(self.facts.days[site].starts(dates.since + _ONE_DAY) for site in sites)
        pairs = [row.slot_at for row in costs.slots if row.is_pair_point and row.slot_at >= sound]
        before = [slot_at for slot_at in pairs if slot_at <= self.wall.starts(since)]
        first, last = dates.since, dates.until
        if len(before) < _PAIRS_BEFORE:
            first = max(_BEGINNING, since - _WIDER if first > since - _WIDER else _BEGINNING)
        if not pairs or pairs[-1] <= self.wall.ends(until):
            last = _END
        return replace(dates, since=first, until=last)


def _known(members: Iterable[MemberRecord], by: datetime) -> Iterable[MemberRecord]:
    for one in members:
        if (one.known_at or one.valid_from) <= by:
            left = one.valid_to is not None and one.valid_to <= by
            born = one.born_after is not None and one.born_after <= by
            yield replace(
                one,
                valid_to=one.valid_to if left else None,
                born_after=one.born_after if born else None,
            )
