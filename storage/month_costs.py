"""The unit costs of one month of a watch, computed from nothing but readings.

What was computed before is not asked, so that a fault in it cannot live on. Read are the business
dates of the month and a few around it: the intervals that reach into the month begin and end at
pair points, and these have to be found. Where they lie further away, more is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from costs.calculator import compute
from costs.rows import WatchCosts
from costs.watch_series import WatchSeries
from domain.business_day import BusinessDay
from domain.month import Month
from storage.dated_readings import Dates, count_of, readings_of
from storage.money_terms import money_terms
from storage.site_facts import SiteFacts
from storage.watches import MemberRecord, members_of

_ONE_DAY = timedelta(days=1)
_MARGINS = (3, 14)
_EVERYTHING = (date(2000, 1, 1), date(9999, 1, 1))
_PAIRS_BEFORE = 2


@dataclass(frozen=True, slots=True)
class Basis:
    """What a month was computed from: it differs as soon as something of that does."""

    members: tuple[MemberRecord, ...]
    dates: Dates
    readings: int


@dataclass(frozen=True, slots=True)
class MonthCosts:
    """The rows of one month of a watch."""

    costs: WatchCosts
    basis: Basis


@dataclass(frozen=True, slots=True)
class MonthReader:
    """Computes months of watches; hours are cut in `zone`."""

    facts: SiteFacts
    zone: ZoneInfo

    @property
    def wall(self) -> BusinessDay:
        """The days of the zone."""
        return BusinessDay(self.zone)

    def costs(self, connection: Connection, watch_id: int, month: Month) -> MonthCosts:
        """Return the month's rows as its readings give them.

        Raises:
            UnknownName: a member's site or metric is not among the facts.
            CostsError: the readings contradict each other.
        """
        members = members_of(connection, watch_id)
        self.facts.require(members)
        for since, until in _spans(month):
            # Counted before they are read: what comes in between is noticed by the count.
            dates = Dates(_pairs(members), since, until)
            basis = Basis(members, dates, count_of(connection, dates))
            costs = compute(self._series(connection, watch_id, basis))
            if self._reaches(costs, basis, month):
                break
        return MonthCosts(_cut(costs, month, self.wall), basis)

    def is_unchanged(self, connection: Connection, watch_id: int, basis: Basis) -> bool:
        """Whether the same would be computed now: readings are only ever added."""
        members = members_of(connection, watch_id)
        return members == basis.members and count_of(connection, basis.dates) == basis.readings

    def _series(self, connection: Connection, watch_id: int, basis: Basis) -> WatchSeries:
        return WatchSeries(
            members=tuple(self.facts.member(member) for member in basis.members),
            readings=readings_of(connection, basis.dates),
            days=self.facts.days,
            zone=self.zone,
            money=money_terms(connection, [watch_id])[watch_id],
        )

    def _reaches(self, costs: WatchCosts, basis: Basis, month: Month) -> bool:
        """Whether what was read is enough for every row of the month.

        The first date only helps to judge the jumps of the second, and a held reading may stand
        at the last pair point before the month: so there have to be two.
        """
        if (basis.dates.since, basis.dates.until) == _EVERYTHING or not basis.members:
            return True
        sites = {member.entity.site for member in basis.members}
        sound = max(self.facts.days[site].starts(basis.dates.since + _ONE_DAY) for site in sites)
        pairs = [row.slot_at for row in costs.slots if row.is_pair_point and row.slot_at >= sound]
        before = [slot_at for slot_at in pairs if slot_at <= month.begins(self.wall)]
        return len(before) >= _PAIRS_BEFORE and pairs[-1] > month.ends(self.wall)


def _spans(month: Month) -> Iterator[tuple[date, date]]:
    for margin in _MARGINS:
        yield month.first - margin * _ONE_DAY, month.last + margin * _ONE_DAY
    yield _EVERYTHING


def _pairs(members: tuple[MemberRecord, ...]) -> frozenset[tuple[int, str]]:
    return frozenset((member.entity_id, member.metric) for member in members)


def _cut(costs: WatchCosts, month: Month, wall: BusinessDay) -> WatchCosts:
    """Keep the rows of the month; the slot at its first midnight is of the month before."""
    begins, ends = month.begins(wall), month.ends(wall)
    return WatchCosts(
        slots=tuple(row for row in costs.slots if begins < row.slot_at <= ends),
        hours=tuple(row for row in costs.hours if begins <= row.hour_at < ends),
        final_dates=frozenset(d for d in costs.final_dates if Month.of(d) == month),
    )
