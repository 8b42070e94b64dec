"""The hours of a watch as the page's script gets them: short, as a page holds some ten thousand.

A cell is 0 where the hour has no row, else `[unit cost, spend, results, marks]` and a fifth 1
where the page has the readings behind it. Money is in minor units, the unit cost rounded half
up to whole ones; None is unknown. `marks` are bits: the flags in their order, `OVER`, `FEW`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from costs.flag import Flag
from reports.amounts import Amounts, amounts_of
from reports.mark import Mark, mark_of

Hour = tuple[date, int]
"""A business date and an hour of it."""
_BITS = {flag: 1 << place for place, flag in enumerate(Flag)}
OVER = 1 << len(_BITS)
"""The hour is over the target (`reports.mark`)."""
FEW = OVER << 1
"""It has too few results to say."""


def heat_dates(hours: Mapping[Hour, Amounts], today: date, days: int) -> Sequence[date]:
    """Return the last `days` dates, today first, without those before the first measured one."""
    first = min((day for day, _hour in hours), default=today)
    dates = (today - timedelta(days=ago) for ago in range(days))
    return [day for day in dates if day >= first]


def heat_rows(
    hours: Mapping[Hour, Amounts],
    dates: Sequence[date],
    target: int | None,
    explained: Collection[Hour] = (),
) -> list[list[Any]]:
    """Return `[date, 24 cells]` of each date."""
    return [[day.isoformat(), [_cell(hours.get((day, hour)), target, (day, hour) in explained)
                               for hour in range(24)]] for day in dates]  # fmt: skip


def day_sums(hours: Mapping[Hour, Amounts], dates: Sequence[date], target: int | None) -> list[Any]:
    """Return a cell of each date: sum over sum, never an average of its hours."""
    of_day: defaultdict[date, list[Amounts]] = defaultdict(list)
    for (day, _hour), amounts in hours.items():
        of_day[day].append(amounts)
    return [_cell(amounts_of(of_day[day]), target) for day in dates]


def _cell(amounts: Amounts | None, target: int | None, is_explained: bool = False) -> Any:
    if amounts is None or not amounts.is_measured:
        return 0
    mark = mark_of(amounts, target)
    marks = sum(_BITS[flag] for flag in amounts.flags)
    marks += OVER * (mark is Mark.OVER) + FEW * (mark is Mark.FEW)
    cell = [_whole(amounts.unit_cost), amounts.spend, amounts.results, marks]
    return [*cell, 1] if is_explained else cell


def _whole(amount: Decimal | None) -> int | None:
    return None if amount is None else int(amount.quantize(Decimal(1), ROUND_HALF_UP))
