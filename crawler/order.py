"""What a visit is to do, in plain values."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from crawler.page import Wanted
from crawler.site import Site
from domain.account import AccountKey
from domain.currency import KRW
from domain.proxy import Proxy
from domain.visit import VisitKind

MIDNIGHT_GUARD = timedelta(seconds=300)
"""Around midnight a page that shows no business date is not read."""


@dataclass(frozen=True, slots=True)
class AccountOrder:
    """An account to read, with its site and what is followed in it."""

    key: AccountKey
    shown_name: str
    site: Site
    wanted: Wanted = field(default_factory=Wanted)
    midnight_guard: timedelta = MIDNIGHT_GUARD
    currency: str = KRW


@dataclass(frozen=True, slots=True)
class VisitOrder:
    """What one visit is to do. `day` is the past business date of a `PAST_DAY` visit."""

    login: str
    kind: VisitKind
    slot_at: datetime
    sites: tuple[Site, ...]
    """The sites to visit, the one where the login signs in first."""
    accounts: tuple[AccountOrder, ...] = ()
    day: date | None = None
    proxy: Proxy | None = None
    left_alone: tuple[Site, ...] = ()
    """Sites of the login that are halted: their hosts are counted all the same."""

    @property
    def hosts(self) -> frozenset[str]:
        """Every host that may be counted, and may receive the login's credentials."""
        return frozenset().union(*(site.hosts for site in (*self.sites, *self.left_alone)))
