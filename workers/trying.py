"""Try a site class on the real site: one paced visit that stores no reading (`danga site try`)."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.browser import Browser
from crawler.order import AccountOrder
from crawler.page import ReadPage, Wanted
from crawler.snapshot import Snapshot
from crawler.visit_report import VisitReport
from domain.account import AccountKey, FoundAccount
from domain.currency import KRW
from domain.entity import EntityKind
from domain.visit import VisitKind
from storage.accounts import AccountBook
from workers.house import House
from workers.login_in_hand import LoginInHand, login_in_hand


@dataclass(frozen=True, slots=True)
class TriedPage:
    """A page as the class judged and read it, with what it was judged by."""

    read: ReadPage
    snapshot: Snapshot | None


@dataclass(slots=True)
class Trial:
    """What a trial showed; `accounts` is what the lobby lists."""

    report: VisitReport
    pages: list[TriedPage] = field(default_factory=list)
    accounts: tuple[FoundAccount, ...] = ()

    @property
    def requests(self) -> int:
        """Network requests that it cost."""
        return self.report.requests


def try_site(house: House, browser: Browser, wish: TrialWish) -> Trial:
    """Visit the lobby of the site, then one account where one is named, and store no reading.

    The account may be one that the inventory does not hold: its id alone is checked then.

    Raises:
        UnknownName: no such login.
        LeaseTaken: a visit works with the login just now.
    """
    pages: list[TriedPage] = []

    def watch(read: ReadPage, snapshot: Snapshot | None) -> None:
        pages.append(TriedPage(read, snapshot))

    with login_in_hand(house, wish.login, VisitKind.PROBE, wish.who) as hand:
        tools = hand.tools(browser, watch)
        if wish.account is None:
            report = hand.visit(VisitKind.PROBE, tools, first=wish.site)
        else:
            report = hand.visit(VisitKind.REGULAR, tools, (_account_order(hand, wish),))
    return Trial(report, pages, report.accounts)


@dataclass(frozen=True, slots=True)
class TrialWish:
    """Which login tries which site; `account` None: only the lobby."""

    login: str
    site: str
    who: str
    account: str | None = None
    levels: frozenset[EntityKind] = frozenset()


def _account_order(hand: LoginInHand, wish: TrialWish) -> AccountOrder:
    key = AccountKey(wish.site, wish.account or "")
    declared = {one.key: one for one in AccountBook(hand.house.engine).all()}
    known = declared.get(key)
    return AccountOrder(
        key,
        (known.shown_name if known else None) or "",
        hand.house.site(wish.site),
        Wanted(levels=wish.levels),
        currency=known.terms.currency if known else KRW,
    )
