"""Whole numbers as pages write them; rounded ones are refused, never guessed."""

from __future__ import annotations

import re

from crawler.errors import InexactNumber, LayoutChanged

_EXACT = re.compile(r"(?P<sign>[-\u2212+]?)₩?(?P<digits>\d{1,3}(?:,\d{3})+|\d+)(?:원|건|명|회)?")
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
