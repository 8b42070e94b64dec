"""Where everything meets: one process's settings, database, vault, budgets and sites.

Built once per process, after any fork, by `House.open`; nothing is opened at import.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property, partial

from sqlalchemy import Engine

from crawler.browser import Audience, Browser, BrowserLimits
from crawler.browser_path import find_browser, find_visible_browser
from crawler.site import Site
from crawler.site_loader import site_of
from domain.business_day import BusinessDay
from domain.clock import Clock
from domain.grant import Wait
from domain.metric import Metric
from domain.policy import SitePolicy
from domain.proxy import Proxy
from domain.request_budget import RequestBudget
from pace.budget import Pace
from pace.database_store import DatabaseStore
from pace.redis_store import RedisStore
from storage.credential_store import CredentialStore
from storage.engine import open_engine
from storage.evidence_store import EvidenceStore, StoreLimits
from storage.keyring import Keyring
from storage.proof_pages import ProofStore
from storage.readings import ReadingStore
from storage.revision import require_current
from storage.session_vault import SessionVault
from storage.spool import Spool
from workers.keys import open_keyring
from workers.known_proxies import KnownProxies
from workers.policies import Policies
from workers.settings import Settings
from workers.site_turns import note_turn

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class House:
    """Everything a worker, a command or a test needs; parts are made when first asked for."""

    settings: Settings
    engine: Engine
    _sites: dict[tuple[str, str, str, tuple[Metric, ...]], Site] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def open(cls, settings: Settings) -> Iterator[House]:
        """Open the database and give the house; close it at the end.

        Raises:
            DatabaseAway: it cannot be reached.
            SchemaBehind: its migrations were not applied.
        """
        engine = open_engine(settings.database)
        try:
            require_current(engine)
            yield cls(settings, engine)
        finally:
            engine.dispose()

    @property
    def clock(self) -> Clock:
        """Business time."""
        return self.settings.clock

    @property
    def name(self) -> str:
        """Who takes a lease: host and process."""
        return f"{socket.gethostname()}:{os.getpid()}"

    @cached_property
    def keyring(self) -> Keyring:
        """The master key, from the environment or its file."""
        return open_keyring(self.settings)

    @cached_property
    def pace(self) -> Pace:
        """The request budgets: in Redis, or embedded in the database."""
        url = self.settings.redis
        store = RedisStore.at(url) if url else DatabaseStore(self.engine)
        return Pace(store, self.budget, self.clock, self.halt, partial(note_turn, self.engine))

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        """What `proxies.yaml` names now."""
        return self._known_proxies.now()

    @cached_property
    def _known_proxies(self) -> KnownProxies:
        return KnownProxies(self.settings)

    @cached_property
    def vault(self) -> SessionVault:
        """The sessions of all logins."""
        return SessionVault(self.engine, self.keyring)

    @cached_property
    def credentials(self) -> CredentialStore:
        """The passwords of all logins."""
        return CredentialStore(self.engine, self.keyring, self.settings.environment)

    @cached_property
    def evidence(self) -> EvidenceStore:
        """Evidence of failed pages on this machine."""
        limits = StoreLimits(
            total_bytes=self.settings.evidence_mb * MEBIBYTE,
            kept=timedelta(days=self.settings.evidence_days),
        )
        folder = self.settings.folder.evidence
        return EvidenceStore(self.engine, self.keyring, folder, limits=limits)

    @cached_property
    def proof(self) -> ProofStore | None:
        """The last page of each date, in the database; None: none is kept."""
        wanted = self.settings.keep_proof_months > 0
        return ProofStore(self.engine, self.keyring) if wanted else None

    @cached_property
    def spool(self) -> Spool:
        """Readings that wait on this machine for the database."""
        return Spool(self.settings.folder.spool)

    @cached_property
    def readings(self) -> ReadingStore:
        """All readings."""
        return ReadingStore(self.engine, self.day_of, self.clock)

    def day_of(self, site: str) -> BusinessDay:
        """Return the business day that the class of `site` declares."""
        page_object = self.site(site)
        return BusinessDay.of(page_object.time_zone, page_object.settles_at)

    def policy(self, site: str) -> SitePolicy:
        """Return the policy that was last applied for `site`, give or take some seconds."""
        return self._policies.of(site)

    def declared_policies(self) -> Mapping[str, SitePolicy]:
        """Return the policies of all sites as they were applied, overrides left out."""
        return self._policies.declared()

    def budget(self, site: str) -> RequestBudget:
        """Return the request budget of `site`."""
        return self.policy(site).budget

    def halt(self, site: str) -> Wait | None:
        """Return why a person wants `site` left alone, give or take some seconds; None: not so."""
        return self._policies.halt(site)

    def look_again(self) -> None:
        """Forget the policies and halts of some seconds ago."""
        self._policies.look_again()

    @cached_property
    def _policies(self) -> Policies:
        return Policies(self.engine)

    def site(self, name: str) -> Site:
        """Return the page object of the site `name`, as its policy says now."""
        policy = self.policy(name)
        key = (name, policy.site_class, policy.base_url, policy.metrics)
        if key not in self._sites:
            self._sites[key] = site_of(name, policy, self.settings.workspace)
        return self._sites[key]

    def browser(self) -> Browser:
        """Return a browser that starts with its first page."""
        program = find_browser(self.settings.environment)
        return Browser(program, self.clock, self._limits)

    def window(self) -> Browser:
        """Return a browser for a person: in a window, with pictures.

        Raises:
            BrowserMissing: no Chromium that can open a window is installed.
        """
        return Browser(
            find_visible_browser(self.settings.environment),
            self.clock,
            self._limits,
            Audience.PERSON,
        )

    def window_from_afar(self) -> Browser:
        """Return the very browser of the visits, with pictures: for a person who is elsewhere."""
        program = find_browser(self.settings.environment)
        return Browser(program, self.clock, self._limits, Audience.PERSON)

    @property
    def _limits(self) -> BrowserLimits:
        megabytes = self.settings.browser_memory_mb
        return BrowserLimits(self.settings.browser_visits, megabytes * MEBIBYTE)
