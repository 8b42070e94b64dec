"""Which sessions a person has to renew before the next working day is over.

A program signs a login in again by itself where it may type a password and its last session came
that way. Every other end is known beforehand, and costs a night's numbers if nobody is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.business_day import next_working_day
from storage.session_ends import SessionEnd, SessionEnds
from workers.house import House

ONLY_PERSON = "no password is stored"
BY_PERSON = "its session was begun by a person"


def in_good_time(now: datetime, zone: ZoneInfo) -> datetime:
    """Return until when a session has to last so that nobody need act today: midnight after the
    next working day."""
    day = next_working_day(now.astimezone(zone).date()) + timedelta(days=1)
    return datetime.combine(day, time(), zone)


def ends_too_early(left: timedelta, now: datetime, zone: ZoneInfo) -> bool:
    """Whether a session that lasts so long from `now` has to be renewed at the next chance."""
    return now + left < in_good_time(now, zone)


def for_a_person(house: House, now: datetime) -> Iterator[tuple[SessionEnd, str]]:
    """Yield the sessions that end too early at `now`, and why no program renews them."""
    span = in_good_time(now, house.settings.zone) - now
    for end in SessionEnds(house.engine).within(span):
        if not end.has_password:
            yield end, ONLY_PERSON
        elif not end.begun_by_program:
            yield end, BY_PERSON
