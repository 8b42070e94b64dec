"""What a span cost: spend, results and unit cost over any rows of the calculator."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from costs.flag import Flag
from costs.rows import DayCost, HourCost, SlotCost, grouped


@dataclass(frozen=True, slots=True)
class Amounts:
    """Sums over a span, money in minor units of the watch's currency, as read.

    None is unknown and never 0: `spend` and `results` are None where no row of the span knows
    both. `is_measured` False: there is no row at all, so not even `unpaired_spend` is known.
    """

    spend: int | None = None
    results: int | None = None
    unit_cost: Decimal | None = None
    """Spend / results, ROUND_HALF_UP to 4 places; None where there are no results."""
    unpaired_spend: int | None = None
    """Spend whose results nobody knows: shown, never divided."""
    flags: frozenset[Flag] = frozenset()
    is_measured: bool = False
    spend_net: Decimal | None = None
    """`spend` without VAT; None where it is not known."""


UNMEASURED = Amounts()


def amounts_of(rows: Iterable[SlotCost | HourCost | DayCost]) -> Amounts:
    """Return the sums over `rows`: a row in which spend or results is None adds to neither.

    >>> amounts_of([]).is_measured
    False
    """
    found = tuple(rows)
    if not found:
        return UNMEASURED
    pairs = any(row.spend is not None and row.results is not None for row in found)
    spend, results, cost = grouped(found)
    return Amounts(
        spend if pairs else None,
        results if pairs else None,
        cost if pairs else None,
        _sum([row.unpaired_spend for row in found]),
        frozenset().union(*(row.flags for row in found)),
        is_measured=True,
    )


def _sum(amounts: Collection[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
