"""How much a site received from us, by hour and by day: a report to send to the platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from domain.verdict import VerdictKind
from storage.audit import AuditBook, Audited
from storage.database_clock import database_now
from storage.site_load import LoadBook, PolicyThen, Sent
from storage.transaction import reading

_HALTS = ("site.pause", "site.rest", "site.open", "site.stop", "site.resume")
_REFUSED = (VerdictKind.REFUSED, VerdictKind.OVERLOADED)


@dataclass(slots=True)
class Load:
    """Sums over a span of time that begins at `begins`, an hour or a day of `zone`.

    `peak_minute` is the most requests that were booked in one minute; a page's requests are
    booked when it ends, so a long page makes a peak look higher, never lower.
    """

    begins: datetime
    requests: int = 0
    bytes_received: int = 0
    pages: int = 0
    sign_ins: int = 0
    refusals: int = 0
    _visits: set[int] = field(default_factory=set)
    _minutes: dict[datetime, int] = field(default_factory=dict)

    @property
    def visits(self) -> int:
        """How many browser sessions sent something."""
        return len(self._visits)

    @property
    def peak_minute(self) -> int:
        """The most requests of one minute."""
        return max(self._minutes.values(), default=0)

    def add(self, sent: Sent, at: datetime) -> None:
        """Book what was sent at a moment of this span."""
        self.requests += sent.requests
        self.bytes_received += sent.bytes_received
        self.pages += sent.verdict is not None
        self.sign_ins += sent.sign_ins
        self.refusals += sent.verdict in _REFUSED
        self._visits.add(sent.visit)
        minute = at.replace(second=0, microsecond=0)
        self._minutes[minute] = self._minutes.get(minute, 0) + sent.requests


@dataclass(frozen=True, slots=True)
class SiteLoad:
    """The report. Moments are in `zone`; days and hours without a request are left out."""

    site: str
    zone: ZoneInfo
    since: datetime
    until: datetime
    total: Load
    days: Sequence[Load]
    hours: Sequence[Load]
    policies: Sequence[PolicyThen]
    proxies: int
    halts: Sequence[Audited]
    """What was paused, rested, stopped and resumed meanwhile, the newest first."""

    @property
    def peak_hour(self) -> Load | None:
        """The hour with the most requests."""
        return max(self.hours, key=lambda hour: hour.requests, default=None)


def site_load(engine: Engine, site: str, days: int, zone: ZoneInfo, now: datetime) -> SiteLoad:
    """Return the load of the last `days` days, today included; `now` is business time."""
    with reading(engine) as connection:
        until = database_now(connection).astimezone(zone)
    since = _midnight(until.date() - timedelta(days=days - 1), zone)
    book = LoadBook(engine, site)
    sent = list(book.sent(since))
    total = Load(since)
    for one in sent:
        total.add(one, one.at)
    return SiteLoad(
        site=site,
        zone=zone,
        since=since,
        until=until,
        total=total,
        days=_by(sent, zone, lambda at: at.replace(hour=0, minute=0, second=0, microsecond=0)),
        hours=_by(sent, zone, lambda at: at.replace(minute=0, second=0, microsecond=0)),
        policies=book.policies(now - timedelta(days=days)),
        proxies=book.proxies(),
        halts=tuple(
            line
            for line in AuditBook(engine).newest(f"site {site}", "site.", since, limit=1000)
            if line.deed.action in _HALTS
        ),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def _by(
    sent: Iterable[Sent], zone: ZoneInfo, begin: Callable[[datetime], datetime]
) -> tuple[Load, ...]:
    loads: dict[datetime, Load] = {}
    for one in sent:
        at = one.at.astimezone(zone)
        begins = begin(at)
        loads.setdefault(begins, Load(begins)).add(one, at)
    return tuple(loads[begins] for begins in sorted(loads))
