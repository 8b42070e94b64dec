"""Business dates: days in a site's own time zone, as aware UTC moments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


def is_working_day(day: date) -> bool:
    """Whether a day is neither Saturday nor Sunday; holidays are not known."""
    return day.weekday() < _SATURDAY


def next_working_day(day: date) -> date:
    """Return the first day after `day` that is neither Saturday nor Sunday.

    >>> next_working_day(date(2026, 3, 6)).isoformat()  # a Friday
    '2026-03-09'
    """
    following = day + timedelta(days=1)
    return following if is_working_day(following) else next_working_day(following)


_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class BusinessDay:
    """Turns moments into business dates and back.

    `settles_at` is the local time of the next day from which a date's figures count as final
    (Kakao: 08:00).
    """

    zone: ZoneInfo
    settles_at: time = time(8)

    @classmethod
    def of(cls, zone: str, settles_at: time) -> BusinessDay:
        """Return the business day of a site from what its class declares."""
        return cls(ZoneInfo(zone), settles_at)

    def date_of(self, moment: datetime) -> date:
        """Return the date on the wall of the site at `moment`."""
        return moment.astimezone(self.zone).date()

    def starts(self, day: date) -> datetime:
        """Return the midnight that begins `day`, in UTC."""
        return _on_the_wall(day, time(), self.zone)

    def ends(self, day: date) -> datetime:
        """Return the midnight that ends `day`, in UTC."""
        return self.starts(day + timedelta(days=1))

    def settled(self, day: date) -> datetime:
        """Return the moment from which a reading of `day` is final, in UTC."""
        return _on_the_wall(day + timedelta(days=1), self.settles_at, self.zone)

    def is_final(self, day: date, slot_at: datetime) -> bool:
        """Whether a reading of `day` made in the slot `slot_at` is the settled figure."""
        return slot_at >= self.settled(day)


@lru_cache(maxsize=4096)
def _on_the_wall(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return a moment in UTC: there are few, and they are asked for with every reading."""
    return datetime.combine(day, at, zone).astimezone(UTC)
