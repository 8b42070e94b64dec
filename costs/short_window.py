"""The window of an ordinary slot: a few slots of readings instead of two days of them.

`costs.window` is always right, and loads from the midnight before the oldest date that might
still be running. Nearly always the last pair points say as much: at each of them every member
was read. So the readings from the second pair point before the base on hold all that the judge
of jumps asks for (two predecessors), and final figures are always younger than the reading that
they complete. Where that cannot be told, there is no short window, and the other one serves.
The proof is a test: `tests/costs/test_every_history.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from costs.hours import hour_of
from costs.member import Member
from costs.window import PairPointBefore, Window
from domain.business_day import BusinessDay
from domain.reading import Reading


@dataclass(frozen=True, slots=True)
class ShortWindow:
    """A window that serves if the pages turned their day with the clock, as `holds` tells."""

    window: Window
    start: datetime
    """The pair point after which rows may change."""

    def holds(self, readings: Iterable[Reading], days: Mapping[str, BusinessDay]) -> bool:
        """Whether its rows fall into the hours that it replaces, and no others do.

        A page that turns its day late books what follows on the last hour of the date before,
        one that turns it early what came before on the first hour of the date to come.
        """
        ends = (self.window.begins, self.start)
        return all(
            _shows_the_date(reading, days[reading.entity.site])
            for reading in readings
            if reading.slot_at in ends
        )


def short_window(
    changed: datetime,
    pair_point_before: PairPointBefore,
    days: Collection[BusinessDay],
    zone: ZoneInfo,
    members: Collection[Member],
) -> ShortWindow | None:
    """Return the short window of a change, as `costs.window.window` returns the long one.

    None where the watch has too few pair points yet; where a member joined since the first of
    those that would be used, as what it showed before may lie further back; and where the date
    of the first hour has not begun yet at one of the sites: the change may end the date before.
    """
    last = pair_point_before(changed)
    start = pair_point_before(last) if last else None
    if start is None:
        return None
    hours_from = hour_of(start, zone)
    base = pair_point_before(hours_from)
    after = pair_point_before(base) if base else None
    since = pair_point_before(after) if after else None
    if base is None or since is None or any(member.valid_from > since for member in members):
        return None
    first = hours_from.astimezone(zone).date()
    if any(day.starts(first) > start for day in days):
        return None
    return ShortWindow(Window(since, base, base, hours_from, first), start)


def _shows_the_date(reading: Reading, day: BusinessDay) -> bool:
    """Whether a running figure stands under the date of its slot; a final one says nothing."""
    date = reading.business_date
    return date == day.date_of(reading.slot_at) or day.is_final(date, reading.slot_at)
