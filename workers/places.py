"""The places that a visit takes at its sites: no more visits at a time than each allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

import structlog

from domain.errors import DangaError
from pace.budget import Pace
from pace.errors import PaceUnavailable

log = structlog.get_logger(__name__)

HOLD_SECONDS = 5 * 60.0
"""How long a killed visit still counts; one that lives prolongs its places."""


class Later(DangaError):
    """Not now; the visit waits and is charged nothing."""

    advice = "Nothing to do: it goes on by itself. `danga visits` says when."

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds


@contextmanager
def places(pace: Pace, sites: Sequence[str], visit: str) -> Iterator[Callable[[], None]]:
    """Hold a place at each site; give what prolongs them.

    Raises:
        Later: a site is full, closed, quiet, or its day's budget is spent.
        PaceUnavailable: nobody can be asked.
    """
    with ExitStack() as leaving:
        for site in sites:
            wait = pace.enter(site, visit, HOLD_SECONDS)
            if wait is not None:
                raise Later(wait.seconds, f"{site}: {wait.reason}")
            leaving.callback(_leave, pace, site, visit)
        yield lambda: _prolong(pace, sites, visit)


def _prolong(pace: Pace, sites: Sequence[str], visit: str) -> None:
    """Where it is refused the site is closed, and the visit is told so by its next question."""
    try:
        for site in sites:
            pace.enter(site, visit, HOLD_SECONDS)
    except PaceUnavailable as error:
        log.warning("places.not_prolonged", because=str(error))


def _leave(pace: Pace, site: str, visit: str) -> None:
    try:
        pace.leave(site, visit)
    except PaceUnavailable as error:
        log.warning("place.kept", site=site, because=str(error))  # it frees itself
