"""What one member adds to an interval (begin, end] of its watch.

Signed differences by business date, as the page writes the date: never "a fall is a reset".
Over midnight a daily figure gives yesterday's tail (final figure less the last reading, awaited
until the final figure is read), whole dates between, and today's value. The parts of one date
therefore always add up to its last value, or to its final one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from costs.flag import Flag
from costs.part import Part
from costs.span import Span, within
from costs.track import Track
from domain.metric import MetricKind
from domain.reading import Reading


@dataclass(frozen=True, slots=True)
class Delta:
    """`paired` lies wholly in the interval; `unpaired` began at a moment nobody knows."""

    paired: tuple[Part, ...] = ()
    unpaired: tuple[Part, ...] = ()
    flags: frozenset[Flag] = frozenset()


@dataclass(frozen=True, slots=True)
class _Mark:
    """A value from which a difference is taken, and its business date."""

    day: date
    value: int


def delta(track: Track, begin: datetime, end: datetime) -> Delta:
    """Return what the member adds over (begin, end].

    A member that left in between counts up to its last reading before it left; one without a
    reading at `begin` counts from zero if it was born since, else its first reading is a
    baseline.
    """
    own = track.between(begin, end)
    left = _left(track, begin, end)
    if not own:
        return Delta(flags=left)
    start = track.current.get(begin)
    if start is not None:
        paired = _parts(track, _Mark(start.business_date, start.value), own[-1], begin)
        return Delta(paired, (), left | _corrected(track, paired))
    before = track.last_of(own[0].business_date, begin)
    if before is None and track.daily and track.born_after and track.born_after >= begin:
        birth = min(track.day.date_of(track.born_after), own[-1].business_date)
        paired = _parts(track, _Mark(birth, 0), own[-1], begin)
        return Delta(paired, (), left | {Flag.JOINED} | _corrected(track, paired))
    unpaired = _parts(track, _baseline(track, own, before), own[-1], begin)
    return Delta((), unpaired, left | {Flag.BASELINE} | _corrected(track, unpaired))


def today(track: Track, reading: Reading, begin: datetime) -> Part:
    """Return a daily figure as what came since `begin`, its midnight."""
    span = within(track.day, reading.business_date, Span(begin, reading.slot_at))
    return track.part(0, reading.value, _moment(track, reading.business_date, reading), span)


def _left(track: Track, begin: datetime, end: datetime) -> frozenset[Flag]:
    closed = (member.valid_to for member in track.members if member.valid_at(begin))
    gone = any(moment is not None and moment <= end for moment in closed)
    return frozenset({Flag.LEFT} if gone and not track.valid_at(end) else ())


def _corrected(track: Track, parts: tuple[Part, ...]) -> frozenset[Flag]:
    fell = any(part.amount is not None and part.amount < 0 for part in parts)
    net = track.metric.kind is MetricKind.GAUGE
    return frozenset({Flag.CORRECTION} if fell and not net else ())


def _baseline(track: Track, own: list[Reading], before: Reading | None) -> _Mark:
    """Return up to where the member was counted today, as far as it can be told."""
    first = own[0]
    if before is not None:
        return _Mark(first.business_date, before.value)
    return _Mark(first.business_date, 0 if track.daily else first.value)


def _parts(track: Track, start: _Mark, last: Reading, begin: datetime) -> tuple[Part, ...]:
    span = Span(begin, last.slot_at)
    if not track.daily:
        return (track.part(start.value, last.value, last.slot_at, span),)
    return tuple(
        Part(None, within(track.day, day, span))
        if after is None
        else track.part(before, after, _moment(track, day, last), within(track.day, day, span))
        for day, before, after in _dated(track, start, last)
    )


def _dated(track: Track, start: _Mark, last: Reading) -> Iterator[tuple[date, int, int | None]]:
    """Yield each business date from `start` to `last` with what it was and what it became."""
    day, counted = start.day, start.value
    while day < last.business_date:
        yield day, counted, track.final.get(day)
        day, counted = day + timedelta(days=1), 0
    yield day, counted, last.value


def _moment(track: Track, day: date, last: Reading) -> datetime:
    """Return the moment whose terms count for a date: its last, or the reading if it is earlier."""
    return min(last.slot_at, track.day.ends(day) - timedelta.resolution)
