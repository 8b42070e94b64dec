"""What can go wrong while a site's request budget is asked.

    PaceError (DangaError)
    +-- PaceUnavailable       the store did not answer: no grant without it, so nothing is sent
    |   +-- PaceContended     too many changed the same site at once, for too long
    +-- PaceStateUnreadable   the store holds something that is not a budget's state
    +-- NoBudget              nobody said what the site may receive

All of them blame us, never the site: the visit is deferred and loses no attempt.
"""

from __future__ import annotations

from domain.errors import DangaError


class PaceError(DangaError):
    """The request budget could not be asked."""


class PaceUnavailable(PaceError):
    """The store of the request budgets does not answer, so no request may be sent."""

    advice = (
        "Start Redis (or the database) again, or correct its URL; `danga doctor` tells which. "
        "Nothing is sent meanwhile, and waiting visits go on by themselves."
    )


class PaceContended(PaceUnavailable):
    """Others changed the site's budget at every try."""

    advice = "Nothing to do if it stays rare; if not, lower the number of workers of this site."


class PaceStateUnreadable(PaceError):
    """The stored state of a site's request budget cannot be read."""

    advice = (
        "Stop the site's visits, remove the key `danga:pace:SITE` in Redis (or the row of the "
        "site in `pace_state`), and start them again: the budget then starts afresh."
    )


class NoBudget(PaceError):
    """The site has no request budget."""

    advice = "Add the site to danga.yaml and run `danga apply danga.yaml`."
