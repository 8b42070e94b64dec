"""What `danga backfill` is asked, what that would take, and to let it be done."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from domain.account import AccountKey
from domain.audit import Actor, Deed
from domain.business_day import BusinessDay
from domain.errors import BadInput, Fault
from domain.inventory import EntityState
from domain.wanted_day import OPEN
from storage.accounts import AccountBook
from storage.entities import EntityBook
from storage.first_members import extend_first_members
from storage.logins import LoginBook, LoginRecord
from storage.wanted_days import WantedDay, WantedDays
from storage.watches import WatchBook
from workers.house import House
from workers.nearest import suggest
from workers.past_day_room import Room, room_of
from workers.settling import settle_dates
from workers.wanted_days import sites_showing

_DAY = timedelta(days=1)
_LONGEST = timedelta(days=399)


@dataclass(frozen=True, slots=True)
class Choice:
    """Logins of these names that read accounts of these clients on these sites; empty: of all."""

    logins: Sequence[str] = ()
    clients: Sequence[str] = ()
    sites: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """Which dates, both included, of which logins.

    With `again` also dates that were read since they settled.
    """

    since: date
    until: date
    of: Choice = Choice()
    again: bool = False

    @property
    def days(self) -> tuple[date, ...]:
        """The dates, ascending."""
        return tuple(self.since + ago * _DAY for ago in range((self.until - self.since).days + 1))


@dataclass(frozen=True, slots=True)
class LoginShare:
    """The dates of a login: those that would be read, and how many would not, and why."""

    login: LoginRecord
    days: tuple[date, ...]
    read: int = 0
    planned: int = 0
    not_shown: int = 0
    """Its sites do not show them, or do no more."""
    past_days: int = 0
    """How many days back the farthest of its sites shows; 0: none shows a past day."""
    is_listed: bool = True
    """Whether any of its ads was listed: else there is nothing to read yet."""


@dataclass(frozen=True, slots=True)
class SiteShare:
    """What the visits of one site cost, beside what its budget leaves for past days."""

    site: str
    visits: int
    waiting: int
    """Visits that were asked for before, and come first."""
    room: Room

    @property
    def takes(self) -> timedelta | None:
        """How long until the last of them; None: the budget has no room."""
        return self.room.takes(self.visits + self.waiting)


@dataclass(frozen=True, slots=True)
class YoungWatch:
    """A watch that was declared after the first of the dates: it has no members before."""

    id: int
    name: str
    since: date


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a wish comes to."""

    wish: Wish
    logins: tuple[LoginShare, ...]
    sites: tuple[SiteShare, ...]
    young: tuple[YoungWatch, ...]
    """Of these logins' watches."""

    @property
    def visits(self) -> int:
        """All visits: one of each login for each date."""
        return sum(len(one.days) for one in self.logins)


def plan_backfill(house: House, wish: Wish) -> BackfillPlan:
    """Return what a wish would take; nothing is written.

    Raises:
        BadInput: the dates are no past ones, or a name is not known.
        SiteClassBroken: the class of a site cannot be loaded.
    """
    now = house.clock.now()
    _require_past(wish, BusinessDay(house.settings.zone).date_of(now))
    chosen = chosen_logins(house, wish.of)
    book = WantedDays(house.engine)
    open_days = book.all(OPEN)
    planned = frozenset((one.login_id, one.day) for one in open_days)
    read = {} if wish.again else book.read_days([one.id for one in chosen], wish.since)
    listed = _listed(house)
    shares = [
        _share(house, login, wish.days, read, planned)
        if login.id in listed
        else LoginShare(login, (), past_days=_past_days(house, login), is_listed=False)
        for login in chosen
    ]
    sites = tuple(_site_shares(house, shares, open_days, now))
    return BackfillPlan(wish, tuple(shares), sites, tuple(_young(house, chosen, wish.since)))


def carry_out(house: House, plan: BackfillPlan, actor: Actor, reason: str = "") -> int:
    """Let the visits of a plan be made as there is room; return how many were not wanted before.

    What was asked and by whom stands in the audit, in the same transaction.
    """
    wish = plan.wish
    names = [one.login.name for one in plan.logins if one.days]
    detail = {"from": str(wish.since), "to": str(wish.until), "logins": names, "again": wish.again}
    days = [(one.login.id, day) for one in plan.logins for day in one.days]
    deed = Deed("backfill.ask", f"days {wish.since} to {wish.until}", reason, detail)
    return WantedDays(house.engine).want(days, actor, deed, house.clock.now())


def extend_watches(house: House, plan: BackfillPlan, actor: Actor) -> int:
    """Let the first members of the young watches hold from the plan's first date on.

    Return how many members; what is known of those dates is computed at once.
    """
    wall = BusinessDay(house.settings.zone)
    young, since = [one.id for one in plan.young], wall.starts(plan.wish.since)
    now = house.clock.now()
    extended = extend_first_members(house.engine, young, since, wall, actor, now)
    if extended:
        # Whoever joined on its first day was a member from then on: later rows stay as they are.
        # In the zone of a site that day may be the next date.
        until = max(one.since for one in plan.young) + _DAY
        settle_dates(house, young, plan.wish.since, until)
    return extended


def cancel(house: House, logins: Sequence[LoginRecord], actor: Actor, reason: str) -> int:
    """Forget the wanted days of some logins that wait or were given up; return how many."""
    names = [one.name for one in logins]
    deed = Deed("backfill.cancel", "wanted days", reason, {"logins": names})
    return WantedDays(house.engine).cancel([one.id for one in logins], actor, deed)


def chosen_logins(house: House, of: Choice) -> tuple[LoginRecord, ...]:
    """Return the logins that a choice names.

    Raises:
        BadInput: a name is not known, or no login reads what was named.
    """
    accounts = AccountBook(house.engine).all()
    reading = {one.login_id for one in accounts}
    logins = [one for one in LoginBook(house.engine).all() if one.id in reading]
    known = {
        "login": {one.name for one in logins},
        "client": {one.client for one in accounts if one.client is not None},
        "site": {one.key.site for one in accounts if one.login_id is not None},
    }
    faults = [
        Fault(f"--{noun}", f"there is no {noun} {name}", suggest(name, known[noun]))
        for noun, names in (("login", of.logins), ("client", of.clients), ("site", of.sites))
        for name in names
        if name not in known[noun]
    ]
    if faults:
        raise BadInput(*faults)
    wanted = {
        one.login_id
        for one in accounts
        if (not of.clients or one.client in of.clients)
        and (not of.sites or one.key.site in of.sites)
    }
    chosen = tuple(
        one for one in logins if one.id in wanted and (not of.logins or one.name in of.logins)
    )
    if not chosen:
        raise BadInput(Fault("logins", "none reads what was named", "see `danga account list`"))
    return chosen


def _require_past(wish: Wish, today: date) -> None:
    faults = [
        Fault(option, f"{day} is not over", f"today is {today}: name a day before it")
        for option, day in (("--from", wish.since), ("--to", wish.until))
        if day >= today
    ]
    if not faults and wish.since > wish.until:
        cure = "the first day comes first"
        faults.append(Fault("--from", f"{wish.since} is after --to {wish.until}", cure))
    if not faults and wish.until - wish.since > _LONGEST:
        cure = f"ask for {_LONGEST.days + 1} at most"
        faults.append(
            Fault("--from", f"{wish.since} to {wish.until} is {len(wish.days):,} days", cure)
        )
    if faults:
        raise BadInput(*faults)


def _listed(house: House) -> frozenset[int]:
    """Return the logins of which anything is followed: the others have nothing to read yet."""
    followed = {
        (one.key.site, one.key.account)
        for one in EntityBook(house.engine).all()
        if one.state is not EntityState.SEEN
    }
    return frozenset(
        one.login_id
        for one in AccountBook(house.engine).all()
        if one.login_id is not None and (one.key.site, one.key.external_id) in followed
    )


def _share(
    house: House,
    login: LoginRecord,
    days: Sequence[date],
    read: Mapping[tuple[int, date], datetime],
    planned: frozenset[tuple[int, date]],
) -> LoginShare:
    now = house.clock.now()
    showing = {day: sites for day in days if (sites := sites_showing(house, login, day, now))}
    shown = {(login.id, day) for day in showing}
    final = {
        (login.id, day)
        for day, sites in showing.items()
        if (slot := read.get((login.id, day)))
        and all(slot >= house.day_of(name).settled(day) for name in sites)
    } - planned
    return LoginShare(
        login,
        days=tuple(sorted(day for _, day in shown - final - planned)),
        read=len(final),
        planned=len(shown & planned),
        not_shown=len(days) - len(shown),
        past_days=_past_days(house, login),
    )


def _past_days(house: House, login: LoginRecord) -> int:
    return max(house.site(name).past_days for name in login.sites)


def _site_shares(
    house: House, logins: Sequence[LoginShare], waiting: Sequence[WantedDay], now: datetime
) -> Iterator[SiteShare]:
    visits: dict[str, int] = defaultdict(int)
    for one in logins:
        visits[one.login.sites[0]] += len(one.days)
    for site in sorted(name for name, count in visits.items() if count):
        before = sum(one.site == site for one in waiting)
        yield SiteShare(site, visits[site], before, room_of(house, site, now))


def _young(house: House, logins: Sequence[LoginRecord], first: date) -> Iterator[YoungWatch]:
    """Yield the watches over accounts of the logins whose first members came after a date."""
    wall = BusinessDay(house.settings.zone)
    mine = {one.key for login in logins for one in AccountBook(house.engine).of_login(login.id)}
    book = WatchBook(house.engine)
    members = book.members_of_each([one.id for one in book.all() if one.enabled])
    for watch in book.all():
        found = members.get(watch.id, ())
        here = any(AccountKey(one.entity.site, one.entity.account) in mine for one in found)
        if here and (since := min(one.valid_from for one in found)) > wall.starts(first):
            yield YoungWatch(watch.id, watch.name, wall.date_of(since))
