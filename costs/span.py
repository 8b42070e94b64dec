"""A stretch of time into which an amount falls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.business_day import BusinessDay


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """From `begin` to `end`; where both are the same, a moment within the hour that is meant."""

    begin: datetime
    end: datetime


def within(day: BusinessDay, date_: date, span: Span) -> Span:
    """Clip `span` to a business date.

    What the page books on a date that the clock has already left (a late midnight) belongs to
    the date's last hour; what it books on a date that has only just begun, to the first.
    """
    midnight, following = day.starts(date_), day.starts(date_ + timedelta(days=1))
    begin, end = max(span.begin, midnight), min(span.end, following)
    if begin < end:
        return Span(begin, end)
    moment = midnight if span.end <= midnight else following - timedelta.resolution
    return Span(moment, moment)
