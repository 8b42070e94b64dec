"""Put the intervals of a watch into hours of its time zone.

A part that lies in one hour goes there whole. One that straddles hours (a missed slot) is
shared by time in whole minor units and whole counts, and every hour it touches is marked
`estimated`. The hours of a watch always add up to its intervals.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from costs.flag import Flag
from costs.interval import Interval
from costs.part import Part, merged, total
from costs.rows import HourCost, unit_cost
from costs.span import Span
from costs.split import largest_remainder
from costs.terms import decimal

_HOUR = timedelta(hours=1)
_TICK = timedelta.resolution


@lru_cache(maxsize=4096)  # the same moments come again for every watch
def hour_of(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the beginning, in UTC, of the hour on the zone's wall that holds `moment`."""
    wall = moment.astimezone(zone)
    into = timedelta(minutes=wall.minute, seconds=wall.second, microseconds=wall.microsecond)
    return moment.astimezone(UTC) - into


def hour_costs(intervals: Iterable[Interval], zone: ZoneInfo) -> tuple[HourCost, ...]:
    """Return the hours that the intervals touch, ascending."""
    tallies: defaultdict[datetime, _Tally] = defaultdict(_Tally)
    for interval in intervals:
        _put(tallies, interval, zone)
    return tuple(tallies[hour_at].cost(hour_at, zone) for hour_at in sorted(tallies))


@dataclass(slots=True)
class _Tally:
    """What has been put into one hour so far."""

    spend: list[int | None] = field(default_factory=list)
    results: list[int | None] = field(default_factory=list)
    unpaired: list[int | None] = field(default_factory=list)
    net: int = 0
    basis: int = 0
    flags: set[Flag] = field(default_factory=set)

    def cost(self, hour_at: datetime, zone: ZoneInfo) -> HourCost:
        spend, results = total(self.spend), total(self.results)
        basis = None if spend is None else decimal(self.basis)
        wall = hour_at.astimezone(zone)
        if None in (*self.spend, *self.results, *self.unpaired):
            self.flags.add(Flag.PENDING)
        return HourCost(
            hour_at,
            wall.date(),
            wall.hour,
            spend,
            results,
            unit_cost(basis, results),
            total(self.unpaired) if self.unpaired else 0,
            frozenset(self.flags),
            None if spend is None else decimal(self.net),
            basis,
        )


def _put(tallies: defaultdict[datetime, _Tally], interval: Interval, zone: ZoneInfo) -> None:
    # `pending` is not handed on: only the hours of the awaited part wait for it.
    flags = interval.flags - {Flag.PENDING}
    kinds = (
        ("spend", interval.spend),
        ("results", interval.results),
        ("unpaired", interval.unpaired),
    )
    for kind, parts in kinds:
        for part in merged(parts):
            shares = _shares(part, zone)
            for hour_at, share in shares:
                tally = tallies[hour_at]
                getattr(tally, kind).append(share.amount)
                if kind == "spend":
                    tally.net += share.net
                    tally.basis += share.basis
                tally.flags |= flags | ({Flag.ESTIMATED} if len(shares) > 1 else set())


def _shares(part: Part, zone: ZoneInfo) -> list[tuple[datetime, Part]]:
    hours = list(_hours(part.span, zone))
    if part.amount is None or len(hours) == 1:
        return [(hour_at, part) for hour_at, _ in hours]
    ticks = [ticks for _, ticks in hours]
    amounts = largest_remainder(part.amount, ticks)
    # In proportion to the whole shares, so that what is counted as read stays as read.
    weights = [abs(amount) for amount in amounts] if part.amount else ticks
    nets = largest_remainder(part.net, weights)
    bases = largest_remainder(part.basis, weights)
    return [
        (hour_at, Part(amount, part.span, net, basis))
        for (hour_at, _), amount, net, basis in zip(hours, amounts, nets, bases, strict=True)
    ]


def _hours(span: Span, zone: ZoneInfo) -> Iterator[tuple[datetime, int]]:
    """Yield each hour that the span touches, and for how many microseconds."""
    hour_at = hour_of(span.begin, zone)
    if span.begin == span.end:
        yield hour_at, 1
        return
    while hour_at < span.end:
        following = hour_of(hour_at + _HOUR, zone)
        yield hour_at, (min(span.end, following) - max(span.begin, hour_at)) // _TICK
        hour_at = following
