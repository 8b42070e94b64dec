"""A part of an interval's amount: so much, within this stretch of time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from costs.span import Span


@dataclass(frozen=True, slots=True)
class Part:
    """`amount` in whole won or counts; None while the final figure of its date is awaited."""

    amount: int | None
    span: Span


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
    by_span: dict[Span, list[int | None]] = {}
    for part in parts:
        by_span.setdefault(part.span, []).append(part.amount)
    return [Part(total(amounts), span) for span, amounts in by_span.items()]
