"""A login held by a command: its lease, its proxy, its sites, and the tools of a visit.

For what is no planned visit: a trial of a site class, a person's refresh. Readings are not
stored; the session is, as real sites rotate cookies at every page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from crawler.browser import Browser
from crawler.order import AccountOrder, VisitOrder
from crawler.page import Page, ReadPage
from crawler.ports import PageDone
from crawler.request_meter import Tally
from crawler.site import Site
from crawler.visit import run_visit
from crawler.visit_report import VisitReport
from crawler.visit_tools import VisitTools, Watcher
from domain.account import AccountKey
from domain.audit import program
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.errors import DangaError
from domain.evidence import Evidence
from domain.proxy import Proxy
from domain.verdict import Verdict
from domain.visit import VisitKind, VisitState
from storage.leases import HeldLease, LeaseBook
from storage.logins import LoginBook, LoginRecord
from storage.visit_record import Outcome
from storage.visits import VisitBook
from workers.house import House
from workers.places import Later, places
from workers.proxy_desk import ProxyDesk
from workers.sign_in_desk import SignInDesk
from workers.visit_ports import LEASE_SECONDS, KeptLease, LoginSessions


class WaitsForPerson(DangaError):
    """The login waits for a person; a program leaves it alone."""


@dataclass(slots=True)
class _Everything:
    """An inventory for one run: all that a page lists is read, and nobody remembers it."""

    seen: dict[AccountKey, frozenset[EntityKey]] = field(default_factory=dict)

    def follow(self, account: AccountKey, found: Sequence[FoundEntity]) -> frozenset[EntityKey]:
        listed = frozenset(entity.key for entity in found)
        self.seen[account] = self.seen.get(account, frozenset()) | listed
        return self.seen[account]

    def listed(
        self, account: AccountKey, found: frozenset[EntityKey], kinds: frozenset[EntityKind]
    ) -> None:
        return None


class _Nowhere:
    """A ledger that stores nothing."""

    def done(self, page: Page) -> PageDone | None:
        return None

    def pages_before(self, account: AccountKey) -> Sequence[Page]:
        return ()

    def commit(self, page: ReadPage, document: Callable[[], Evidence]) -> None:
        return None

    def left(self, sent: Tally) -> None:
        return None


@dataclass(frozen=True, slots=True)
class LoginInHand:
    """A login whose lease this process holds; `purpose` is what its sessions are saved under."""

    house: House
    login: LoginRecord
    lease: HeldLease
    proxy: Proxy | None
    purpose: str
    kept: KeptLease
    """Prolonged before every page; whoever waits for a person prolongs it meanwhile."""

    @property
    def sites(self) -> tuple[Site, ...]:
        """Its sites, the one where it signs in first."""
        return tuple(self.house.site(name) for name in self.login.sites)

    @property
    def sessions(self) -> LoginSessions:
        """Its vault."""
        return LoginSessions(self.house.vault, self.lease, self.purpose)

    def visit(
        self,
        kind: VisitKind,
        tools: VisitTools,
        accounts: tuple[AccountOrder, ...] = (),
        first: str = "",
    ) -> VisitReport:
        """Visit some accounts, at the usual pace, and store no reading.

        A probe asks the lobby of the site `first`, else of the one where the login signs in.
        """
        report = run_visit(self.order(kind, accounts, first), tools)
        received = sum(page.bytes_received for page in report.pages)
        noted = VisitKind.TRIAL if kind is VisitKind.REGULAR else kind
        self.note(noted, Tally(report.requests, received), report.outcome)
        return report

    def note(self, kind: VisitKind, sent: Tally, verdict: Verdict) -> None:
        """Note in the list of visits what was sent without a planned one.

        Raises:
            StaleToken: the lease was lost.
        """
        outcome = Outcome(
            VisitState.DONE if verdict.ok else VisitState.FAILED,
            verdict.kind,
            verdict.detail,
            sent.requests,
            sent.bytes_received,
        )
        now, house = self.house.clock.now(), self.house
        VisitBook(house.engine).note(self.lease, kind, now, house.name, outcome)

    def order(
        self, kind: VisitKind, accounts: tuple[AccountOrder, ...] = (), first: str = ""
    ) -> VisitOrder:
        """Return what such a visit should read."""
        return VisitOrder(
            login=self.login.name,
            kind=kind,
            slot_at=self.house.clock.now(),
            sites=tuple(sorted(self.sites, key=lambda site: site.name != first))
            if first
            else self.sites,
            accounts=accounts,
            proxy=self.proxy,
        )

    def require_welcome(self) -> None:
        """Pass where nobody halted one of its sites since: a person's window is closed too.

        Raises:
            Later: somebody did.
        """
        for site in self.login.sites:
            halt = self.house.halt(site)
            if halt is not None:
                raise Later(halt.seconds, halt.reason)

    def tools(self, browser: Browser, watch: Watcher = lambda _page, _snapshot: None) -> VisitTools:
        """Return the tools of a visit whose readings nobody stores."""
        house = self.house
        return VisitTools(
            browser=browser,
            pace=house.pace,
            sessions=self.sessions,
            credentials=SignInDesk(house, self.lease, program(self.purpose)),
            inventory=_Everything(),
            ledger=_Nowhere(),
            evidence=house.evidence,
            lease=self.kept,
            clock=house.clock,
            watch=watch,
        )


@contextmanager
def login_in_hand(house: House, name: str, kind: VisitKind, who: str) -> Iterator[LoginInHand]:
    """Take the login's lease for a command of `who`, and give it back.

    Raises:
        UnknownName: there is no such login, or it is closed.
        WaitsForPerson: a program may do nothing with it now.
        LeaseTaken: a visit works with it just now.
        NoProxyNow: all its proxies rest.
        Later: a site is full, closed or quiet.
    """
    login = LoginBook(house.engine).still_open(name)
    if login.waits and kind is not VisitKind.REFRESH:
        raise WaitsForPerson(
            f"{name} waits for a person: {login.state_reason}",
            advice=f"Run `danga session refresh {name}`.",
        )
    proxy = ProxyDesk(house, program(f"{kind} by {who}")).proxy_for(login)
    purpose = f"{kind} by {who}"
    with (
        LeaseBook(house.engine).hold(login.id, house.name, kind, LEASE_SECONDS) as lease,
        places(house.pace, login.sites, f"{login.name}: {purpose}") as prolong,
    ):
        kept = KeptLease(LeaseBook(house.engine), lease, LEASE_SECONDS, also=prolong)
        yield LoginInHand(house, login, lease, proxy, purpose, kept)
