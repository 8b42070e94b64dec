"""A site class that has changed reads one account first, compared with its last readings.

A class that was mended in haste may find a number in the wrong column, and every account would
store it. So one account is read first, whoever of the workers comes first; where what it reads
goes on plausibly from what was read before, all others follow at once. Else the class is held:
its pages give no reading and are kept, until it changes again or a person trusts it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import structlog

from crawler.errors import LayoutChanged
from crawler.visit_report import VisitReport
from domain.account import AccountKey
from domain.audit import program
from domain.class_state import ClassState
from domain.entity import EntityKey
from domain.inventory import EntityState
from domain.reading import Reading
from domain.verdict import VerdictKind
from domain.visit import VisitKind
from storage.entities import EntityBook
from storage.site_classes import ClassVersion, SiteClassBook
from workers.class_comparison import Number, Series, comparable, implausible
from workers.house import House
from workers.places import Later

log = structlog.get_logger(__name__)

WAIT_SECONDS = 20.0
"""How soon a visit asks again whether the account that is read first has been read."""
COMPARED = timedelta(hours=36)
"""Of each account its last readings, so much of them that each time of the day is among them."""
OLDEST = timedelta(days=35)
"""Older readings say nothing of today's."""
NOTHING = "nothing to compare"


@dataclass(slots=True)
class ClassTrial:
    """The changed classes of one visit's sites. Of a trusted class nothing is asked."""

    house: House
    kind: VisitKind
    slot_at: datetime
    versions: Mapping[str, ClassVersion]
    """By site; only those that are not trusted."""
    fresh_since: Mapping[str, datetime]
    """Since when (operational) the class of a site is trusted."""
    faults: dict[str, str] = field(default_factory=dict)
    """What was implausible, by site."""
    compared: set[str] = field(default_factory=set)
    """Sites of which numbers were compared with earlier ones, and went on from them."""
    left_out: set[str] = field(default_factory=set)
    """Sites of which other accounts wait for the first one."""

    @classmethod
    def of(
        cls,
        house: House,
        kind: VisitKind,
        slot_at: datetime,
        accounts: Mapping[str, Sequence[AccountKey]],
    ) -> ClassTrial:
        """Meet the classes of the sites whose `accounts` a visit reads, the best canary first.

        Raises:
            Later: an account of another visit is read first.
        """
        met = {
            name: _meet(house, kind, slot_at, candidates)
            for name, candidates in accounts.items()
            if house.site(name).fingerprint
        }
        doubted = {name: one for name, one in met.items() if one.state is not ClassState.TRUSTED}
        for name, one in doubted.items():
            first = one.state is ClassState.TRYING and not one.detail
            mine = kind is VisitKind.REGULAR and one.canary in {
                a.external_id for a in accounts[name]
            }
            if first and not mine:
                reason = f"the class of {name} has changed: account {one.canary} is read first"
                raise Later(WAIT_SECONDS, reason)
        trusted = {name: one.since for name, one in met.items() if name not in doubted}
        return cls(house, kind, slot_at, doubted, trusted)

    def reads(self, account: AccountKey) -> bool:
        """Whether the account is read now: while a class is tried for the first time, only one."""
        version = self.versions.get(account.site)
        if version is None or version.state is ClassState.HELD or version.detail:
            return True
        return version.canary == account.external_id

    def is_news_for(self, account: AccountKey, looked_at: datetime) -> bool:
        """Whether the class has changed since the account was looked at (operational time)."""
        version = self.versions.get(account.site)
        if version is None:
            return self.fresh_since.get(account.site, looked_at) > looked_at
        return version.state is ClassState.TRYING and not version.detail

    def is_canary(self, account: AccountKey) -> bool:
        """Whether the account's readings decide about the class; those of a past day never do."""
        version = self.versions.get(account.site)
        if version is None or version.state is not ClassState.TRYING:
            return False
        return self.kind is VisitKind.REGULAR and version.canary == account.external_id

    def listed(self, account: AccountKey, listed: frozenset[EntityKey]) -> None:
        """Judge what a page lists, before anything of it is followed.

        Raises:
            LayoutChanged: the class is not believed, or lists strangers.
        """
        version = self.versions.get(account.site)
        if version is None:
            return
        if not self.is_canary(account):
            raise LayoutChanged(
                f"the class has changed and is not trusted yet: {version.detail or 'on trial'}"
            )
        kinds = {key.kind for key in listed}
        known = {one.key for one in EntityBook(self.house.engine).all(account)}
        if any(key.kind in kinds for key in known) and len(listed & known) * 2 < len(listed):
            self._doubt(account, f"of {len(listed)} entities {len(listed & known)} were known")

    def read(
        self, account: AccountKey, listed: frozenset[EntityKey], readings: Sequence[Reading]
    ) -> None:
        """Compare what a page of the first account gave with its last readings.

        Raises:
            LayoutChanged: it does not go on from them.
        """
        if not self.is_canary(account):
            return
        site = self.house.site(account.site)
        before = self._before(account, listed)
        fault = implausible(site, before, readings)
        if fault:
            self._doubt(account, fault)
        if comparable(site, before, readings):
            self.compared.add(account.site)
        elif readings and (before or not _has_readings(self.house, account, self.slot_at)):
            self._require_first(account.site)  # else another page of the account decides

    def settle(self, report: VisitReport) -> bool:
        """Note what the visit showed of the classes; return whether other accounts follow now."""
        follow = False
        for site, version in self.versions.items():
            pages = [p for p in report.pages if p.site == site and p.page.account is not None]
            mine = [p.verdict for p in pages if p.page.account and self.is_canary(p.page.account)]
            failed = next((v for v in mine if not v.ok), None)
            if site in self.faults:
                self._decide(version, ClassState.HELD, self.faults[site])
            elif mine and failed is None:
                follow |= self._passed(version) and site in self.left_out
            elif failed is not None and failed.kind is VerdictKind.LAYOUT_CHANGED:
                self._decide(version, ClassState.TRYING, failed.detail or "layout changed")
        return follow

    def _passed(self, version: ClassVersion) -> bool:
        """Trust what was compared, or is the first that ever read a number of its site."""
        if version.site in self.compared:
            return self._decide(version, ClassState.TRUSTED, "plausible on one account")
        if not self._read_before(version.site):
            return self._decide(version, ClassState.TRUSTED, "the first numbers of its site")
        self._decide(version, ClassState.TRYING, _nothing(version.site))
        return False

    def _require_first(self, site: str) -> None:
        if site not in self.compared and self._read_before(site):
            raise LayoutChanged(_nothing(site))

    def _read_before(self, site: str) -> bool:
        """Whether any number of the site was ever stored before this visit."""
        ids = {one.id for one in EntityBook(self.house.engine).all() if one.key.site == site}
        ever = datetime(1970, 1, 1, tzinfo=UTC)
        return self.house.readings.newest_slot(ids, ever, self.slot_at) is not None

    def _decide(self, version: ClassVersion, state: ClassState, detail: str) -> bool:
        by = program("class trial")
        changed = SiteClassBook(self.house.engine).decide(version, state, detail, by)
        if changed:
            log.warning("class.tried", site=version.site, state=state.value, because=detail,
                        account=version.canary)  # fmt: skip
        return changed

    def _doubt(self, account: AccountKey, fault: str) -> None:
        advice = f"mend it, or run: danga site trust {account.site}"
        self.faults[account.site] = fault
        raise LayoutChanged(f"the changed class is held as implausible: {fault}; {advice}")

    def _before(self, account: AccountKey, listed: frozenset[EntityKey]) -> Series:
        """Return the last readings of what the page lists and is followed, oldest first.

        Oldest by what they tell of: a past day that was read again this morning is no last number.
        """
        book = EntityBook(self.house.engine)
        followed = book.followed(account) & listed
        ids = {one.id for one in book.all(account) if one.key in followed}
        newest = self.house.readings.newest_slot(ids, self.slot_at - OLDEST, self.slot_at)
        if newest is None:
            return {}
        names = [metric.name for metric in self.house.site(account.site).metrics]
        pairs = {(entity, name) for entity in ids for name in names}
        stored = self.house.readings.series(pairs, newest - COMPARED, newest)
        found: dict[Number, list[Reading]] = defaultdict(list)
        for one in sorted((one.reading for one in stored), key=_when):
            found[one.entity, one.metric].append(one)
        return found


def _meet(
    house: House, kind: VisitKind, slot_at: datetime, accounts: Sequence[AccountKey]
) -> ClassVersion:
    """Meet a class with the first account that has readings to compare with, or else the first."""
    book = SiteClassBook(house.engine)
    name = accounts[0].site
    fingerprint = house.site(name).fingerprint
    known = book.find(name, fingerprint)
    if known is not None and known.state is not ClassState.TRYING:
        return known
    with_readings = next((one for one in accounts if _has_readings(house, one, slot_at)), None)
    canary = (with_readings or accounts[0]).external_id
    met = book.meet(name, fingerprint, canary)
    another = with_readings is not None and kind is VisitKind.REGULAR and met.canary != canary
    if another and met.state is ClassState.TRYING and met.detail.startswith(NOTHING):
        return book.try_on(met, canary)
    return met


def _has_readings(house: House, account: AccountKey, slot_at: datetime) -> bool:
    known = EntityBook(house.engine).all(account)
    followed = {one.id for one in known if one.state is EntityState.FOLLOWED}
    return house.readings.newest_slot(followed, slot_at - OLDEST, slot_at) is not None


def _nothing(site: str) -> str:
    return f"{NOTHING}: the changed class is not trusted; look at it, then: danga site trust {site}"


def _when(reading: Reading) -> tuple[date, datetime]:
    return reading.business_date, reading.slot_at
