"""A page to read: its address, what has to stand on it, what it lists and what it gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from domain.account import AccountKey, FoundAccount
from domain.currency import KRW
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.reading import Reading
from domain.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Page:
    """One address to visit. `kind` names what it costs (`creatives`), not which one it is."""

    kind: str
    url: str
    account: AccountKey | None = None
    number: int = 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read in an account: entities that are followed, and levels of rules.

    A rule's level is visited even before it follows anything: new ads join from its pages.
    """

    entities: frozenset[EntityKey] = frozenset()
    levels: frozenset[EntityKind] = frozenset()

    @property
    def kinds(self) -> frozenset[EntityKind]:
        """All levels whose pages are worth a visit."""
        return self.levels | {entity.kind for entity in self.entities}


@dataclass(frozen=True, slots=True)
class Expected:
    """What a page has to show before a number on it is believed.

    `dates` are the business dates that may stand on the page: one, or two around midnight, as
    platforms turn their day late. `near_midnight` says that the moment lies within the guard,
    in which a page that shows no date may not be read. `currency` is that of the account's
    terms (ISO 4217): an amount in another one is a wrong view.
    """

    page: Page
    shown_name: str
    dates: frozenset[date]
    entities: frozenset[EntityKey]
    slot_at: datetime
    near_midnight: bool = False
    past_day: bool = False
    currency: str = KRW


@dataclass(frozen=True, slots=True)
class Found:
    """What a page lists: accounts, entities."""

    accounts: tuple[FoundAccount, ...] = ()
    entities: tuple[FoundEntity, ...] = ()
    of: int | None = None
    """How many entities the whole list has, over all its pages, where the site says so."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """What one page gave: handed to whoever stores it."""

    site: str
    page: Page
    verdict: Verdict
    readings: tuple[Reading, ...] = ()
    found: frozenset[EntityKey] = frozenset()
    """Every entity the page listed, followed or not."""
    of: int | None = None
    """How many entities the page's list has over all its pages, where the site says so."""
    next_page: Page | None = None
    requests: int = 0
    bytes_received: int = 0
    steps: tuple[str, ...] = field(default=())
    """What was done on the way (`went back`, `signed in`), for the log and the visit's row."""
    evidence: str | None = None
    """Id of the evidence kept, where the verdict is not `ok`."""
