"""The known name that a mistyped one probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_LISTED = 12


def nearest(name: str, known: Iterable[str], *, at_least: float = 0.6) -> str | None:
    """Return the known name that is most like `name` (1.0: the same), or None where none is.

    >>> nearest("usrname", ["username", "name"])
    'username'
    """
    found = get_close_matches(name, list(known), n=1, cutoff=at_least)
    return found[0] if found else None


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a cure for a message: the nearest name, else all that are known.

    >>> suggest("momnt", ["moment", "channel"])
    'did you mean moment?'
    >>> suggest("x", ["moment", "channel"])
    'known: channel, moment'
    """
    names = sorted(known)
    near = nearest(name, names)
    if near is not None:
        return f"did you mean {near}?"
    if not names:
        return "none are known"
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return f"known: {', '.join(names[:_LISTED])}{more}"
