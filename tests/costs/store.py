"""What storage does with the calculator, in memory: rows by their natural keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

from costs.calculator import settle
from costs.days import days_of
from costs.member import Member
from costs.rows import DayCost, HourCost, SlotCost, WatchCosts
from costs.short_window import short_window
from costs.watch_series import WatchSeries
from costs.window import Window, changed_at, window
from domain.reading import Reading


def rows_of(costs: WatchCosts) -> tuple[object, ...]:
    """Return what storage keeps of a computation: slots, hours, and the days they add up to."""
    return costs.slots, costs.hours, days_of(costs)


class Store:
    """Settles bit by bit.

    Memberships become known as time goes on: they open and close with the newest slot. With
    `short` it tries a short window first; `shortened` counts how often that was enough.
    """

    def __init__(self, watch: WatchSeries, *, short: bool = False) -> None:
        self.watch = watch
        self.short = short
        self.shortened = 0
        self.members: tuple[Member, ...] = ()
        self.readings: list[Reading] = []
        self.slots: dict[datetime, SlotCost] = {}
        self.hours: dict[datetime, HourCost] = {}
        self.final_dates: frozenset[date] = frozenset()
        self.whole_days: dict[date, DayCost] = {}

    def everything(self) -> WatchSeries:
        return replace(self.watch, members=self.members, readings=tuple(self.readings))

    def settle(self, batch: list[Reading]) -> None:
        self.readings += batch
        days = self.watch.days
        moved = [changed_at(reading, days[reading.entity.site]) for reading in batch]
        changed = min([*moved, *self._open_and_close()])
        span = self._short(changed) or window(
            changed, self._pair_point_before, days.values(), self.watch.zone
        )
        fresh = settle(replace(self.everything(), readings=self._loaded(span)), span)
        self.slots = {at: row for at, row in self.slots.items() if at <= span.replace_after}
        kept = {at: row for at, row in self.hours.items() if at < span.hours_from}
        gone = (row for at, row in self.hours.items() if at not in kept)
        touched = {row.business_date for row in (*fresh.hours, *gone)}
        self.slots |= {row.slot_at: row for row in fresh.slots}
        self.hours = kept | {row.hour_at: row for row in fresh.hours}
        self.final_dates = fresh.final_dates | (self.final_dates - touched)
        measured = {row.business_date for row in kept.values()}
        fresh_days = (row for row in fresh.whole_days if row.business_date not in measured)
        earlier = (row for day, row in self.whole_days.items() if day < span.first_date)
        self.whole_days = {row.business_date: row for row in (*earlier, *fresh_days)}

    def _short(self, changed: datetime) -> Window | None:
        days = self.watch.days.values()
        found = short_window(changed, self._pair_point_before, days, self.watch.zone, self.members)
        if not self.short or found is None:
            return None
        if not found.holds(self._loaded(found.window), self.watch.days):
            return None
        self.shortened += 1
        return found.window

    def _loaded(self, span: Window) -> tuple[Reading, ...]:
        return tuple(one for one in self.readings if one.slot_at >= span.load_since)

    def _open_and_close(self) -> list[datetime]:
        """Bring the memberships up to date and return the moments that became known."""
        now = max(reading.slot_at for reading in self.readings)
        before = self.members
        self.members = tuple(
            replace(m, valid_to=m.valid_to if m.valid_to and m.valid_to <= now else None)
            for m in self.watch.members
            if m.valid_from <= now
        )
        opened = {replace(member, valid_to=None) for member in before}
        fresh = [member for member in self.members if member not in before]
        return [
            m.valid_to if m.valid_to and replace(m, valid_to=None) in opened else m.valid_from
            for m in fresh
        ]

    def costs(self) -> WatchCosts:
        return WatchCosts(
            tuple(self.slots[at] for at in sorted(self.slots)),
            tuple(self.hours[at] for at in sorted(self.hours)),
            self.final_dates,
            tuple(self.whole_days[day] for day in sorted(self.whole_days)),
        )

    def _pair_point_before(self, moment: datetime) -> datetime | None:
        pairs = (row.slot_at for row in self.slots.values() if row.is_pair_point)
        return max((slot_at for slot_at in pairs if slot_at < moment), default=None)
