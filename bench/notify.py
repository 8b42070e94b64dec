"""How many messages reach people: causes provoked over a working day, with all that makes storms.

python -m bench.notify

Logins that wait and flap, a site that refuses every other slot, a changed layout, a paused site,
proxies that all rest, slots without a number, two schedulers each minute, a chat service that is
dead for two hours. Promised: exactly one message per cause, and one when it is over.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from domain.account import AccountKey
from domain.audit import program
from domain.entity import EntityKind
from domain.inventory import (
    AccountSpec,
    ClientSpec,
    InventorySpec,
    LoginSpec,
    MemberRule,
    ProxyWish,
    SiteSpec,
    WatchSpec,
)
from domain.policy import SitePolicy
from domain.session import SessionState
from domain.verdict import VerdictKind
from storage import schema
from storage.engine import open_engine
from storage.logins import LoginBook
from storage.proxies import Backoff, ProxyBook
from storage.site_halts import HaltBook
from tests.notify.agency import PARK, Office
from tests.notify.receiver import Receiver
from workers.notify.rounds import notify_round

OK = VerdictKind.OK
SLOT_MINUTES = 20
ME = program("bench")
SITES = ("refusing", "changed", "paused", "silent", "calm", "proxied")
WAITING_LOGINS = tuple(f"calm-{number}" for number in range(12))
"""They will wait for a person, every third of them contested."""
PROXIES = ("p1", "p2")


@dataclass
class Day:
    """One day at an agency: what visits find, and which logins flap."""

    office: Office
    chat: Receiver
    verdicts: dict[str, VerdictKind | None] = field(default_factory=dict)
    flapping: set[str] = field(default_factory=set)

    def slot(self, number: int) -> None:
        """Visit everybody, and let two schedulers and a sender look each other minute."""
        for login in _logins():
            verdict = self.verdicts.get(login, OK)
            if login == "refusing-0" and verdict is not OK and number % 2:
                verdict = OK  # it lets us in every other slot
            if login not in self._waiting():
                self.office.visit(login, verdict)
        for minute in range(0, SLOT_MINUTES, 2):
            self._flap(minute)
            for _scheduler in range(2):
                notify_round(self.office.house)
            self.office.deliver()
            self.office.step(2)

    def wait(self, login: str) -> None:
        """Let a login wait for a person; every third because somebody else uses it."""
        contested = int(login.rpartition("-")[2]) % 3 == 0
        state = SessionState.CONTESTED if contested else SessionState.NEEDS_HUMAN
        self.office.state(login, state, "captcha: a picture")

    def _flap(self, minute: int) -> None:
        for login in self.flapping:
            if minute % 4:
                self.office.state(login, SessionState.ACTIVE)
            else:
                self.wait(login)

    def _waiting(self) -> set[str]:
        return {one.name for one in LoginBook(self.office.engine).all() if one.waits}


def measure(folder: Path, slots: int = 24) -> dict[str, Any]:
    """Return what was provoked and what arrived; `folder` is an empty one."""
    engine = open_engine(f"sqlite:///{folder / 'danga.db'}")
    schema.upgrade(engine)
    try:
        with Receiver() as chat:
            return _measured(folder, engine, chat, slots)
    finally:
        engine.dispose()


def _measured(folder: Path, engine: Engine, chat: Receiver, slots: int) -> dict[str, Any]:
    root = folder / "ws"
    root.mkdir()
    (root / "proxies.yaml").write_text(
        "proxies:\n"
        "  - {id: p1, url: 'http://127.0.0.1:9', labels: [kr]}\n"
        "  - {id: p2, url: 'http://127.0.0.1:8', labels: [kr]}\n"
    )
    office = Office(root, engine)
    office.environment(f"PARK_CHAT={chat.url}")
    office.apply(PARK, spec=_inventory())
    day = Day(office, chat)
    causes = 0
    for number in range(slots):
        causes += Events(day).at(number)
        if slots // 3 <= number < slots // 3 + 6:
            with chat.dead():
                day.slot(number)
        else:
            day.slot(number)
    told = Counter(chat.titles)
    begins = {title: count for title, count in told.items() if "해결됨" not in title}
    overs = {title: count for title, count in told.items() if "해결됨" in title}
    return {
        "slots": slots,
        "looks": slots * SLOT_MINUTES,
        "causes": causes,
        "messages": len(chat.received),
        "begins": sum(begins.values()),
        "overs": sum(overs.values()),
        "told_twice": sorted(title for title, count in told.items() if count > 1),
        "service_dead_minutes": 6 * SLOT_MINUTES,
    }


@dataclass(frozen=True, slots=True)
class Events:
    """What begins and ends over the day; each answers how many causes begin."""

    day: Day

    def at(self, slot: int) -> int:
        """Let happen what happens at the beginning of a slot."""
        happens: dict[int, Callable[[], int]] = {
            1: self.logins_wait,
            2: self.pages_go_wrong,
            3: self.a_site_is_paused,
            4: self.proxies_rest,
            12: self.logins_go_on,
            14: self.pages_are_right,
            15: self.the_site_is_resumed,
            16: self.proxies_work,
        }
        return happens[slot]() if slot in happens else 0

    def logins_wait(self) -> int:
        """Twelve wait, four of them now and then."""
        for login in WAITING_LOGINS:
            self.day.wait(login)
        self.day.flapping = set(WAITING_LOGINS[:4])
        return len(WAITING_LOGINS)

    def logins_go_on(self) -> int:
        """A person has signed in everywhere."""
        self.day.flapping = set()
        for login in WAITING_LOGINS:
            self.day.office.state(login, SessionState.ACTIVE)
        return 0

    def pages_go_wrong(self) -> int:
        """One site refuses, one has changed (for both of its logins), one gives nothing."""
        self.day.verdicts = {
            "refusing-0": VerdictKind.REFUSED,
            "changed-0": VerdictKind.LAYOUT_CHANGED,
            "changed-1": VerdictKind.LAYOUT_CHANGED,
            "silent-0": None,
            "silent-1": VerdictKind.UNREACHABLE,
        }
        return 3

    def pages_are_right(self) -> int:
        """Everything is read again."""
        self.day.verdicts = {}
        return 0

    def a_site_is_paused(self) -> int:
        """By a person."""
        halts = HaltBook(self.day.office.engine)
        halts.pause("paused", ME, "they called", timedelta(hours=9))
        return 1

    def the_site_is_resumed(self) -> int:
        """By a person."""
        HaltBook(self.day.office.engine).resume("paused", ME, "they agreed")
        return 0

    def proxies_rest(self) -> int:
        """All that some logins may use."""
        for one in PROXIES:
            hours = Backoff(9 * 3600.0, 9 * 3600.0)
            ProxyBook(self.day.office.engine).rest(one, hours, "proxy_down: no route", ME)
        return 1

    def proxies_work(self) -> int:
        """A page came through each."""
        for one in PROXIES:
            ProxyBook(self.day.office.engine).worked(one, ME)
        return 0


def _logins() -> list[str]:
    return [f"{site}-{number}" for site in SITES for number in range(_of(site))]


def _of(site: str) -> int:
    return len(WAITING_LOGINS) + 2 if site == "calm" else 2


def _inventory() -> InventorySpec:
    names = [(name, name.partition("-")[0]) for name in _logins()]
    keys = {name: AccountKey(site, name) for name, site in names}
    kr = ProxyWish(label="kr")
    return InventorySpec(
        sites=tuple(SiteSpec(one, SitePolicy("moment", "http://127.0.0.1:1")) for one in SITES),
        clients=tuple(ClientSpec(name) for name, _ in names),
        logins=tuple(
            LoginSpec(name, (site,), proxy=kr if site == "proxied" else None)
            for name, site in names
        ),
        accounts=tuple(AccountSpec(keys[name], name, name) for name, _ in names),
        watches=tuple(_watch(name, keys[name]) for name, _ in names),
    )


def _watch(name: str, account: AccountKey) -> WatchSpec:
    spend = MemberRule(account, EntityKind.CREATIVE, "spend")
    results = MemberRule(account, EntityKind.CREATIVE, "conversions")
    return WatchSpec(name, name, 30_000, frozenset({spend}), frozenset({results}))


def main() -> int:
    """Measure, print, and return whether the promise was kept."""
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder))
    print(json.dumps(found, ensure_ascii=False, indent=1))
    return int(found["messages"] != 2 * found["causes"] or bool(found["told_twice"]))


if __name__ == "__main__":
    sys.exit(main())
