"""Currencies: how many decimals each has, and how people write it.

Amounts are kept in minor units: whole won, whole cents. The list is short on purpose: a currency
that nobody here has met is refused by name, never treated as if it had two decimals.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

KRW = "KRW"


@dataclass(frozen=True, slots=True)
class Currency:
    """`digits` decimals; `sign` is how amounts of it are shown, `signs` how pages write it."""

    code: str
    digits: int
    sign: str
    signs: tuple[str, ...] = ()

    @property
    def written(self) -> tuple[str, ...]:
        """All signs that may stand beside an amount of it, the longest first."""
        return tuple(sorted({self.code, self.sign, *self.signs}, key=lambda one: (-len(one), one)))

    def minor(self, major: Decimal) -> int:
        """Return an amount in minor units.

        >>> CURRENCIES["USD"].minor(Decimal("12.34"))
        1234

        Raises:
            ValueError: the amount has more decimals than the currency.
        """
        scaled = major.scaleb(self.digits)
        if scaled != scaled.to_integral_value():
            raise ValueError(f"{self.code} has {self.digits} decimals")
        return int(scaled)

    def major(self, minor: int | Decimal) -> Decimal:
        """Return an amount in minor units as people count it.

        >>> CURRENCIES["USD"].major(1234)
        Decimal('12.34')
        """
        return Decimal(minor).scaleb(-self.digits)


CURRENCIES = {
    one.code: one
    for one in (
        Currency(KRW, 0, "₩", ("원",)),
        Currency("JPY", 0, "¥", ("JP¥", "円", "엔")),
        Currency("USD", 2, "US$", ("$", "달러")),
        Currency("EUR", 2, "€", ("유로",)),
        Currency("GBP", 2, "£"),
        Currency("CNY", 2, "CN¥", ("¥", "元", "위안")),
        Currency("HKD", 2, "HK$", ("$",)),
        Currency("TWD", 2, "NT$", ("$",)),
        Currency("SGD", 2, "S$", ("$", "SG$")),
        Currency("AUD", 2, "A$", ("$", "AU$")),
        Currency("CAD", 2, "CA$", ("$", "C$")),
        Currency("THB", 2, "฿"),
        Currency("VND", 0, "₫"),
        Currency("IDR", 2, "Rp"),
        Currency("MYR", 2, "RM"),
        Currency("PHP", 2, "₱"),
        Currency("INR", 2, "₹"),
        Currency("CHF", 2, "CHF "),
        Currency("KWD", 3, "KWD "),
    )
}
"""By ISO 4217 code. A sign that several share (`$`, `¥`) is believed where the account has one."""
