"""A house in memory around the real browser: what `workers/` wires from storage and pace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from crawler.browser import Browser
from crawler.order import AccountOrder, VisitOrder
from crawler.page import Page, ReadPage, Wanted
from crawler.page_reader import Patience
from crawler.ports import PageDone, StoredSession
from crawler.request_meter import Tally
from crawler.site import Site
from crawler.sites.channel import ChannelSite
from crawler.sites.moment import MomentSite
from crawler.visit import run_visit
from crawler.visit_report import VisitReport
from crawler.visit_tools import VisitTools
from domain.account import AccountKey
from domain.clock import SteppedClock
from domain.credentials import Credentials
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.evidence import Evidence
from domain.grant import Grant, Wait
from domain.proxy import Proxy
from domain.reading import Reading
from domain.session import BrowserSession
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitKind
from tests.demo_server import RunningDemo


@dataclass
class FreePace:
    """Grants everything and remembers what it was told."""

    asked: list[tuple[str, str, bool]] = field(default_factory=list)
    settled: list[int] = field(default_factory=list)
    overloads: list[tuple[str, float | None]] = field(default_factory=list)
    answers: list[Wait] = field(default_factory=list)
    first_bytes: list[float] = field(default_factory=list)
    eased: list[str] = field(default_factory=list)

    def ask(self, site: str, page: str, *, warm: bool) -> Grant | Wait:
        if self.answers:
            return self.answers.pop(0)
        self.asked.append((site, page, warm))
        return Grant(site, page, warm, 45, str(len(self.asked)))

    def settle(self, grant: Grant, requests: int, first_byte_ms: float | None = None) -> None:
        self.settled.append(requests)
        if first_byte_ms is not None:
            self.first_bytes.append(first_byte_ms)

    def overloaded(self, site: str, retry_after_seconds: float | None) -> None:
        self.overloads.append((site, retry_after_seconds))

    def refused(self, site: str) -> None:
        self.eased.append(f"{site} refused")

    def strained(self, site: str) -> None:
        self.eased.append(f"{site} strained")


@dataclass
class MemoryVault:
    """The newest session and how often one was saved."""

    stored: StoredSession | None = None

    def load(self) -> StoredSession | None:
        return self.stored

    def save(self, session: BrowserSession, after_version: int) -> int:
        newest = self.stored.version if self.stored else 0
        assert after_version == newest, "somebody else saved in between"
        self.stored = StoredSession(newest + 1, session)
        return newest + 1


@dataclass
class MemoryInventory:
    """Follows every ad of the levels it is told."""

    levels: frozenset[EntityKind] = frozenset({EntityKind.CREATIVE, EntityKind.CHANNEL})
    followed: dict[AccountKey, frozenset[EntityKey]] = field(default_factory=dict)
    listings: dict[AccountKey, frozenset[EntityKey]] = field(default_factory=dict)

    def follow(self, account: AccountKey, found: Sequence[FoundEntity]) -> frozenset[EntityKey]:
        new = {entity.key for entity in found if entity.key.kind in self.levels}
        self.followed[account] = self.followed.get(account, frozenset()) | new
        return self.followed[account]

    def listed(
        self, account: AccountKey, found: frozenset[EntityKey], kinds: frozenset[EntityKind]
    ) -> None:
        self.listings[account] = found


@dataclass
class MemoryLedger:
    """Commits pages to a dictionary, as a visit row would."""

    pages: dict[str, ReadPage] = field(default_factory=dict)
    rest: Tally = field(default_factory=Tally)
    before: tuple[Page, ...] = ()

    def done(self, page: Page) -> PageDone | None:
        read = self.pages.get(page.url)
        return PageDone(read.next_page, read.found, read.of) if read and read.verdict.ok else None

    def pages_before(self, account: AccountKey) -> Sequence[Page]:
        return self.before

    def commit(self, page: ReadPage, document: Callable[[], Evidence]) -> None:
        self.pages[page.page.url] = page

    def left(self, sent: Tally) -> None:
        self.rest = sent


@dataclass
class MemoryEvidence:
    """Keeps evidence in a list."""

    kept: list[Evidence] = field(default_factory=list)

    def keep(self, evidence: Evidence) -> str:
        self.kept.append(evidence)
        return f"e{len(self.kept)}"


@dataclass
class MemoryCredentials:
    """The demo's password for a user, or none."""

    user: str | None
    outcomes: list[VerdictKind] = field(default_factory=list)
    """What the site showed each time that they were typed."""

    def load(self) -> Credentials | None:
        return Credentials(self.user, f"demo-{self.user}") if self.user else None

    def about_to_type(self, credentials: Credentials) -> None:
        return None

    def typed(self, verdict: Verdict) -> None:
        self.outcomes.append(verdict.kind)


class HeldLease:
    """A lease that nobody else wants."""

    def check(self) -> None:
        return None

    def prolong(self) -> None:
        return None


class MemoryHouse:
    """One login of the demo, visited as often as a test wants."""

    def __init__(self, demo: RunningDemo, browser: Browser, user: str = "kim") -> None:
        self.demo = demo
        self.browser = browser
        self.user = user
        self.clock = SteppedClock(demo.now())
        self.sites: dict[str, Site] = {
            "moment": MomentSite("moment", demo.url),
            "channel": ChannelSite("channel", demo.url),
        }
        self.pace = FreePace()
        self.vault = MemoryVault()
        self.inventory = MemoryInventory()
        self.evidence = MemoryEvidence()
        self.credentials = MemoryCredentials(user)
        self.proxy: Proxy | None = None

    @cached_property
    def accounts(self) -> tuple[AccountOrder, ...]:
        """All that the login sees, by the demo's own word."""
        names = {
            (row["site"], row["account"]): row["account_name"]
            for row in self.demo.truth(login=self.user)
        }
        return tuple(
            AccountOrder(AccountKey(site, account), name, self.sites[site], Wanted())
            for (site, account), name in sorted(names.items())
        )

    def visit(
        self,
        *accounts: AccountOrder,
        kind: VisitKind = VisitKind.REGULAR,
        day: date | None = None,
        ledger: MemoryLedger | None = None,
    ) -> VisitReport:
        """Visit the accounts, or all of them."""
        self.clock.at = self.demo.now()
        order = VisitOrder(
            login=self.user,
            kind=kind,
            slot_at=self.clock.at,
            sites=tuple(self.sites.values()),
            accounts=accounts or self.accounts,
            day=day,
            proxy=self.proxy,
        )
        tools = VisitTools(
            browser=self.browser,
            pace=self.pace,
            sessions=self.vault,
            credentials=self.credentials,
            inventory=self.inventory,
            ledger=ledger or MemoryLedger(),
            evidence=self.evidence,
            lease=HeldLease(),
            clock=self.clock,
            patience=Patience(60, sleep=lambda _seconds: None),
        )
        return run_visit(order, tools)


def by_number(readings: Sequence[Reading]) -> dict[tuple[str, str, str, str], tuple[str, int]]:
    """Return (site, account, entity, metric) -> (business date, value), to compare with truth."""
    return {
        (r.entity.site, r.entity.account, r.entity.external_id, r.metric): (
            r.business_date.isoformat(),
            r.value,
        )
        for r in readings
    }


def true_numbers(
    demo: RunningDemo, user: str, at: datetime | None = None, day: date | None = None
) -> dict[tuple[str, str, str, str], tuple[str, int]]:
    """Return what a perfect reader of creatives and channels would have, in the same shape."""
    return {
        (row["site"], row["account"], row["external_id"], row["metric"]): (
            row["business_date"],
            row["value"],
        )
        for row in demo.truth(login=user, at=at, day=day)
        if row["kind"] in ("creative", "channel")
    }
