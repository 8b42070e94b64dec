"""What a perfect reader would know: the demo's truth at each slot, as far as anybody looked.

It asks the demo, never Danga. Which ads belong to a watch, since when and until when, it works
out from the lists that the demo's truth shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench.inventory import Inventory, Login, Watch, kind_of
from bench.oracle import Follow, Truth
from tests.demo_server import RunningDemo

SEOUL = ZoneInfo("Asia/Seoul")
SETTLES_HOUR = 8
_KINDS = {"friends": "gauge", "subscribers": "gauge"}

Key = tuple[str, str, str]
"""Account (`site/id`), external id, metric."""


@dataclass
class PerfectReader:
    """Looks wherever a visit was made, at the very moment."""

    demo: RunningDemo
    inventory: Inventory
    seen: dict[datetime, dict[Key, tuple[date, int]]] = field(default_factory=dict)
    finals: dict[tuple[Key, date], int] = field(default_factory=dict)
    lists: dict[str, list[tuple[datetime, frozenset[str]]]] = field(default_factory=dict)
    """Slot and external ids, by account, oldest first."""
    _settled: set[tuple[str, date]] = field(default_factory=set)

    def look(self, at: datetime, queues: Collection[str]) -> None:
        """Read at the slot `at` what the logins of `queues` see; settle yesterday once it can."""
        shown = self.seen.setdefault(at, {})
        for login in self.inventory.logins:
            if login.sites[0] not in queues:
                continue
            rows = self._rows(login, at)
            shown |= {_key(row): (_date(row), row["value"]) for row in rows}
            for account in login.accounts:
                ids = frozenset(row["external_id"] for row in rows if _account(row) == account)
                self.lists.setdefault(account, []).append((at, ids))
            self._settle(login, at)

    @property
    def truth(self) -> Truth:
        """Everything so far, as the oracle takes it."""
        return Truth(self.seen, self.finals)

    def follows(self, watch: Watch) -> list[Follow]:
        """Return the lines of a watch as the lists have made them."""
        return [
            self._follow(account, id_, side, metric)
            for side, accounts, metric in watch.sides
            for account in accounts
            for id_ in sorted({id_ for _, ids in self.lists.get(account, ()) for id_ in ids})
        ]

    def _follow(self, account: str, id_: str, side: str, metric: str) -> Follow:
        slots = [slot for slot, _ in self.lists[account]]
        there = [slot for slot, ids in self.lists[account] if id_ in ids]
        since, last = there[0], there[-1]
        after = [slot for slot in slots if slot > last]
        before = [slot for slot in slots if slot < since]
        kind = _KINDS.get(metric, "daily_cumulative")
        until, born_after = (after[0] if after else None), (before[-1] if before else None)
        return Follow((account, id_, metric), side, kind, SEOUL, since, until, born_after)

    def _settle(self, login: Login, at: datetime) -> None:
        """The first visit after 08:00 reads yesterday once more, if anybody read it before."""
        here = at.astimezone(SEOUL)
        yesterday = here.date() - timedelta(days=1)
        visited = any(slot.astimezone(SEOUL).date() == yesterday for slot in self._visits(login))
        if here.hour < SETTLES_HOUR or (login.name, yesterday) in self._settled or not visited:
            return
        self._settled.add((login.name, yesterday))
        for row in self._rows(login, at, yesterday):
            if row["site"] != "channel":  # a channel's page has no past days
                self.finals[_key(row), yesterday] = row["value"]

    def _visits(self, login: Login) -> Iterable[datetime]:
        return (slot for slot, _ in self.lists.get(login.accounts[0], ()))

    def _rows(self, login: Login, at: datetime, day: date | None = None) -> list[dict[str, Any]]:
        return [
            row
            for row in self.demo.truth(at=at, login=login.name, day=day)
            if _account(row) in login.accounts and row["kind"] == kind_of(_account(row))
        ]


def _account(row: dict[str, Any]) -> str:
    return f"{row['site']}/{row['account']}"


def _key(row: dict[str, Any]) -> Key:
    return _account(row), row["external_id"], row["metric"]


def _date(row: dict[str, Any]) -> date:
    return date.fromisoformat(row["business_date"])
