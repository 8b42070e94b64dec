"""One browser session of one login: read all its pages that are due, page by page.

After every page, whatever its verdict: first the session is saved, then the page's readings. So
a visit that is killed between two pages loses nothing and logs nobody in again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import structlog

from crawler.class_guard import (
    answered,
    answered_next,
    answered_pages,
    checked_readings,
    guarded,
)
from crawler.clerk import Clerk
from crawler.desk import Desk
from crawler.errors import LayoutChanged, PaceWait, SiteClassBroken, Stopped, WrongCurrency
from crawler.expectation import expected_of
from crawler.listing import Listing
from crawler.order import AccountOrder, VisitOrder
from crawler.page import Expected, Found, Page, ReadPage
from crawler.page_reader import PageReader, Sight
from crawler.request_meter import Tally
from crawler.site import Site
from crawler.visit_report import VisitReport
from crawler.visit_tools import VisitTools
from domain.account import AccountKey, FoundAccount
from domain.entity import EntityKey
from domain.errors import DangaError
from domain.reading import Reading
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitKind

log = structlog.get_logger(__name__)

GOES_ON = frozenset({VerdictKind.OK, VerdictKind.GONE, VerdictKind.LAYOUT_CHANGED})
"""Verdicts that concern one account only; every other one ends the visit."""
_STOPS_NO_LOOK = GOES_ON | {VerdictKind.WRONG_VIEW}


def run_visit(order: VisitOrder, tools: VisitTools) -> VisitReport:
    """Visit the login and return what came out; readings are committed on the way.

    However it ends, the session is saved: a page that was not finished may have brought a new
    cookie, or a login.

    Raises:
        DangaError: the lease or the session was lost to somebody else, a store is away, or the
            process was told to stop.
    """
    visit = _Visit(order, tools)
    try:
        visit.run()
    except Stopped as stop:
        visit.report.verdict = stop.verdict
    except PaceWait as wait:
        visit.report.wait = wait
    finally:
        visit.end()
    return visit.report


class _Visit:
    def __init__(self, order: VisitOrder, tools: VisitTools) -> None:
        self.order = order
        self.tools = tools
        self.report = VisitReport()
        self.desk = Desk(
            tools.browser,
            order.login,
            order.proxy,
            order.hosts,
            tools.credentials,
            tools.patience.breathe,
        )
        self.clerk = Clerk(order.login, self.desk, tools)
        self.reader = PageReader(
            self.desk, tools.pace, tools.lease, tools.patience, self.clerk.signed_in
        )

    def end(self) -> None:
        """Leave the site, and let nothing be lost of a page that was not finished."""
        try:
            self.clerk.end()
        finally:
            self.desk.leave()
            self._charge_the_rest()
            sent = self.desk.sent
            self.report.requests = sent.requests
            for page in self.report.pages:
                sent -= Tally(page.requests, page.bytes_received)
            self.tools.ledger.left(sent)

    def _charge_the_rest(self) -> None:
        try:
            self.reader.charge_the_rest()
        except DangaError as error:
            log.warning("requests.not_charged", because=str(error))

    def run(self) -> None:
        self.desk.sit_down(self.tools.sessions.load())
        for account in self._accounts():
            if not self._read_account(account):
                return

    def _accounts(self) -> Iterator[AccountOrder]:
        """The accounts ordered; a discovery or a probe asks the lobby instead."""
        if self.order.kind is VisitKind.PROBE:
            self._read_lobby(self.order.sites[0])
        elif self.order.kind is VisitKind.DISCOVER:
            for site in self.order.sites:
                for account in self._read_lobby(site):
                    yield AccountOrder(account.key, account.shown_name, site)
        else:
            yield from self.order.accounts

    def _read_lobby(self, site: Site) -> Sequence[FoundAccount]:
        page = answered(site, "lobby", Page)
        before = self.desk.sent
        sight = self._read(site, page, AccountOrder(AccountKey(site.name, ""), "", site))
        found = self._lobby_of(site, sight)
        read = ReadPage(site.name, page, sight.verdict, steps=tuple(sight.steps))
        self._commit(self._weighed(read, before), sight)
        if not sight.verdict.ok:
            raise Stopped(sight.verdict)
        self.report.accounts += found.accounts
        return found.accounts

    def _lobby_of(self, site: Site, sight: Sight) -> Found:
        try:
            return self._discovered(site, sight) if sight.verdict.ok else Found()
        except (LayoutChanged, SiteClassBroken) as error:
            sight.verdict = Verdict(VerdictKind.LAYOUT_CHANGED, str(error))
            return Found()

    def _read_account(self, account: AccountOrder) -> bool:
        """Read all pages of the account; return whether the visit may go on."""
        try:
            return self._read_pages(account)
        except (LayoutChanged, SiteClassBroken) as error:
            page = Page("account", account.site.base_url, account.key)
            verdict = Verdict(VerdictKind.LAYOUT_CHANGED, str(error))
            self.desk.turn_to(account.site, page, self._expected(page, account))
            self._commit(ReadPage(account.site.name, page, verdict), Sight(verdict))
            return True

    def _read_pages(self, account: AccountOrder) -> bool:
        site = account.site
        queue = answered_pages(site, account.key, account.wanted, self.order.day)
        listing, anything = Listing(), bool(queue)
        while queue:
            page = queue.pop(0)
            done = self.tools.ledger.done(page) or self._read_page(account, page, listing)
            if isinstance(done, ReadPage) and not done.verdict.ok:
                if done.verdict.kind is VerdictKind.LAYOUT_CHANGED:
                    return self._look_at_the_rest(account, page, queue, listing)
                return self._may_go_on(done.verdict)
            listing.add(page.kind, done.found, done.of)
            if done.next_page is not None:
                queue.insert(0, done.next_page)
        if self.order.kind is VisitKind.REGULAR and anything and listing.steady:
            kinds = account.wanted.kinds
            self.tools.inventory.listed(account.key, frozenset(listing.found), kinds)
        return True

    def _look_at_the_rest(
        self, account: AccountOrder, broken: Page, queue: list[Page], listing: Listing
    ) -> bool:
        """Look at the account's other pages too, so that all are kept; nothing of it rests.

        Which they are only the last whole visit knows. A list that is shorter by now shows
        another page than such an old address names: that stops nobody.
        """
        pages = {(one.kind, one.url): one for one in self.tools.ledger.pages_before(account.key)}
        pages |= {(one.kind, one.url): one for one in queue}
        pages.pop((broken.kind, broken.url), None)
        for page in pages.values():
            if self.tools.ledger.done(page) or self._has_read(page):
                continue
            verdict = self._read_page(account, page, listing).verdict
            if verdict.kind not in _STOPS_NO_LOOK:
                return self._may_go_on(verdict)
        return True

    def _has_read(self, page: Page) -> bool:
        return any(one.page == page for one in self.report.pages)

    def _may_go_on(self, verdict: Verdict) -> bool:
        if verdict.kind in GOES_ON:
            return True
        self.report.verdict = verdict
        return False

    def _read_page(self, account: AccountOrder, page: Page, listing: Listing) -> ReadPage:
        before = self.desk.sent
        sight = self._read(account.site, page, account)
        read = ReadPage(account.site.name, page, sight.verdict, steps=tuple(sight.steps))
        if sight.verdict.ok:
            read = self._extracted(account, read, sight, listing)
        return self._commit(self._weighed(read, before), sight)

    def _weighed(self, read: ReadPage, before: Tally) -> ReadPage:
        """Return the page with what it has cost since `before`."""
        sent = self.desk.sent - before
        return replace(read, requests=sent.requests, bytes_received=sent.bytes_received)

    def _read(self, site: Site, page: Page, account: AccountOrder) -> Sight:
        log.info("page.begin", login=self.order.login, page=page.kind, account=str(account.key))
        self.clerk.begin()
        return self.reader.read(site, page, lambda: self._expected(page, account))

    def _expected(self, page: Page, account: AccountOrder) -> Expected:
        return expected_of(self.order, page, account, self.tools.clock.now())

    def _extracted(
        self, account: AccountOrder, read: ReadPage, sight: Sight, listing: Listing
    ) -> ReadPage:
        """Let new ads join first, so that they are measured on the page that showed them."""
        try:
            found = self._discovered(account.site, sight)
            listed = frozenset(entity.key for entity in found.entities)
            following = answered_next(account.site, read.page, sight.snapshot)
            if following is None:
                listing.require_whole(read.page.kind, listed, found.of)
            self.tools.doubt.listed(account.key, listed)
            followed = self.tools.inventory.follow(account.key, found.entities)
            readings = self._readings(account.site, sight, followed)
            self.tools.doubt.read(account.key, listed, readings)
        except (LayoutChanged, SiteClassBroken) as error:
            sight.verdict = Verdict(VerdictKind.LAYOUT_CHANGED, str(error))
            return replace(read, verdict=sight.verdict)
        except WrongCurrency as wrong:
            sight.verdict = wrong.verdict
            return replace(read, verdict=sight.verdict)
        return replace(read, readings=readings, found=listed, of=found.of, next_page=following)

    def _readings(
        self, site: Site, sight: Sight, followed: frozenset[EntityKey]
    ) -> tuple[Reading, ...]:
        if self.order.kind is VisitKind.DISCOVER:
            return ()
        expected = replace(self.desk.expected, entities=followed)
        assert sight.snapshot is not None, "a page that is well was seen"
        found = guarded(site, "extract", sight.snapshot, expected)
        return checked_readings(site, found, expected, sight.snapshot.taken_at)

    def _discovered(self, site: Site, sight: Sight) -> Found:
        return answered(site, "discover", Found, sight.snapshot)

    def _commit(self, read: ReadPage, sight: Sight) -> ReadPage:
        read = self.clerk.write_down(read, sight)
        self.report.pages.append(read)
        return read
