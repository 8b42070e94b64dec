"""Won as people write them. Money is a whole number of won in `int`, derived values `Decimal`."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

FOUR_PLACES = Decimal("0.0001")


def unit_cost(spend_won: int, results: int) -> Decimal | None:
    """Return spend / results in won with 4 places, or None where there are no results.

    >>> unit_cost(100_000, 3)
    Decimal('33333.3333')
    >>> unit_cost(12_000, 0) is None
    True
    """
    if results <= 0:
        return None
    return (Decimal(spend_won) / results).quantize(FOUR_PLACES, ROUND_HALF_UP)


def show_won(amount: int | Decimal) -> str:
    """Return the amount rounded half up, as marketers read it.

    >>> show_won(Decimal("12000.5"))
    '12,001원'
    """
    return f"{Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP):,}원"
