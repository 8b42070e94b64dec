"""Numbers as pages write them, exactly; rounded ones are refused, never guessed."""

from __future__ import annotations

import re
from decimal import Decimal

from crawler.errors import InexactNumber, LayoutChanged, WrongCurrency
from domain.currency import CURRENCIES

_EXACT = re.compile(r"(?P<sign>[-\u2212+]?)₩?(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?:원|건|명|회)?")
_AMOUNT = re.compile(
    r"(?P<sign>[-\u2212+]?)(?P<before>[^\d,.+\u2212-]*)(?P<inner>[-\u2212+]?)"
    r"(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d+))?(?P<after>[^\d,.]*)"
)
_ROUNDED = re.compile(r"\d.*(?:만|천|억|[kKmM]\b)|\d\.\d")


def exact_int(text: str, label: str = "number") -> int:
    """Return the whole number that `text` shows; `label` names the place in errors.

    >>> exact_int("12,000원")
    12000
    >>> exact_int("-1,200")
    -1200

    Raises:
        InexactNumber: the text is a rounded display (1.2만, 12.5k).
        LayoutChanged: the text is no number at all.
    """
    compact = "".join(text.split())
    match = _EXACT.fullmatch(compact)
    if match is None:
        kind = InexactNumber if _ROUNDED.search(compact) else LayoutChanged
        word = "a rounded amount" if kind is InexactNumber else "no whole number"
        raise kind(f"{label}: {word}: {compact[:40]!r}")
    value = int(match["digits"].replace(",", ""))
    return -value if match["sign"] in ("-", "\u2212") else value


def exact_money(text: str, currency: str, label: str = "amount") -> int:
    """Return the amount that `text` shows, in minor units of the account's currency.

    A sign or code of the currency may stand before or after the number; where none does, the
    class has to know the unit from elsewhere (a header). All decimals of the currency have to be
    there: US$1,234 may be a rounded US$1,234.40.

    >>> exact_money("US$1,234.56", "USD")
    123456
    >>> exact_money("-12,000원", "KRW")
    -12000

    Raises:
        WrongCurrency: the page writes it in another currency.
        InexactNumber: the text is a rounded display, or has fewer or more decimals.
        LayoutChanged: the text is no amount at all.
    """
    kind = CURRENCIES[currency]
    compact = "".join(text.split())
    match = _AMOUNT.fullmatch(compact)
    marks = [] if match is None else [mark for mark in match.group("before", "after") if mark]
    strange = [mark for mark in marks if mark not in _written(currency)]
    for mark in strange:
        if any(mark in _written(other) for other in CURRENCIES):
            raise WrongCurrency(f"{label}: {compact[:40]!r} is no amount of {currency}")
    if match is None or strange:
        rounded = _ROUNDED.search(compact)
        raise (InexactNumber if rounded else LayoutChanged)(
            f"{label}: {'a rounded amount' if rounded else 'no amount'}: {compact[:40]!r}"
        )
    if len(match["part"] or "") != kind.digits:
        raise InexactNumber(f"{label}: {currency} has {kind.digits} decimals: {compact[:40]!r}")
    value = kind.minor(Decimal(match["whole"].replace(",", "") + "." + (match["part"] or "0")))
    return -value if {match["sign"], match["inner"]} & {"-", "\u2212"} else value


def _written(currency: str) -> frozenset[str]:
    return frozenset(sign.strip() for sign in CURRENCIES[currency].written)
