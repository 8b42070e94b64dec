"""A part of an interval's amount: so much, within this stretch of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from costs.span import Span


@dataclass(frozen=True, slots=True)
class Part:
    """`amount` in minor units or counts; None while the final figure of its date is awaited.

    Of spend also `net`, without VAT, and `basis`, as the watch compares it, in ten-thousandths of
    a minor unit (`costs.terms`); 0 where nothing is known or the part counts results.
    """

    amount: int | None
    span: Span
    net: int = 0
    basis: int = 0


def total(amounts: Iterable[int | None]) -> int | None:
    """Return the sum, or None where there is nothing to sum or one amount is still awaited.

    >>> total([3, -1]), total([3, None]), total([])
    (2, None, None)
    """
    known = list(amounts)
    if not known or None in known:
        return None
    return sum(amount for amount in known if amount is not None)


def merged(parts: Iterable[Part]) -> list[Part]:
    """Add up the parts that fall into the same span."""
    by_span: dict[Span, list[Part]] = {}
    for part in parts:
        by_span.setdefault(part.span, []).append(part)
    return [
        Part(
            total(one.amount for one in same),
            span,
            sum(one.net for one in same),
            sum(one.basis for one in same),
        )
        for span, same in by_span.items()
    ]
