"""What a span cost: spend, results and unit cost over any rows of the calculator."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal

from costs.flag import Flag
from costs.rows import DayCost, HourCost, SlotCost, unit_cost


@dataclass(frozen=True, slots=True)
class Amounts:
    """Sums over a span, money in minor units of the watch's currency, as read.

    None is unknown and never 0: `spend` and `results` are None where no row of the span knows
    both. `is_measured` False: there is no row at all, so not even `unpaired_spend` is known.
    """

    spend: int | None = None
    results: int | None = None
    unit_cost: Decimal | None = None
    """`spend_basis` / results, ROUND_HALF_UP to 4 places; None where there are no results."""
    unpaired_spend: int | None = None
    """Spend whose results nobody knows: shown, never divided."""
    flags: frozenset[Flag] = frozenset()
    is_measured: bool = False
    spend_net: Decimal | None = None
    """`spend` without VAT; None where it is not known."""
    spend_basis: Decimal | None = None
    """What the unit cost divides: as read, or with or without VAT as the watch says."""


UNMEASURED = Amounts()


Row = SlotCost | HourCost | DayCost | Amounts
"""What has amounts: a row of the calculator, or a sum of such rows."""


def amounts_of(rows: Iterable[Row]) -> Amounts:
    """Return the sums over `rows`: a row in which spend or results is None adds to neither.

    >>> amounts_of([]).is_measured
    False
    """
    found = tuple(rows)
    if not found:
        return UNMEASURED
    if len(found) == 1:
        return amounts_of_one(found[0])
    known = [row for row in found if row.spend is not None and row.results is not None]
    spend = _sum([row.spend for row in known])
    results = _sum([row.results for row in known])
    basis = _decimals([row.spend if row.spend_basis is None else row.spend_basis for row in known])
    return Amounts(
        spend,
        results,
        unit_cost(basis, results),
        _sum([row.unpaired_spend for row in found]),
        frozenset().union(*(row.flags for row in found)),
        is_measured=True,
        spend_net=_decimals([row.spend_net for row in known]),
        spend_basis=basis,
    )


def amounts_of_one(row: Row) -> Amounts:
    """Return what one row says, with the unit cost that the calculator gave it."""
    if row.spend is None or row.results is None:
        return Amounts(None, None, None, row.unpaired_spend, row.flags, is_measured=True)
    return Amounts(
        row.spend,
        row.results,
        row.unit_cost,
        row.unpaired_spend,
        row.flags,
        is_measured=True,
        spend_net=row.spend_net,
        spend_basis=Decimal(row.spend) if row.spend_basis is None else row.spend_basis,
    )


def _decimals(amounts: Collection[int | Decimal | None]) -> Decimal | None:
    """Return the sum, or None where one is unknown: a row from before it was kept."""
    known = [amount for amount in amounts if amount is not None]
    return Decimal(sum(known)) if known and len(known) == len(amounts) else None


def _sum(amounts: Collection[int | None]) -> int | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if known else None
