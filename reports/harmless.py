"""Text that a spreadsheet does not take for a formula.

Names of ads and accounts are written by strangers, and `=HYPERLINK(...)` in a name would run in
the marketer's Excel.
"""

from __future__ import annotations

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""With what a cell begins that Excel would compute; the wide ones it takes for the narrow."""


def is_harmful(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula.

    >>> is_harmful("=1+1"), is_harmful("봄 세일")
    (True, False)
    """
    return text.startswith(_FORMULA)


def harmless(text: str) -> str:
    """Return the text with an apostrophe before what would be computed.

    >>> harmless("-50% 세일")
    "'-50% 세일"
    """
    return f"'{text}" if is_harmful(text) else text
