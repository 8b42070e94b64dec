"""A site whose numbers people bring: leads of a call centre, sales of a shop, an old sheet.

It declares what its metrics are and when its day ends; it has no pages, and nobody visits it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, time
from typing import ClassVar

from crawler.page import Expected, Page, Wanted
from crawler.site import Site
from crawler.snapshot import Snapshot
from domain.account import AccountKey
from domain.currency import CURRENCIES
from domain.metric import Metric
from domain.reading import Reading


class ImportedSite(Site):
    """A date's figure is final as soon as the date is over: people bring it, and correct it."""

    settles_at: ClassVar[time] = time(0, 1)
    """Not at the very midnight, at which the figure that was reached still is a reading."""
    past_days: ClassVar[int] = 0
    currencies: ClassVar[frozenset[str]] = frozenset(CURRENCIES)

    def lobby(self) -> Page:
        """Refuse: there is nothing to visit."""
        raise NotImplementedError(f"{self.name} is never visited")

    def pages(self, account: AccountKey, wanted: Wanted, day: date | None) -> Sequence[Page]:
        """Return none."""
        return []

    def extract(self, snapshot: Snapshot, expected: Expected) -> Sequence[Reading]:
        """Return none."""
        return []


def imported_site(name: str, metrics: Sequence[Metric]) -> Site:
    """Return the site `name` with metrics of its own; their values are never held."""
    taken = tuple(replace(one, is_judged=False) for one in metrics)
    made: Site = type("ImportedSite", (ImportedSite,), {"metrics": taken})(name, "")
    return made
