"""The two answers of the pace: go with so many requests, or wait."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to send up to `requests` network requests to `site`; settle it with the real count.

    A grant whose holder dies stays spent.
    """

    site: str
    page: str
    """The kind of page it was asked for (`creatives`, `sign-in`), whose costs are remembered."""
    warm: bool
    requests: int
    token: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Not now: ask again in `seconds`; `reason` is for the log and the visit's row."""

    seconds: float
    reason: str
    leave: bool = False
    """A person halted the site: whoever is there leaves at once instead of waiting."""
