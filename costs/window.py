"""How far back costs must be computed again after something changed.

Storage asks `window` before it settles a watch, loads the readings from `load_since` on, calls
`costs.calculator.settle`, deletes the rows that `Window` names, and writes those it got. The
rows are then the same as if the whole watch had been computed from its beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from costs.hours import hour_of
from costs.rows import WatchCosts
from domain.business_day import BusinessDay
from domain.reading import Reading

_ONE_DAY = timedelta(days=1)
_TICK = timedelta.resolution

PairPointBefore = Callable[[datetime], datetime | None]
"""Answers with the last stored pair point (`SlotCost.is_pair_point`) strictly before a moment."""


@dataclass(frozen=True, slots=True)
class Window:
    """What to load and what to replace. All moments are UTC."""

    load_since: datetime
    """Readings with slot_at >= this are needed."""
    begins: datetime
    """The pair point to start from, or the midnight before which there was none."""
    replace_after: datetime
    """Slot rows with slot_at > this are deleted and written anew."""
    hours_from: datetime
    """Hour rows with hour_at >= this are deleted and written anew."""
    first_date: date = date.min
    """Dates without hours from this one, that of `hours_from`, on are written anew, too."""
    ends: datetime | None = None
    """Slot rows after this, and hour rows from it on, are left as they are; None: none is."""
    last_date: date = date.max
    """... and dates after this one."""

    def cut(self, costs: WatchCosts) -> WatchCosts:
        """Return the rows of a computation over this window that are to be written."""
        hours = tuple(row for row in costs.hours if row.hour_at >= self.hours_from)
        return WatchCosts(
            slots=tuple(row for row in costs.slots if row.slot_at > self.replace_after),
            hours=hours,
            final_dates=costs.final_dates & {row.business_date for row in hours},
            whole_days=tuple(
                row for row in costs.whole_days if row.business_date >= self.first_date
            ),
        )


def changed_at(reading: Reading, day: BusinessDay) -> datetime:
    """Return the moment before which a new or restated reading can change no slot's row.

    A final figure fills the interval that left its business date; no earlier one.
    """
    if day.is_final(reading.business_date, reading.slot_at):
        return day.starts(reading.business_date + _ONE_DAY)
    return reading.slot_at


def window(
    changed: datetime,
    pair_point_before: PairPointBefore,
    days: Collection[BusinessDay],
    zone: ZoneInfo,
) -> Window:
    """Return what to load and replace after a change at `changed` (the earliest of many).

    For readings `changed` is `changed_at`; for a membership the moment it opens or closes.
    """
    # The last reading before the change may have been held until this one judged it, so the
    # last pair point may fall or rise: begin at the one before.
    last = pair_point_before(changed)
    start = pair_point_before(last) if last else None
    if start is None:
        return _from_the_beginning(last or changed, days, zone)
    hours_from = _first_hour(start, days, zone)
    # Hours are sums over rows: all rows that touch them have to be computed as well.
    base = pair_point_before(hours_from)
    if base is None:
        return _from_the_beginning(hours_from, days, zone)
    return Window(needed_since(base, days), base, base, hours_from, _date(hours_from, zone))


def needed_since(slot_at: datetime, days: Collection[BusinessDay]) -> datetime:
    """Return the slot from which readings are needed for all rows after the pair point `slot_at`.

    That is the midnight before the date that a page could still show at that slot as today's:
    readings of the date before it serve the judgement of jumps.
    """
    return min(day.starts(_oldest_date(slot_at, day) - _ONE_DAY) for day in days)


def _from_the_beginning(moment: datetime, days: Collection[BusinessDay], zone: ZoneInfo) -> Window:
    """Return the window of a watch whose first pair point is not before the day of `moment`."""
    begin = min(day.starts(_oldest_date(moment, day)) for day in days)
    hours_from = hour_of(begin, zone)
    since = needed_since(begin, days)
    return Window(since, begin, begin - _TICK, hours_from, _date(hours_from, zone))


def _first_hour(slot_at: datetime, days: Collection[BusinessDay], zone: ZoneInfo) -> datetime:
    """Return the earliest hour into which an interval that begins at `slot_at` can reach.

    Where the page turned its day late, that is the last hour of the date before.
    """
    ends = [day.starts(_oldest_date(slot_at, day) + _ONE_DAY) - _TICK for day in days]
    return hour_of(min(slot_at, *ends), zone)


def _date(hour_at: datetime, zone: ZoneInfo) -> date:
    return hour_at.astimezone(zone).date()


def _oldest_date(slot_at: datetime, day: BusinessDay) -> date:
    """Return the oldest date of which a reading at `slot_at` is not yet final."""
    oldest = day.date_of(slot_at)
    while not day.is_final(oldest - _ONE_DAY, slot_at):
        oldest -= _ONE_DAY
    return oldest
