"""The policies, overrides and halts of all sites as they stand, read again every few seconds."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

import structlog
from sqlalchemy import Engine

from domain.grant import Wait
from domain.pace_override import PaceOverride
from domain.policy import SitePolicy
from storage.errors import DatabaseAway, UnknownName
from storage.pace_overrides import OverrideBook
from storage.site_halts import HaltBook
from storage.sites import SiteBook

log = structlog.get_logger(__name__)

FRESH_SECONDS = 5.0
"""So soon a stop is obeyed everywhere."""
HALTED_SECONDS = 60.0
"""How soon a visit that was sent away may be offered again; a halted site offers none."""


class Policies:
    """Asked before every page: reads the database rarely, and bears that it is away."""

    def __init__(self, engine: Engine) -> None:
        self._sites = SiteBook(engine)
        self._halts = HaltBook(engine)
        self._overrides = OverrideBook(engine)
        self._declared: Mapping[str, SitePolicy] = {}
        self._known: Mapping[str, SitePolicy] = {}
        self._halted: Mapping[str, Wait] = {}
        self._read_at = float("-inf")

    def of(self, site: str) -> SitePolicy:
        """Return the policy of a site.

        Raises:
            UnknownName: no such site is open.
            DatabaseAway: nothing was ever read.
        """
        self._refresh(site)
        if site not in self._known:
            raise UnknownName(f"There is no site {site!r}")
        return self._known[site]

    def declared(self) -> Mapping[str, SitePolicy]:
        """Return the policies of all sites as they were applied, overrides left out.

        Raises:
            DatabaseAway: nothing was ever read.
        """
        if time.monotonic() - self._read_at > FRESH_SECONDS:
            self._read()
        return self._declared

    def halt(self, site: str) -> Wait | None:
        """Return why nobody may visit `site` now; None: a person halted nothing.

        Raises:
            DatabaseAway: nothing was ever read.
        """
        self._refresh(site)
        return self._halted.get(site)

    def look_again(self) -> None:
        """Believe nothing of before: at the next question the database is read."""
        self._read_at = float("-inf")

    def _refresh(self, site: str) -> None:
        if site not in self._known or time.monotonic() - self._read_at > FRESH_SECONDS:
            self._read()

    def _read(self) -> None:
        try:
            overrides = {one.site: one for one in self._overrides.all()}
            self._declared = {one.name: one.policy for one in self._sites.all()}
            self._known = {
                name: _overridden(policy, overrides.get(name))
                for name, policy in self._declared.items()
            }
            self._halted = {
                one.site: Wait(HALTED_SECONDS, str(one), leave=True) for one in self._halts.all()
            }
        except DatabaseAway as away:
            if not self._known:
                raise
            log.warning("policies.of_before", because=str(away))
        self._read_at = time.monotonic()


def _overridden(policy: SitePolicy, override: PaceOverride | None) -> SitePolicy:
    if override is None:
        return policy
    return replace(policy, budget=override.applied_to(policy.budget))
