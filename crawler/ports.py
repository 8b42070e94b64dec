"""What a visit needs from the rest of the house, as narrow protocols.

`workers/` fills them from storage and pace; tests fill them with small fakes. All are bound to
one login, or to one site where they say so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from crawler.page import Page, ReadPage
from crawler.request_meter import Tally
from domain.account import AccountKey
from domain.credentials import Credentials
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.evidence import Evidence
from domain.grant import Grant, Wait
from domain.reading import Reading
from domain.session import BrowserSession
from domain.verdict import Verdict


class Pace(Protocol):
    """The shared request budget of the sites."""

    def ask(self, site: str, page: str, *, warm: bool) -> Grant | Wait:
        """Reserve the largest recent cost of such a page, or say how long to wait."""
        ...

    def settle(self, grant: Grant, requests: int, first_byte_ms: float | None = None) -> None:
        """Replace the reservation by the requests that were really sent.

        `first_byte_ms` is how long the document's first byte took, where there was one.
        """
        ...

    def overloaded(self, site: str, retry_after_seconds: float | None) -> None:
        """The site said that it was too much: nobody gets a grant before Retry-After."""
        ...

    def refused(self, site: str) -> None:
        """The site refused us: everybody sends half as fast."""
        ...

    def strained(self, site: str) -> None:
        """The site did not answer in time: everybody sends somewhat more slowly."""
        ...


@dataclass(frozen=True, slots=True)
class StoredSession:
    """A session as the vault holds it. Versions count from 1 per login."""

    version: int
    session: BrowserSession


class Sessions(Protocol):
    """The vault, for one login."""

    def load(self) -> StoredSession | None:
        """Return the newest version, or None where no session was ever saved."""
        ...

    def save(self, session: BrowserSession, after_version: int) -> int | None:
        """Save as the next version and return it; `after_version` is what was loaded (0: none).

        None: the vault cannot be reached now. The browser keeps the session, and the visit
        asks again after its next page.

        Raises:
            DangaError: somebody else saved in between, or the lease was lost.
        """
        ...


class Inventory(Protocol):
    """Which entities are followed; learns of new ones from the pages that list them."""

    def follow(self, account: AccountKey, found: Sequence[FoundEntity]) -> frozenset[EntityKey]:
        """Let what the rules follow join, and return all that are followed in `account`."""
        ...

    def listed(
        self, account: AccountKey, found: frozenset[EntityKey], kinds: frozenset[EntityKind]
    ) -> None:
        """All pages of `kinds` were read: what is followed of them but not in `found` rests."""
        ...


class Doubt(Protocol):
    """Judges what a site class read that has changed lately, before anything of it is stored."""

    def listed(self, account: AccountKey, listed: frozenset[EntityKey]) -> None:
        """Judge what a page lists, before anything of it is followed.

        Raises:
            LayoutChanged: it is not believed.
        """
        ...

    def read(
        self, account: AccountKey, listed: frozenset[EntityKey], readings: Sequence[Reading]
    ) -> None:
        """Judge the page's readings.

        Raises:
            LayoutChanged: they are not believed.
        """
        ...


class NoDoubt:
    """Believes every class."""

    def listed(self, account: AccountKey, listed: frozenset[EntityKey]) -> None:
        """Pass."""

    def read(
        self, account: AccountKey, listed: frozenset[EntityKey], readings: Sequence[Reading]
    ) -> None:
        """Pass."""


@dataclass(frozen=True, slots=True)
class PageDone:
    """A page that this visit has read before it was interrupted."""

    next_page: Page | None
    found: frozenset[EntityKey]
    of: int | None = None


class Ledger(Protocol):
    """Where a visit commits what it read, page by page, and finds what it had done already."""

    def done(self, page: Page) -> PageDone | None:
        """Return what an earlier try of this visit committed for `page`, or None."""
        ...

    def pages_before(self, account: AccountKey) -> Sequence[Page]:
        """Return the pages that the last visit read which read all of the account's, in order.

        Where a page changed its layout the class cannot say which one follows; these are looked
        at instead, so that all of them are kept and can be read later.
        """
        ...

    def commit(self, page: ReadPage, document: Callable[[], Evidence]) -> None:
        """Commit the page's readings and its row in one transaction (or spool them).

        `document` gives what the page looked like, for who keeps it: asked for only then.
        """
        ...

    def left(self, sent: Tally) -> None:
        """The visit has ended: `sent` belongs to no page that was committed."""
        ...


class EvidenceKeeper(Protocol):
    """Keeps, encrypted and bounded, what a failed page looked like."""

    def keep(self, evidence: Evidence) -> str:
        """Store it and return its id, for `danga evidence show ID`."""
        ...


class CredentialsKeeper(Protocol):
    """Hands out the login's credentials, where it has any, and counts how often they are typed."""

    def load(self) -> Credentials | None:
        """Return what the site's form takes, or None: then a person or an import signs in."""
        ...

    def about_to_type(self, credentials: Credentials) -> None:
        """The session is over and the form is there: may the credentials be typed now?

        Raises:
            Stopped: not now, or never these; nothing was typed.
            DangaError: the lease was lost; nobody may type any more.
        """
        ...

    def typed(self, verdict: Verdict) -> None:
        """They were typed, and this is what the site showed then.

        Raises:
            DangaError: the lease was lost; what came of it may not be stored.
        """
        ...


class Lease(Protocol):
    """The one lock of a login."""

    def check(self) -> None:
        """Prolong the lease, at a moment at which the visit may be left: before a page.

        Raises:
            DangaError: it was lost, and whatever is in hand must not be stored; or the process
                was told to stop.
        """
        ...

    def prolong(self) -> None:
        """Prolong the lease in the middle of a page, which is brought to its end.

        Raises:
            DangaError: it was lost.
        """
        ...
