"""How a unit cost stands to its target, in one sign: colours only repeat what it says."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from costs.flag import Flag
from costs.statistics import chance_over
from reports.amounts import Amounts

FEW_RESULTS = 3
"""Below so many results a unit cost says little by itself."""
_SURE = 0.9
_UNCERTAIN = frozenset({Flag.ESTIMATED, Flag.PENDING})


class Mark(StrEnum):
    """All signs; `NONE` where nothing is known, or where there is no target."""

    NONE = ""
    OVER = "▲"
    UNDER = "▼"
    FEW = "·"


ESTIMATED = "▨"
"""Stands beside a sign: an amount was shared by time, or waits for a final figure."""


def mark_of(amounts: Amounts, target: int | None) -> Mark:
    """Return the sign of some amounts against a target in minor units for one result.

    With fewer than 3 results the unit cost decides only where it is sure at 90 % (the posterior
    of DOMAIN.md 4) on which side of the target it lies: three times the target spent on nothing is
    over it, one cheap result is not yet under it.

    >>> mark_of(Amounts(30_000, 6, Decimal(5_000)), 4_000)
    <Mark.OVER: '▲'>
    >>> mark_of(Amounts(3_000, 1, Decimal(3_000)), 4_000)
    <Mark.FEW: '·'>
    >>> mark_of(Amounts(12_000, 0), 4_000)
    <Mark.OVER: '▲'>
    """
    if amounts.spend is None or amounts.results is None or not target or target < 0:
        return Mark.NONE
    if amounts.results >= FEW_RESULTS:
        assert amounts.unit_cost is not None
        return Mark.OVER if amounts.unit_cost > target else Mark.UNDER
    basis = amounts.spend if amounts.spend_basis is None else amounts.spend_basis
    chance = chance_over(basis, amounts.results, Decimal(target))
    if chance >= _SURE:
        return Mark.OVER
    return Mark.UNDER if amounts.results > 0 and chance <= 1 - _SURE else Mark.FEW


def is_uncertain(amounts: Amounts) -> bool:
    """Whether `ESTIMATED` belongs beside the sign."""
    return bool(amounts.flags & _UNCERTAIN)
