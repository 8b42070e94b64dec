"""Sum the hours of a watch by business date, and say which dates are final."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta
from decimal import Decimal
from itertools import groupby

from costs.flag import Flag
from costs.pairing import Pairing
from costs.rows import DayCost, HourCost, WatchCosts, grouped
from costs.track import Track

_TICK = timedelta.resolution


def day_costs(hours: Iterable[HourCost], final: Collection[date]) -> tuple[DayCost, ...]:
    """Return the dates of the hours, ascending; `hours` ascend and hold whole dates.

    `final` are the dates of `final_dates`; one without a unit cost is never final. The amounts add
    up to the won: spend and results over the hours that know both (`costs.rows.grouped`), unpaired
    spend over those that know it.
    """
    return tuple(
        _day(day, tuple(found), day in final)
        for day, found in groupby(hours, key=lambda hour: hour.business_date)
    )


def days_of(costs: WatchCosts) -> tuple[DayCost, ...]:
    """Return all dates of a computation, ascending: the sums of hours, and those without any."""
    summed = day_costs(costs.hours, costs.final_dates)
    return tuple(sorted((*summed, *costs.whole_days), key=lambda one: one.business_date))


def final_dates(pairing: Pairing, hours: Iterable[HourCost]) -> frozenset[date]:
    """Return those dates of the hours that no reading of a running date changes any more.

    A pair point lies after the date, so that its last interval is there; and of each member that
    was valid when it ended, a daily figure's final one was read. `day_costs` knows the rest: an
    hour may still wait for the date before, of a site in another time zone.
    """
    dates = {hour.business_date for hour in hours}
    return frozenset(day for day in dates if _is_over(pairing, day))


def _is_over(pairing: Pairing, day: date) -> bool:
    tracks = (*pairing.spend, *pairing.results)
    end = max(track.day.ends(day) for track in tracks)
    if not pairing.pairs or pairing.pairs[-1] < end:
        return False
    return all(day in track.final for track in tracks if _is_awaited(track, day))


def _is_awaited(track: Track, day: date) -> bool:
    return track.daily and track.valid_at(track.day.ends(day) - _TICK)


def _day(day: date, hours: tuple[HourCost, ...], is_final: bool) -> DayCost:
    known = [hour for hour in hours if hour.spend is not None and hour.results is not None]
    pairs = bool(known)
    spend, results, cost = grouped(known)
    unpaired = [hour.unpaired_spend for hour in hours if hour.unpaired_spend is not None]
    flags = frozenset[Flag]().union(*(hour.flags for hour in hours))
    return DayCost(
        day,
        spend if pairs else None,
        results if pairs else None,
        cost if pairs else None,
        sum(unpaired) if unpaired else None,
        flags,
        is_final and pairs and Flag.PENDING not in flags,
        _sum([hour.spend_net for hour in known]),
        _sum([hour.spend_basis for hour in known]),
    )


def _sum(amounts: Collection[Decimal | None]) -> Decimal | None:
    """Return the sum; None where there is nothing to sum, or a row from before it was kept."""
    if not amounts or None in amounts:
        return None
    return sum((amount for amount in amounts if amount is not None), Decimal(0))
