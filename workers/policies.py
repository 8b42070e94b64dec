"""The policies of all sites as they were last applied, read again every few seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping

import structlog
from sqlalchemy import Engine

from domain.policy import SitePolicy
from storage.errors import DatabaseAway, UnknownName
from storage.sites import SiteBook

log = structlog.get_logger(__name__)

FRESH_SECONDS = 5.0


class Policies:
    """Asked before every page: reads the database rarely, and bears that it is away."""

    def __init__(self, engine: Engine) -> None:
        self._sites = SiteBook(engine)
        self._known: Mapping[str, SitePolicy] = {}
        self._read_at = float("-inf")

    def of(self, site: str) -> SitePolicy:
        """Return the policy of a site.

        Raises:
            UnknownName: no such site is open.
            DatabaseAway: nothing was ever read.
        """
        if site not in self._known or time.monotonic() - self._read_at > FRESH_SECONDS:
            self._read()
        if site not in self._known:
            raise UnknownName(f"There is no site {site!r}")
        return self._known[site]

    def _read(self) -> None:
        try:
            self._known = {one.name: one.policy for one in self._sites.all()}
        except DatabaseAway as away:
            if not self._known:
                raise
            log.warning("policies.of_before", because=str(away))
        self._read_at = time.monotonic()
