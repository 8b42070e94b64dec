"""A site class that has changed reads one account first, compared with its last readings.

A class that was mended in haste may find a number in the wrong column, and every account would
store it. So one account is read first, whoever of the workers comes first; where what it reads
goes on plausibly from what was read before, all others follow at once. Else the class is held:
its pages give no reading and are kept, until it changes again or a person trusts it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from costs.plausibility import Judge, Limits
from crawler.errors import LayoutChanged
from crawler.site import Site
from crawler.visit_report import VisitReport
from domain.account import AccountKey
from domain.audit import program
from domain.business_day import BusinessDay
from domain.class_state import ClassState
from domain.entity import EntityKey
from domain.metric import Metric, MetricKind
from domain.reading import Reading
from domain.verdict import VerdictKind
from domain.visit import VisitKind
from storage.entities import EntityBook
from storage.site_classes import ClassVersion, SiteClassBook
from workers.house import House
from workers.places import Later

log = structlog.get_logger(__name__)

WAIT_SECONDS = 20.0
"""How soon a visit asks again whether the account that is read first has been read."""
COMPARED = timedelta(hours=36)
"""Older readings say nothing of today's."""
_MANY = 10
"""One number in so many may fall: an advertiser is refunded now and then."""

_Number = tuple[EntityKey, str]


@dataclass(slots=True)
class ClassTrial:
    """The changed classes of one visit's sites. Of a trusted class nothing is asked."""

    house: House
    slot_at: datetime
    versions: Mapping[str, ClassVersion]
    """By site; only those that are not trusted."""
    fresh_since: Mapping[str, datetime]
    """Since when (operational) the class of a site is trusted."""
    faults: dict[str, str] = field(default_factory=dict)
    """What was implausible, by site."""
    left_out: set[str] = field(default_factory=set)
    """Sites of which other accounts wait for the first one."""

    @classmethod
    def of(
        cls, house: House, kind: VisitKind, slot_at: datetime, canaries: Mapping[str, AccountKey]
    ) -> ClassTrial:
        """Meet the classes of the sites whose accounts a visit reads; `canaries` one of each.

        Raises:
            Later: an account of another visit is read first.
        """
        book = SiteClassBook(house.engine)
        met = {
            name: book.meet(name, house.site(name).fingerprint, canary.external_id)
            for name, canary in canaries.items()
            if house.site(name).fingerprint
        }
        doubted = {name: one for name, one in met.items() if one.state is not ClassState.TRUSTED}
        for name, one in doubted.items():
            first = one.state is ClassState.TRYING and not one.detail
            mine = kind is VisitKind.REGULAR and one.canary == canaries[name].external_id
            if first and not mine:
                reason = f"the class of {name} has changed: account {one.canary} is read first"
                raise Later(WAIT_SECONDS, reason)
        trusted = {name: one.since for name, one in met.items() if name not in doubted}
        return cls(house, slot_at, doubted, trusted)

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
        """Whether the account's readings decide about the class."""
        version = self.versions.get(account.site)
        if version is None or version.state is not ClassState.TRYING:
            return False
        return version.canary == account.external_id

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
        before = self._before(account, listed)
        fault = implausible(self.house.site(account.site), before, readings)
        if fault:
            self._doubt(account, fault)

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
                trusted = self._decide(version, ClassState.TRUSTED, "plausible on one account")
                follow |= trusted and site in self.left_out
            elif failed is not None and failed.kind is VerdictKind.LAYOUT_CHANGED:
                self._decide(version, ClassState.TRYING, failed.detail or "layout changed")
        return follow

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

    def _before(
        self, account: AccountKey, listed: frozenset[EntityKey]
    ) -> Mapping[_Number, Sequence[Reading]]:
        """Return the last readings of what the page lists and is followed, oldest first."""
        book = EntityBook(self.house.engine)
        followed = book.followed(account) & listed
        ids = {one.id for one in book.all(account) if one.key in followed}
        names = [metric.name for metric in self.house.site(account.site).metrics]
        pairs = {(entity, name) for entity in ids for name in names}
        since = self.slot_at - COMPARED
        stored = self.house.readings.series(pairs, since, self.slot_at - timedelta(seconds=1))
        found: dict[_Number, list[Reading]] = defaultdict(list)
        for one in stored:
            found[one.reading.entity, one.reading.metric].append(one.reading)
        return found


def implausible(
    site: Site, before: Mapping[_Number, Sequence[Reading]], readings: Iterable[Reading]
) -> str:
    """Return why readings cannot follow those of `before` (oldest first), or nothing. Pure."""
    metrics = {metric.name: metric for metric in site.metrics}
    now = {(one.entity, one.metric): one for one in readings}
    missing = [number for number in before if number not in now]
    if missing:
        entity, metric = sorted(missing)[0]
        return f"{metric} of {entity.external_id} was read before and is not any more"
    judge = _judge_of(site)
    pairs = [(series[-1], now[number]) for number, series in sorted(before.items())]
    for last, one in pairs:
        if one.slot_at in judge(metrics[one.metric]).held([*before[one.entity, one.metric], one]):
            return f"{_told(one)} after {last.value:,}"
    fell = [pair for pair in pairs if _fell(metrics[pair[1].metric], *pair)]
    if len(fell) * _MANY > len(pairs):
        last, one = fell[0]
        return f"{len(fell)} of {len(pairs)} numbers fell, {_told(one)} after {last.value:,}"
    return ""


def _judge_of(site: Site) -> Callable[[Metric], Judge]:
    day = BusinessDay.of(site.time_zone, site.settles_at)
    return lambda metric: Judge(metric, day, Limits(), lambda _one, _other: True)


def _fell(metric: Metric, last: Reading, one: Reading) -> bool:
    if metric.kind is MetricKind.GAUGE or one.value >= last.value:
        return False
    daily = metric.kind is MetricKind.DAILY_CUMULATIVE
    return not daily or one.business_date == last.business_date


def _told(one: Reading) -> str:
    return f"{one.metric} of {one.entity.external_id} shows {one.value:,}"
