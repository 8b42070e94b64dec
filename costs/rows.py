"""The rows the calculator returns, and how rows are put together.

An amount is None where it is not known: it waits for a past date's final figure (`pending`), or
nothing of the row pairs. None is never zero: whoever groups rows uses `grouped`, or leaves out
every row in which spend or results is None.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from costs.flag import Flag
from domain import money

_ALONE = frozenset({Flag.ONE_SIDED})


@dataclass(frozen=True, slots=True)
class SlotCost:
    """Spend (minor units), results and unit cost over (interval_start, slot_at]."""

    slot_at: datetime
    interval_start: datetime
    spend: int | None
    results: int | None
    unit_cost: Decimal | None
    unpaired_spend: int | None
    """Spend whose results are not known; None while it waits for a final figure."""
    flags: frozenset[Flag]
    spend_net: Decimal | None = None
    """`spend` without VAT, 4 places."""
    spend_basis: Decimal | None = None
    """What the unit cost divides: `spend` as read, or with or without VAT as the watch says."""

    @property
    def is_pair_point(self) -> bool:
        """Whether both sides were read at the slot, so that a next interval begins here."""
        return not self.flags & _ALONE


@dataclass(frozen=True, slots=True)
class HourCost:
    """The same for one hour of the watch's time zone; `hour_at` is its beginning in UTC."""

    hour_at: datetime
    business_date: date
    hour: int
    spend: int | None
    results: int | None
    unit_cost: Decimal | None
    unpaired_spend: int | None
    flags: frozenset[Flag]
    spend_net: Decimal | None = None
    spend_basis: Decimal | None = None


class Glance(NamedTuple):
    """What a small picture shows of an hour; both None: it was not measured, or nothing pairs."""

    unit_cost: Decimal | None = None
    spend: int | None = None


@dataclass(frozen=True, slots=True)
class DayCost:
    """The same for one business date: the sum of its hours (`costs.days`), or without any, with
    the flag `day_only`, its final figures (`costs.whole_days`).

    Spend and results lie in hours that know both; None where no hour does. Until `is_final` (확정)
    figures of the date are awaited (잠정).
    """

    business_date: date
    spend: int | None
    results: int | None
    unit_cost: Decimal | None
    unpaired_spend: int | None
    flags: frozenset[Flag]
    is_final: bool
    spend_net: Decimal | None = None
    spend_basis: Decimal | None = None


@dataclass(frozen=True, slots=True)
class WatchCosts:
    """All rows of a watch, ascending; natural keys are `slot_at` and `hour_at`.

    `final_dates` are those dates of the hours whose figures have settled (`costs.days`);
    `whole_days` are dates without hours.
    """

    slots: tuple[SlotCost, ...]
    hours: tuple[HourCost, ...]
    final_dates: frozenset[date] = frozenset()
    whole_days: tuple[DayCost, ...] = ()


def unit_cost(spend: int | Decimal | None, results: int | None) -> Decimal | None:
    """Return minor units per result, or None where either is unknown or there are no results."""
    if spend is None or results is None:
        return None
    return money.unit_cost(spend, results)


def grouped(rows: Iterable[SlotCost | HourCost | DayCost]) -> tuple[int, int, Decimal | None]:
    """Return spend, results and unit cost over all rows that know both: sum over sum."""
    spend = results = 0
    basis = Decimal(0)
    for row in rows:
        if row.spend is not None and row.results is not None:
            spend += row.spend
            results += row.results
            basis += row.spend if row.spend_basis is None else row.spend_basis
    return spend, results, unit_cost(basis, results)
