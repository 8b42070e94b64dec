"""A month of the calendar, as accountants name it: 2026-03."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from domain.business_day import BusinessDay

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, order=True)
class Month:
    """Known by its first day."""

    first: date

    @classmethod
    def of(cls, day: date) -> Self:
        """Return the month of a date."""
        return cls(day.replace(day=1))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the month that people write as 2026-03.

        Raises:
            ValueError: it is none.

        >>> Month.parse("2026-02").last
        datetime.date(2026, 2, 28)
        """
        return cls(datetime.strptime(text, "%Y-%m").date())  # noqa: DTZ007 - a date, no moment

    @property
    def last(self) -> date:
        """Its last day."""
        return self.following.first - _ONE_DAY

    @property
    def following(self) -> Month:
        """The month after it."""
        return Month.of(self.first + 31 * _ONE_DAY)

    def begins(self, day: BusinessDay) -> datetime:
        """Return the midnight that begins it, in UTC."""
        return day.starts(self.first)

    def ends(self, day: BusinessDay) -> datetime:
        """Return the midnight that ends it, in UTC."""
        return day.ends(self.last)

    def __str__(self) -> str:
        """As people write it."""
        return f"{self.first:%Y-%m}"


def months(since: date, until: date) -> Iterator[Month]:
    """Yield every month that a date of [since, until] lies in.

    >>> [str(month) for month in months(date(2025, 12, 31), date(2026, 1, 1))]
    ['2025-12', '2026-01']
    """
    month = Month.of(since)
    while month.first <= until:
        yield month
        month = month.following
