"""What few results can say: the range of a unit cost, and the chance that it is over a target.

Results are counted events: over a span they follow a Poisson law whose mean nobody knows. So a
unit cost of 3 results says little, and how little is said here. Computed in float, as statistics
may be; amounts come back as `Decimal` with 4 places. Nothing here rounds or judges: when to raise
an alert stands elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from costs.errors import NoTarget
from costs.gamma import gamma_below, gamma_quantile
from domain.money import FOUR_PLACES

_TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high` in minor units per result; `high` None: without an upper end."""

    low: Decimal
    high: Decimal | None


def unit_cost_range(spend: int | Decimal, results: int) -> Range | None:
    """Return the 90 % range of spend / results (Garwood's exact interval of a Poisson mean).

    The mean lies between chi2(0.05; 2n)/2 and chi2(0.95; 2n+2)/2 with n results, so the unit
    cost between the spend over the one and over the other. Without results only its lower end is
    known: spend / 2.996, which is exceeded with 95 %. None where nothing can be said: spend or
    results below zero (a refund, a net loss).

    >>> found = unit_cost_range(100_000, 3)
    >>> round(found.low), round(found.high)
    (12897, 122296)
    >>> unit_cost_range(100_000, 0)
    Range(low=Decimal('33380.8201'), high=None)
    >>> unit_cost_range(100_000, -2) is None
    True
    """
    if spend < 0 or results < 0:
        return None
    fewest, most = _mean_range(results)
    return Range(_per(spend, most), None if fewest is None else _per(spend, fewest))


def chance_over(spend: int | Decimal, results: int, target: Decimal) -> float:
    """Return the probability that the true unit cost of a span is over `target`.

    `target` is in minor units per result, as `spend` is. The mean of the results has the
    posterior Gamma(n + 0.5, 1) (prior Gamma(0.5, 0)); the unit cost is over the target where
    that mean is below spend / target. A net loss counts as no results at all; without
    spend nothing is over any target.

    >>> round(chance_over(82_400, 2, Decimal(30_000)), 4)
    0.6413
    >>> chance_over(0, 0, Decimal(30_000))
    0.0

    Raises:
        NoTarget: the target is 0 or less.
    """
    if target <= 0:
        raise NoTarget(f"a unit cost cannot be held against a target of {target}")
    if spend <= 0:
        return 0.0
    return gamma_below(max(results, 0) + 0.5, float(spend / target))


@lru_cache(maxsize=4096)
def _mean_range(results: int) -> tuple[float | None, float]:
    """Return between which means `results` events are not surprising; watches share the answer."""
    most = gamma_quantile(results + 1, 1 - _TAIL)
    return (gamma_quantile(results, _TAIL), most) if results else (None, most)


def _per(spend: int | Decimal, mean: float) -> Decimal:
    return (Decimal(spend) / Decimal(mean)).quantize(FOUR_PLACES, ROUND_HALF_UP)
