"""What a planned visit is to do: the login's sites, and the accounts that are to be read now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from crawler.order import AccountOrder, VisitOrder
from crawler.page import Wanted
from domain.account import AccountKey
from domain.policy import SitePolicy
from domain.proxy import Proxy
from domain.slot import slot_of
from domain.verdict import VerdictKind
from domain.visit import VisitKind
from storage.accounts import AccountBook, AccountRecord
from storage.entities import EntityBook
from storage.logins import LoginRecord
from storage.visit_history import Look, VisitHistory
from storage.visit_record import VisitRecord
from workers.class_trial import ClassTrial
from workers.house import House
from workers.wanted_days import sites_showing

GONE_RESTS = timedelta(days=1)
"""An account that is gone is looked at once a day, until it is back or nobody declares it."""


def order_of(
    house: House, visit: VisitRecord, login: LoginRecord, proxy: Proxy | None
) -> tuple[VisitOrder, ClassTrial]:
    """Return what the crawler needs to know of a visit, and what is to be tried in it.

    Raises:
        SiteClassBroken: the class of one of the login's sites cannot be loaded.
        Later: a changed class is tried elsewhere first.
    """
    halted = {name for name in login.sites[1:] if house.halt(name) is not None}
    read = AccountBook(house.engine).of_login(login.id)
    left = halted | _without_the_day(house, visit, login)
    accounts = [_account_order(house, one, visit.kind) for one in read if one.key.site not in left]
    trial = ClassTrial.of(house, visit.kind, visit.planned_at, _canaries(visit.kind, accounts))
    resting = _resting(house, visit, login, [one.key for one in accounts], trial)
    order = _order(house, visit, login, proxy, halted)
    awake = [one for one in accounts if one.key not in resting]
    trial.left_out |= {one.key.site for one in awake if not trial.reads(one.key)}
    due = (one for one in awake if trial.reads(one.key))
    return replace(order, accounts=tuple(due)), trial


def _without_the_day(house: House, visit: VisitRecord, login: LoginRecord) -> set[str]:
    """Return the sites whose pages do not show the past date of the visit, or do no more."""
    if visit.kind is not VisitKind.PAST_DAY or visit.business_date is None:
        return set()
    now = house.clock.now()
    return {*login.sites} - {*sites_showing(house, login, visit.business_date, now)}


def _canaries(
    kind: VisitKind, accounts: Sequence[AccountOrder]
) -> Mapping[str, Sequence[AccountKey]]:
    """Return the accounts of each site that a changed class may be tried on, the best first."""
    if kind not in (VisitKind.REGULAR, VisitKind.PAST_DAY):
        return {}
    found: dict[str, list[AccountKey]] = defaultdict(list)
    for one in sorted(accounts, key=lambda one: (not one.wanted.entities, one.key)):
        found[one.key.site].append(one.key)
    return found


def _order(
    house: House, visit: VisitRecord, login: LoginRecord, proxy: Proxy | None, halted: set[str]
) -> VisitOrder:
    return VisitOrder(
        login=login.name,
        kind=visit.kind,
        slot_at=visit.planned_at,
        sites=tuple(house.site(name) for name in login.sites if name not in halted),
        day=visit.business_date if visit.kind is VisitKind.PAST_DAY else None,
        proxy=proxy,
        left_alone=tuple(house.site(name) for name in sorted(halted)),
    )


def _account_order(house: House, account: AccountRecord, kind: VisitKind) -> AccountOrder:
    book = EntityBook(house.engine)
    # On the past date an ad may have run that the account lists no more.
    of_then = book.resting(account.key) if kind is VisitKind.PAST_DAY else frozenset()
    wanted = Wanted(book.followed(account.key) | of_then, book.levels(account.key))
    return AccountOrder(
        account.key,
        account.shown_name or "",
        house.site(account.key.site),
        wanted,
        currency=account.terms.currency,
    )


def _resting(
    house: House,
    visit: VisitRecord,
    login: LoginRecord,
    accounts: Sequence[AccountKey],
    trial: ClassTrial,
) -> frozenset[AccountKey]:
    """Only the schedule leaves accounts out: what a person asks for between two slots is read."""
    every = timedelta(minutes=house.policy(login.sites[0]).slot_minutes)
    if visit.kind is not VisitKind.REGULAR or visit.planned_at != slot_of(visit.planned_at, every):
        return frozenset()
    looks = VisitHistory(house.engine).last_looks(login.id, visit.planned_at - GONE_RESTS, visit.id)
    seen = [(account, looks[account]) for account in accounts if account in looks]
    return frozenset(
        account
        for account, look in seen
        if look.saw(VerdictKind.GONE)
        or (
            not trial.is_news_for(account, look.at)
            and _changed_and_rests(look, visit.planned_at, every, house.policy(account.site))
        )
    )


def _changed_and_rests(look: Look, slot_at: datetime, every: timedelta, policy: SitePolicy) -> bool:
    """Whether a page that no class can read yet is not looked at in this slot.

    It is in each n-th slot of the clock, the same for all logins, so that both sides of a watch
    have readings once the pages are read again; and where such a slot was missed, in the next.
    """
    if not look.saw(VerdictKind.LAYOUT_CHANGED):
        return False
    span = policy.changed_layout_slots * every
    return slot_at != slot_of(slot_at, span) and slot_at - look.slot_at < span
