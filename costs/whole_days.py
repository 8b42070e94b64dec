"""Dates of which only the final figures exist: nobody read them on the day, somebody did later.

Such a date has no slots and no hours, and none are made up for it; its figures of the whole date
are all that is known. A date that an interval reaches has hours, and is none of these.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from costs.flag import Flag
from costs.pairing import Pairing
from costs.part import Part, total
from costs.rows import DayCost, HourCost, unit_cost
from costs.span import Span
from costs.terms import decimal
from costs.track import Track
from domain.business_day import BusinessDay

_TICK = timedelta.resolution


class Lack(StrEnum):
    """Why the figure of a member is not known for a date as a whole."""

    OTHER_DAY = "other_day"
    """Its site's date is another stretch of time."""
    PART = "part"
    """It joined or left on that date."""
    LEVEL = "level"
    """Its metric has no figure of a date."""
    NOT_READ = "not_read"
    """Nobody read its final figure, or the page did not list it."""


def whole_days(pairing: Pairing, hours: Iterable[HourCost], zone: ZoneInfo) -> tuple[DayCost, ...]:
    """Return the dates without any hour whose spend is known as a whole, ascending.

    Each member has to hold from midnight to midnight, and to have a final figure of the date:
    what came before a member joined cannot be told apart. Where that is so of the spend only, it
    is unpaired.
    """
    measured = {hour.business_date for hour in hours}
    dates = {day for track in pairing.spend for day in track.final}
    wall = BusinessDay(zone)
    return tuple(_days(pairing, sorted(dates - measured), wall))


def _days(pairing: Pairing, dates: Iterable[date], wall: BusinessDay) -> Iterator[DayCost]:
    for day in dates:
        spend, results = _parts(pairing.spend, day, wall), _parts(pairing.results, day, wall)
        if spend:
            yield _day(day, spend, results)


def _day(day: date, spend: list[Part], results: list[Part] | None) -> DayCost:
    spent = total(part.amount for part in spend)
    flags = frozenset({Flag.DAY_ONLY})
    if not results:
        return DayCost(day, None, None, None, spent, flags | {Flag.ONE_SIDED}, False)
    basis = decimal(sum(part.basis for part in spend))
    gained = total(part.amount for part in results)
    cost = unit_cost(basis, gained)
    net = decimal(sum(part.net for part in spend))
    return DayCost(day, spent, gained, cost, 0, flags, True, net, basis)


def _parts(tracks: Iterable[Track], day: date, wall: BusinessDay) -> list[Part] | None:
    """Return the final figures of a side's members; None: one of them is not known as a whole."""
    parts = []
    for track in tracks:
        span = _span(track, day)
        if not _touches(track, span):
            continue
        if lack_of(track, day, wall) is not None:
            return None
        parts.append(track.part(0, track.final[day], span.end - _TICK, span))
    return parts


def lack_of(track: Track, day: date, wall: BusinessDay) -> Lack | None:
    """Return why a member's figure of a date is not known; None: it is, or it was no member."""
    span = _span(track, day)
    if not _touches(track, span):
        return None
    if span != Span(wall.starts(day), wall.ends(day)):
        return Lack.OTHER_DAY
    if not _holds(track, span):
        return Lack.PART
    if not track.daily:
        return Lack.LEVEL
    return None if day in track.final else Lack.NOT_READ


def _span(track: Track, day: date) -> Span:
    return Span(track.day.starts(day), track.day.ends(day))


def _touches(track: Track, span: Span) -> bool:
    return any(
        member.valid_from < span.end and (member.valid_to is None or member.valid_to > span.begin)
        for member in track.members
    )


def _holds(track: Track, span: Span) -> bool:
    """Whether its memberships hold all of the span, one after the other."""
    held_to: datetime | None = span.begin
    for member in track.members:  # oldest first
        if held_to is not None and member.valid_from <= held_to:
            held_to = None if member.valid_to is None else max(held_to, member.valid_to)
    return held_to is None or held_to >= span.end
