"""Money is a whole number of a currency's minor unit in `int`; derived values are `Decimal`."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from domain.currency import CURRENCIES, KRW

FOUR_PLACES = Decimal("0.0001")


def unit_cost(spend: int | Decimal, results: int) -> Decimal | None:
    """Return spend / results in minor units with 4 places, or None where there are no results.

    >>> unit_cost(100_000, 3)
    Decimal('33333.3333')
    >>> unit_cost(12_000, 0) is None
    True
    """
    if results <= 0:
        return None
    return (Decimal(spend) / results).quantize(FOUR_PLACES, ROUND_HALF_UP)


def show_money(amount: int | Decimal, currency: str) -> str:
    """Return minor units of a currency, rounded half up, as marketers read them.

    >>> show_money(Decimal("12000.5"), "KRW"), show_money(-123456, "USD"), show_money(980, "JPY")
    ('12,001원', '-US$1,234.56', '¥980')
    """
    kind = CURRENCIES[currency]
    whole = kind.major(Decimal(amount).quantize(Decimal(1), ROUND_HALF_UP))
    if currency == KRW:
        return f"{whole:,}원"
    minus = "-" if whole < 0 else ""
    return f"{minus}{kind.sign}{abs(whole):,.{kind.digits}f}"
