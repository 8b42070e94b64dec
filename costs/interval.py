"""The intervals of a watch, each with the parts that fall into it.

Between consecutive pair points lies one interval, however many slots were missed. Before the
first and after the last pair point there may be spend that has no counterpart; it stands in
intervals of its own and is never divided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, pairwise

from costs.delta import Delta, delta, today
from costs.flag import Flag
from costs.pairing import Pairing, at
from costs.part import Part
from costs.track import Track
from costs.watch_series import WatchSeries
from domain.reading import Reading

Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """(begin, slot_at] with its parts; `spend` and `results` are empty where nothing pairs."""

    begin: datetime
    slot_at: datetime
    spend: Parts = ()
    results: Parts = ()
    unpaired: Parts = ()
    flags: frozenset[Flag] = frozenset()


def intervals_of(watch: WatchSeries, pairing: Pairing) -> list[Interval]:
    """Return all intervals, ascending by slot."""
    found = list(_before(pairing))
    # What lies before the first wanted row is not only cut off later: it is often half the work.
    if pairing.pairs and (watch.rows_after is None or pairing.pairs[0] > watch.rows_after):
        found.append(_first(pairing, pairing.pairs[0]))
    found += [_between(pairing, begin, end) for begin, end in pairwise(pairing.pairs)]
    found += _after(pairing)
    return [_marked(watch, pairing, interval) for interval in found]


def _between(pairing: Pairing, begin: datetime, end: datetime) -> Interval:
    spend = [delta(track, begin, end) for track in pairing.spend]
    results = [delta(track, begin, end) for track in pairing.results]
    flags = frozenset(chain.from_iterable(each.flags for each in (*spend, *results)))
    paid, gained, unpaired = _paired(spend), _paired(results), _unpaired(spend)
    if paid and gained:
        return Interval(begin, end, paid, gained, unpaired, flags)
    return Interval(begin, end, unpaired=paid + unpaired, flags=flags)


def _after(pairing: Pairing) -> Iterator[Interval]:
    """Yield the spend since the last pair point, as long as no later one covers it."""
    if not pairing.pairs or not pairing.alone or pairing.alone[-1] < pairing.pairs[-1]:
        return
    begin, end = pairing.pairs[-1], pairing.alone[-1]
    spend = [delta(track, begin, end) for track in pairing.spend]
    flags = frozenset(chain.from_iterable(each.flags for each in spend))
    yield Interval(
        begin, end, unpaired=_paired(spend) + _unpaired(spend), flags=flags | {Flag.ONE_SIDED}
    )


def _before(pairing: Pairing) -> Iterator[Interval]:
    """Yield, by business date, the spend from before the watch ever had a pair."""
    first = pairing.pairs[0] if pairing.pairs else None
    last_slots: dict[date, datetime] = {}
    for slot_at in pairing.alone:
        if first is None or slot_at < first:
            last_slots[_date(pairing, slot_at)] = slot_at
    if first is not None:
        last_slots.pop(_date(pairing, first), None)
    for slot_at in last_slots.values():
        begin, parts = _so_far(pairing, slot_at)
        if parts:
            yield Interval(begin, slot_at, unpaired=parts, flags=frozenset({Flag.ONE_SIDED}))


def _first(pairing: Pairing, slot_at: datetime) -> Interval:
    """Return the first pair point's interval: since midnight where every figure begins there."""
    both = [*at(pairing.spend, slot_at), *at(pairing.results, slot_at)]
    midnights = {_midnight(track, reading) for track, reading in both}
    begin, spend = _so_far(pairing, slot_at)
    if len(midnights) > 1 or not all(track.daily for track, _ in both):
        return Interval(begin, slot_at, unpaired=spend, flags=frozenset({Flag.BASELINE}))
    results = tuple(today(track, reading, begin) for track, reading in at(pairing.results, slot_at))
    flags = frozenset({Flag.SINCE_MIDNIGHT})
    return Interval(begin, slot_at, spend, results, flags=flags)


def _so_far(pairing: Pairing, slot_at: datetime) -> tuple[datetime, Parts]:
    """Return the newest business date's midnight and its daily spend up to the slot."""
    day = _date(pairing, slot_at)
    figures = [
        (track, reading)
        for track, reading in at(pairing.spend, slot_at)
        if track.daily and reading.business_date == day
    ]
    begin = min([slot_at, *(_midnight(track, reading) for track, reading in figures)])
    return begin, tuple(today(track, reading, begin) for track, reading in figures)


def _date(pairing: Pairing, slot_at: datetime) -> date:
    return max(reading.business_date for _, reading in at(pairing.spend, slot_at))


def _midnight(track: Track, reading: Reading) -> datetime:
    return track.day.starts(reading.business_date)


def _paired(deltas: list[Delta]) -> Parts:
    return tuple(chain.from_iterable(each.paired for each in deltas))


def _unpaired(deltas: list[Delta]) -> Parts:
    return tuple(chain.from_iterable(each.unpaired for each in deltas))


def _marked(watch: WatchSeries, pairing: Pairing, interval: Interval) -> Interval:
    """Add the flags that follow from the whole interval."""
    begin, end = interval.begin, interval.slot_at
    flags = set(interval.flags)
    if end - begin > watch.slot and Flag.SINCE_MIDNIGHT not in flags:
        flags.add(Flag.LONG)
    if max(pairing.apart(begin), pairing.apart(end)) > watch.skew:
        flags.add(Flag.SKEWED)
    if any(begin < slot_at <= end for slot_at in pairing.held):
        flags.add(Flag.HELD)
    if any(p.amount is None for p in (*interval.spend, *interval.results, *interval.unpaired)):
        flags.add(Flag.PENDING)
    return Interval(
        begin, end, interval.spend, interval.results, interval.unpaired, frozenset(flags)
    )
