"""The rows behind where watches stand: each kind asked for once, for all of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from costs.hours import hour_of
from costs.rows import DayCost, HourCost, SlotCost
from costs.spend_pacing import SpendPacing, days_alike, spend_pacing
from domain.business_day import BusinessDay
from reports.amounts import UNMEASURED, Amounts, amounts_of
from reports.costs import Costs

LAST_HOUR = timedelta(hours=1)
_HOUR = timedelta(hours=1)
_ONE_DAY = timedelta(days=1)
_TICK = timedelta.resolution

Days = Mapping[date, tuple[DayCost, ...]]


@dataclass(frozen=True, slots=True)
class StandingRows:
    """The rows of each watch, by its key."""

    now: datetime
    day: BusinessDay
    slots: Mapping[int, tuple[SlotCost, ...]]
    hours: Mapping[int, tuple[HourCost, ...]]
    last_week: Mapping[int, tuple[HourCost, ...]]
    days: Mapping[int, tuple[DayCost, ...]]
    alike: Mapping[int, tuple[HourCost, ...]]
    """The spend of the days that say what is usual for today."""
    read_at: Mapping[int, datetime]

    @classmethod
    def read(
        cls, costs: Costs, watches: frozenset[int], now: datetime, day: BusinessDay
    ) -> StandingRows:
        """Ask for the rows: six queries."""
        today = day.date_of(now)
        # The hour of the newest reading is the running one or the one before it.
        earliest = hour_of(now - LAST_HOUR, day.zone)
        week_ago = days_before(earliest, day, 7)
        hour = now.astimezone(day.zone).hour
        return cls(
            now,
            day,
            costs.slots(watches, now - LAST_HOUR, now),
            costs.hours(watches, days_before(earliest, day, 1), now),
            costs.hours(watches, week_ago, week_ago + 2 * _HOUR),
            costs.days(watches, today - _ONE_DAY, today),
            costs.spend_around(watches, days_alike(today), hour),
            costs.last_pair_points(watches, now),
        )

    def clock(self, watch: int) -> ClockHours:
        """Return the hours of one watch around that of its newest reading."""
        slots = self.slots.get(watch, ())
        newest = slots[-1].slot_at - _TICK if slots else self.now
        hours = (*self.hours.get(watch, ()), *self.last_week.get(watch, ()))
        return ClockHours(
            hour_of(newest, self.day.zone), self.day, {one.hour_at: one for one in hours}
        )

    def days_of(self, watch: int) -> Days:
        """Return the rows of yesterday and today by their date."""
        return {one.business_date: (one,) for one in self.days.get(watch, ())}

    def is_provisional(self, watch: int, on: date) -> bool:
        """Whether a date may still change: it has not settled, or a figure of it is awaited."""
        found = self.days_of(watch).get(on)
        return not found[0].is_final if found else self.now < self.day.settled(on)

    def pacing(self, watch: int, daily_budget: int | None) -> SpendPacing:
        """Return the usual share of a day's spend by the newest reading, and where today ends."""
        slots, today = self.slots.get(watch, ()), self.day.date_of(self.now)
        if not slots or self.day.date_of(slots[-1].slot_at) != today:
            return SpendPacing()
        weeks: defaultdict[date, list[HourCost]] = defaultdict(list)
        for one in self.alike.get(watch, ()):
            weeks[one.business_date].append(one)
        hours = [one for one in self.hours.get(watch, ()) if one.business_date == today]
        at, alike = slots[-1].slot_at, tuple(weeks.values())
        return spend_pacing(hours, alike, at, self.day.zone, daily_budget)


@dataclass(frozen=True, slots=True)
class ClockHours:
    """The hours of one watch by their beginning, and the one to compare with others."""

    hour_at: datetime
    day: BusinessDay
    hours: Mapping[datetime, HourCost]

    def at(self, hour_at: datetime) -> Amounts:
        """Return what an hour cost."""
        found = self.hours.get(hour_at)
        return UNMEASURED if found is None else amounts_of([found])

    def days_before(self, days: int) -> Amounts:
        """Return what the same hour on the wall cost so many days earlier."""
        return self.at(days_before(self.hour_at, self.day, days))

    def spark(self, hours: int) -> tuple[Amounts, ...]:
        """Return the last hours, up to the one to compare, oldest first."""
        return tuple(self.at(self.hour_at - back * _HOUR) for back in reversed(range(hours)))


def days_before(hour_at: datetime, day: BusinessDay, days: int) -> datetime:
    """Return the beginning of the same hour on the wall so many days earlier."""
    wall = hour_at.astimezone(day.zone)
    there = datetime.combine(wall.date() - timedelta(days=days), time(wall.hour), day.zone)
    return hour_of(there, day.zone)
