"""From readings to unit costs: the one door of this package.

`compute` is pure: the same members and readings give the same rows, in whatever order the
readings come, so rows can be thrown away and computed again at any time. What it decides and
why stands in `docs/decisions/0003-intervals-of-a-watch.md`.
"""

from __future__ import annotations

from dataclasses import replace

from costs.days import final_dates
from costs.hours import hour_costs
from costs.interval import Interval, intervals_of
from costs.pairing import pairing_of
from costs.part import total
from costs.rows import SlotCost, WatchCosts, unit_cost
from costs.terms import currency_of, decimal
from costs.watch_series import WatchSeries
from costs.whole_days import whole_days
from costs.window import Window


def compute(watch: WatchSeries) -> WatchCosts:
    """Return every slot's and every hour's row of the watch, and its dates without hours.

    Raises:
        CostsError: a site has no business day, the readings contradict each other, or the
            amounts are of two currencies.
    """
    currency_of(watch.members, watch.money)
    pairing = pairing_of(watch)
    intervals = intervals_of(watch, pairing)
    hours = hour_costs(intervals, watch.zone)
    return WatchCosts(
        slots=tuple(_slot_cost(interval) for interval in intervals),
        hours=hours,
        final_dates=final_dates(pairing, hours),
        whole_days=whole_days(pairing, hours, watch.zone),
    )


def settle(watch: WatchSeries, window: Window) -> WatchCosts:
    """Return only the rows that a change has touched: `watch` holds the readings of `window`.

    Raises:
        CostsError: as for `compute`.
    """
    part = replace(watch, begins=window.begins, rows_after=window.replace_after)
    return window.cut(compute(part))


def _slot_cost(interval: Interval) -> SlotCost:
    spend = total(part.amount for part in interval.spend)
    results = total(part.amount for part in interval.results)
    unpaired = total(part.amount for part in interval.unpaired) if interval.unpaired else 0
    net = basis = None
    if spend is not None:
        net = decimal(sum(part.net for part in interval.spend))
        basis = decimal(sum(part.basis for part in interval.spend))
    return SlotCost(
        interval.slot_at,
        interval.begin,
        spend,
        results,
        unit_cost(basis, results),
        unpaired,
        interval.flags,
        net,
        basis,
    )
