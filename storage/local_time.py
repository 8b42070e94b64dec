"""A moment on the wall of a time zone, in SQL: for views that people and BI tools read.

Servers know the names of time zones only where somebody loaded them, so the changes of the
clock are written out, for the years in which somebody may look at the rows.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

_FIRST, _LAST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2041, 1, 1, tzinfo=UTC)
_STEP = timedelta(minutes=30)


def local_time(column: str, zone: ZoneInfo, dialect: str) -> str:
    """Return the expression of `column`, a moment in UTC, in `zone`.

    >>> local_time("r.slot_at", ZoneInfo("Asia/Seoul"), "mysql")
    'DATE_ADD(r.slot_at, INTERVAL 32400 SECOND)'
    >>> local_time("r.slot_at", ZoneInfo("Asia/Seoul"), "sqlite")
    "datetime(r.slot_at, (32400) || ' seconds')"
    """
    seconds = _seconds(column, zone)
    if dialect == "sqlite":
        return f"datetime({column}, ({seconds}) || ' seconds')"
    return f"DATE_ADD({column}, INTERVAL {seconds} SECOND)"


def _seconds(column: str, zone: ZoneInfo) -> str:
    changes = _changes(zone)
    first = _offset(_FIRST, zone)
    if not changes:
        return str(first)
    whens = "".join(
        f" WHEN {column} >= '{at:%Y-%m-%d %H:%M:%S}' THEN {_offset(at, zone)}"
        for at in reversed(changes)
    )
    return f"CASE{whens} ELSE {first} END"


@cache
def _changes(zone: ZoneInfo) -> tuple[datetime, ...]:
    """Return the moments at which the zone's clocks are changed, in UTC, in their order."""
    days = (_FIRST + timedelta(days=number) for number in range((_LAST - _FIRST).days))
    return tuple(
        _change_within(day, zone)
        for day in days
        if _offset(day, zone) != _offset(day + timedelta(days=1), zone)
    )


def _change_within(day: datetime, zone: ZoneInfo) -> datetime:
    at = day
    while _offset(at, zone) == _offset(day, zone):
        at += _STEP
    return at


def _offset(at: datetime, zone: ZoneInfo) -> int:
    offset = at.astimezone(zone).utcoffset()
    assert offset is not None
    return round(offset.total_seconds())
