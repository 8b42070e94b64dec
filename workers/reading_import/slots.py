"""At which slots the values of a file count as readings. Pure.

A running figure at 14:20 is a reading of that slot, and what the hour 14 brought ends at 15:00.
A figure of a whole date began with 0 at its midnight and was reached when the date ended: two
readings between which the whole of it lies, where the other sides of its watches were read at
these midnights too. It is also the date's final figure. So the sums of the date are exact, and
those of its hours, shared by time, are marked `estimated`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate

from domain.business_day import BusinessDay
from domain.metric import MetricKind
from domain.reading import Reading
from workers.reading_import.brought import Brought, Grain

HOURS = 24


def known_from(one: Brought, business: BusinessDay) -> datetime:
    """Return the moment before which the value cannot have been known."""
    if one.time is not None:
        return _wall(one.day, one.time, business)
    if one.hour is not None and one.hour < HOURS - 1:
        return _wall(one.day, time(one.hour + 1), business)
    return business.settled(one.day) if _is_daily(one) else business.ends(one.day)


def readings_of(
    found: Sequence[Brought], business: BusinessDay, meets: Collection[datetime]
) -> tuple[Reading, ...]:
    """Return the readings of one date of one series; `found` ascends by hour or time.

    `meets` are the slots at which the figure of a whole date meets the other sides; empty: where
    the date ends.
    """
    if found[0].grain is Grain.MOMENT:
        return tuple(_reading(one, known_from(one, business)) for one in found)
    if found[0].grain is Grain.DAY:
        slots = sorted(meets) or [business.ends(found[0].day)]
        ends = [(found[0], slot_at, found[0].value) for slot_at in slots]
        return tuple(_whole(found, ends, business, is_over=True))
    values = [one.value for one in found]
    so_far = accumulate(values) if _is_daily(found[0]) else values
    ends = [
        (one, _hour_end(one, business), value) for one, value in zip(found, so_far, strict=True)
    ]
    return tuple(_whole(found, ends, business, is_over=len(found) == HOURS))


def _whole(
    found: Sequence[Brought],
    ends: Sequence[tuple[Brought, datetime, int]],
    business: BusinessDay,
    *,
    is_over: bool,
) -> Iterator[Reading]:
    """Yield where the figure stood: at midnight, at the ends, and for good where it is over."""
    if _is_daily(found[0]):
        yield _reading(found[0], business.starts(found[0].day), 0)
    for one, slot_at, value in ends:
        yield _reading(one, slot_at, value)
    if is_over and _is_daily(found[0]):
        last, _, value = ends[-1]
        yield _reading(last, business.settled(last.day), value)


def _reading(one: Brought, slot_at: datetime, value: int | None = None) -> Reading:
    figure = one.value if value is None else value
    shown = f"{one.cell.value} ({one.cell.where})"
    return Reading(
        one.target.entity, one.target.metric.name, one.day, figure, slot_at, slot_at, shown
    )


def _is_daily(one: Brought) -> bool:
    return one.target.metric.kind is MetricKind.DAILY_CUMULATIVE


def _hour_end(one: Brought, business: BusinessDay) -> datetime:
    assert one.hour is not None
    if one.hour == HOURS - 1:
        return business.ends(one.day)
    return _wall(one.day, time(one.hour + 1), business)


def _wall(day: date, at: time, business: BusinessDay) -> datetime:
    return business.starts(day) + timedelta(hours=at.hour, minutes=at.minute)
