"""The rows behind where watches stand: each kind asked for once, for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from costs.hours import hour_of
from costs.rows import DayCost, Glance, HourCost, SlotCost
from costs.spend_pacing import HourSpend, SpendPacing, days_alike, spend_pacing
from domain.business_day import BusinessDay
from reports.amounts import UNMEASURED, Amounts, amounts_of_one
from reports.costs import Costs

LAST_HOUR = timedelta(hours=1)
SPARK_HOURS = 24
_HOUR = timedelta(hours=1)
_ONE_DAY = timedelta(days=1)
_TICK = timedelta.resolution
_UNSEEN = Glance()

Days = Mapping[date, tuple[DayCost, ...]]


@dataclass(frozen=True, slots=True)
class StandingRows:
    """The rows of each watch, by its key."""

    now: datetime
    day: BusinessDay
    slots: Mapping[int, tuple[SlotCost, ...]]
    hours: Mapping[int, tuple[HourCost, ...]]
    """Those that are compared, whichever of two hours holds the newest reading."""
    glances: Mapping[int, Mapping[datetime, Glance]]
    days: Mapping[int, tuple[DayCost, ...]]
    spent: Mapping[int, Mapping[date, tuple[HourSpend, ...]]]
    """The spend of today and of the days that say what is usual for it."""
    read_at: Mapping[int, datetime]

    @classmethod
    def read(
        cls, costs: Costs, watches: frozenset[int], now: datetime, day: BusinessDay
    ) -> StandingRows:
        """Ask for the rows: six queries at most."""
        today = day.date_of(now)
        # The hour of the newest reading is the running one or the one before it.
        earlier, running = hour_of(now - LAST_HOUR, day.zone), hour_of(now, day.zone)
        compared = set[datetime]()
        for hour_at in (earlier, running):
            alike = (days_before(hour_at, day, back) for back in (1, 7))
            compared |= {hour_at, hour_at - _HOUR, *alike}
        slots = costs.slots(watches, now - LAST_HOUR, now)
        return cls(
            now,
            day,
            slots,
            costs.hours_at(watches, compared),
            costs.glances(watches, earlier - (SPARK_HOURS - 1) * _HOUR, now),
            costs.days(watches, today - _ONE_DAY, today),
            costs.spend_around(watches, (today, *days_alike(today)), now.astimezone(day.zone).hour),
            _read_at(costs, watches, slots, now),
        )

    def clock(self, watch: int) -> ClockHours:
        """Return the hours of one watch around that of its newest reading."""
        slots = self.slots.get(watch, ())
        newest = slots[-1].slot_at - _TICK if slots else self.now
        hours = {one.hour_at: one for one in self.hours.get(watch, ())}
        glances = self.glances.get(watch, {})
        return ClockHours(hour_of(newest, self.day.zone), self.day, hours, glances)

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
        spent, at = self.spent.get(watch, {}), slots[-1].slot_at
        alike = [spent[day] for day in days_alike(today) if day in spent]
        return spend_pacing(spent.get(today, ()), alike, at, self.day.zone, daily_budget)


def _read_at(
    costs: Costs,
    watches: frozenset[int],
    slots: Mapping[int, tuple[SlotCost, ...]],
    now: datetime,
) -> Mapping[int, datetime]:
    """Return the newest pair point of each watch; only those that lie back are asked for."""
    fresh = {
        watch: max(pairs)
        for watch, some in slots.items()
        if (pairs := [one.slot_at for one in some if one.is_pair_point])
    }
    late = watches - fresh.keys()
    return {**fresh, **costs.last_pair_points(late, now)} if late else fresh


@dataclass(frozen=True, slots=True)
class ClockHours:
    """The hours of one watch by their beginning, and the one to compare with others."""

    hour_at: datetime
    day: BusinessDay
    hours: Mapping[datetime, HourCost]
    glances: Mapping[datetime, Glance]

    def at(self, hour_at: datetime) -> Amounts:
        """Return what an hour cost."""
        found = self.hours.get(hour_at)
        return UNMEASURED if found is None else amounts_of_one(found)

    def days_before(self, days: int) -> Amounts:
        """Return what the same hour on the wall cost so many days earlier."""
        return self.at(days_before(self.hour_at, self.day, days))

    def spark(self) -> tuple[Glance, ...]:
        """Return the last hours, up to the one to compare, oldest first."""
        shown = (self.hour_at - back * _HOUR for back in reversed(range(SPARK_HOURS)))
        return tuple(self.glances.get(hour_at, _UNSEEN) for hour_at in shown)


def days_before(hour_at: datetime, day: BusinessDay, days: int) -> datetime:
    """Return the beginning of the same hour on the wall so many days earlier."""
    wall = hour_at.astimezone(day.zone)
    there = datetime.combine(wall.date() - timedelta(days=days), time(wall.hour), day.zone)
    return hour_of(there, day.zone)
