"""What causes are derived from: what the database and this machine show at one moment. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.account import AccountKey
from domain.request_budget import RequestBudget
from storage.collected import Seen, WatchedAccount
from storage.logins import LoginRecord
from storage.watch_troubles import WatchTrouble


@dataclass(frozen=True, slots=True)
class SiteTimes:
    """When a site is visited: every so often, but not in its quiet hours."""

    slot: timedelta
    budget: RequestBudget

    def ended(self, slot: datetime, now: datetime) -> bool:
        """Whether a slot is over, and was one in which we might have come."""
        return slot + self.slot <= now and not self._quiet(slot)

    def missed(self, since: datetime, now: datetime) -> int:
        """Return how many slots of the clock ended after `since`, a day's at most."""
        slot, count = since + self.slot, 0
        while slot + self.slot <= min(now, since + timedelta(days=1)):
            count += self.ended(slot, now)
            slot += self.slot
        return count

    def _quiet(self, moment: datetime) -> bool:
        local = moment.astimezone(ZoneInfo(self.budget.time_zone)).time()
        return self.budget.quiet is not None and self.budget.quiet.hold(local)


@dataclass(frozen=True, slots=True)
class Ending:
    """A session that a person has to renew: before when (business time), and why a person."""

    due: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that is looked at.

    `stopped`: site -> why. `unread`: login -> which wanted past days were given up, and why.
    `troubles`: the watches that cannot be computed. `ending`: login -> its session's end.
    `proxyless`: an outage of proxies -> the logins that it leaves without one. `recovered`: since
    when nothing keeps an account from being read. `before`: the causes that were there at the last
    look, with what they kept from being read.
    """

    now: datetime
    logins: tuple[LoginRecord, ...] = ()
    watched: tuple[WatchedAccount, ...] = ()
    owners: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    seen: Mapping[tuple[int, AccountKey | str], Seen] = field(default_factory=dict)
    slots: Mapping[int, tuple[datetime, ...]] = field(default_factory=dict)
    sites: Mapping[str, SiteTimes] = field(default_factory=dict)
    stopped: Mapping[str, str] = field(default_factory=dict)
    proxyless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ending: Mapping[str, Ending] = field(default_factory=dict)
    full_disk: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    troubles: tuple[WatchTrouble, ...] = ()
    recovered: Mapping[AccountKey, datetime] = field(default_factory=dict)
    before: Mapping[str, frozenset[AccountKey]] = field(default_factory=dict)
    nobody_visits: bool = False
