"""Is today's money going as fast as usual? Spend pacing (소진 페이스) of one watch.

F(t) is the share of a day's spend that was usually spent by the time of day t: on the same weekday
of the last four weeks, as a ratio of sums, so that a day of large spend weighs more than a quiet
one. All spend of the watch counts, also what has no results beside it; a day of which any hour is
unknown does not serve. Pure: the caller brings the hours, and the moment of the last reading.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

from costs.flag import Flag
from costs.rows import HourCost
from domain.money import FOUR_PLACES

WEEKS = 4
FEWEST_DAYS = 2
"""One day alone is not a habit."""
SMALLEST_SHARE = Fraction(1, 20)
"""Below it a projection says more of the night's noise than of the day."""
_HOUR_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class SpendPacing:
    """Where a day's spend stands at a moment. None is unknown, never zero."""

    spend: int | None = None
    """Minor units spent so far today, paired or not."""
    usual_share: Decimal | None = None
    """F(t), 4 places: how much of a day's spend is usually spent by now."""
    projected: int | None = None
    """What the day will have cost at its end if it goes on as usual: spend / F(t)."""
    used_share: Decimal | None = None
    """소진율: spend / daily budget, 4 places."""


class HourSpend(NamedTuple):
    """All spend of an hour on the wall, paired or not; None: a part of it is not known yet.

    Hours may be summed up where the time of day asked about lies in none of them.
    """

    hour: int
    amount: int | None


def hour_spend(row: HourCost) -> HourSpend:
    """Return what an hour cost; a part that waits for a final figure makes it unknown."""
    if row.unpaired_spend is None or (row.spend is None and Flag.PENDING in row.flags):
        return HourSpend(row.hour, None)
    return HourSpend(row.hour, (row.spend or 0) + row.unpaired_spend)


def days_alike(today: date) -> tuple[date, ...]:
    """Return the dates that say what is usual for `today`, the newest first.

    >>> [str(day) for day in days_alike(date(2026, 3, 30))][:2]
    ['2026-03-23', '2026-03-16']
    """
    return tuple(today - timedelta(weeks=back) for back in range(1, WEEKS + 1))


def spend_pacing(
    today: Iterable[HourSpend],
    alike: Collection[Collection[HourSpend]],
    at: datetime,
    zone: ZoneInfo,
    daily_budget: int | None = None,
) -> SpendPacing:
    """Return where `today` stands.

    `alike` holds the hours of each of the days `days_alike` that was measured, `at` is the slot of
    the last reading (aware); the time of day is that of `zone`, in which the hours were cut.
    """
    spend = _spent(today)
    share = usual_share(alike, at, zone)
    return SpendPacing(
        spend=spend,
        usual_share=None if share is None else _four_places(share),
        projected=projected_spend(spend, share),
        used_share=None if spend is None or not daily_budget else _used(spend, daily_budget),
    )


def usual_share(
    alike: Collection[Collection[HourSpend]], at: datetime, zone: ZoneInfo
) -> Fraction | None:
    """Return F at the time of day of `at`; None where fewer than two days serve.

    Within an hour spend is taken to flow evenly.
    """
    wall = at.astimezone(zone)
    into = wall.minute * 60 + wall.second
    reached, whole, days = 0, 0, 0  # reached: in money times seconds, so that nothing is rounded
    for hours in alike:
        spent = _spent(hours)
        if not spent:
            continue
        days += 1
        whole += spent
        for one in hours:
            if one.hour <= wall.hour:
                seconds = into if one.hour == wall.hour else _HOUR_SECONDS
                reached += seconds * (one.amount or 0)
    if days < FEWEST_DAYS or whole <= 0:
        return None
    return Fraction(reached, whole * _HOUR_SECONDS)


def projected_spend(spend: int | None, share: Fraction | None) -> int | None:
    """Return what the day will have cost; None while too little of it is usually spent.

    >>> projected_spend(60_000, Fraction(2, 5))
    150000
    """
    if spend is None or share is None or share < SMALLEST_SHARE:
        return None
    return int((spend / share + Fraction(1, 2)) // 1)


def _spent(hours: Iterable[HourSpend]) -> int | None:
    """Return all spend of the hours, or None where one of them is unknown or there is none."""
    amounts = [one.amount for one in hours]
    if not amounts or None in amounts:
        return None
    return sum(amount for amount in amounts if amount is not None)


def _used(spend: int, budget: int) -> Decimal:
    return _four_places(Fraction(spend, budget))


def _four_places(share: Fraction) -> Decimal:
    return (Decimal(share.numerator) / share.denominator).quantize(FOUR_PLACES, ROUND_HALF_UP)
