"""Slots: the planned moments of reading, by default every 20 minutes on the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SLOT = timedelta(minutes=20)
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def slot_of(moment: datetime, every: timedelta = SLOT) -> datetime:
    """Return the last planned moment at or before `moment`.

    >>> slot_of(datetime(2026, 3, 3, 9, 39, 59, tzinfo=UTC)).strftime("%H:%M")
    '09:20'
    """
    return moment - (moment - _EPOCH) % every


def next_slot(moment: datetime, every: timedelta = SLOT) -> datetime:
    """Return the first planned moment after `moment`."""
    return slot_of(moment, every) + every
