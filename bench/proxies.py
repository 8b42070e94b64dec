"""What happens when proxies die, are refused, and are slow? And does a password cost requests?

    python -m bench.proxies        prints both as JSON (two minutes)

Three logins behind three proxies of one label. One proxy is killed in the middle of a page, one is
refused by the site, one answers each connection a second late. Business time is stepped; rests and
waits, which run on the database's clock, are let pass.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bench.ground import Ground, forget_settings_of_the_machine, prepared
from bench.inventory import Inventory, Login
from bench.story import SLOT
from bench.ways import Embedded, embedded
from storage.audit import AuditBook
from storage.logins import LoginBook
from storage.proxies import ProxyBook
from storage.visit_history import VisitHistory
from tests.proxy_server import ForwardProxy, SlowFront, forward_proxy, slow_front, socks_proxy
from tests.servers import wait_until
from tests.workers.workspace import pass_time, stored_numbers
from workers.logs import log_to_stderr
from workers.tick import tick
from workers.visiting import visit_next

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")
NAMES = ("kim", "lee", "park")
PLACES = {"kr-1": "127.0.0.2", "kr-2": "127.0.0.3", "kr-3": "127.0.0.4"}
"""From which address each proxy speaks to the site."""
LATE_SECONDS = 1.0
IN_FLIGHT = "/moment/api/accounts/1001/creatives"
"""The answer that the site holds back while the proxy of its asker is killed."""
_SIZES = ("--logins", "3", "--accounts", "1", "--channels", "1", "--creatives", "6")
_KR = {"label": "kr"}
TROUBLED = Inventory(
    tuple(
        Login(name, ("moment",), (f"moment/{1001 + number}",), _KR)
        for number, name in enumerate(NAMES)
    )
)
ONE = (Login("kim", ("moment",), ("moment/1001",), {"any": True}),)
SECRET = "kept-secret"


@dataclass
class _Troubled:
    """The three proxies, the slots so far, and what leaked in them."""

    ground: Ground
    way: Embedded
    proxies: Mapping[str, ForwardProxy]
    slow: SlowFront
    slots: list[datetime] = field(default_factory=list)
    leaks: int = 0
    refusals: int = 0

    def slot(self) -> None:
        """One slot, with all that is deferred in it."""
        at = BEGINS + len(self.slots) * SLOT
        self.slots.append(at)
        self.ground.go_to(at)
        tick(self.way.house)
        for _wait in range(2):  # for the spread of the starts, then for what was deferred
            pass_time(self.way.house.engine, minutes=11)
            while self._visit():
                continue

    def _visit(self) -> bool:
        """Run one visit and count what came from another address than its proxy's."""
        self.ground.demo.reset_stats()
        visit = visit_next(self.way.house, self.way.browser)
        if visit is None:
            return False
        stats = self.ground.demo.stats()
        own = self._address_of(VisitHistory(self.way.house.engine).get(visit).login_id)
        self.leaks += sum(n for address, n in stats["by_address"].items() if address != own)
        self.refusals += stats["by_status"].get("403", 0)
        return True

    def _address_of(self, login_id: int) -> str | None:
        assigned = ProxyBook(self.way.house.engine).assignment(login_id)
        return PLACES[assigned.proxy_id] if assigned else None

    def proxy_of(self, name: str) -> str:
        """The proxy through which a login goes."""
        engine = self.way.house.engine
        assigned = ProxyBook(engine).assignment(LoginBook(engine).get(name).id)
        assert assigned is not None
        return assigned.proxy_id


def measure() -> dict[str, Any]:
    """Both sections."""
    return {**trouble(), "warm_read": warm_reads()}


def trouble() -> dict[str, Any]:
    """Kill one proxy within a page, let one be refused, slow one down; a slot after each.

    `pages_lost`: accounts without their readings in a slot. `leaks`: requests at the site from
    another address than that of the asking login's proxy. `refusals`: answers 403 of the site.
    """
    with _troubled() as told:
        told.slot()
        _kill_in_flight(told)
        told.slot()
        told.ground.demo.knobs(refuse_addresses=PLACES[told.proxy_of("lee")])
        told.slot()
        told.slow.late_seconds = LATE_SECONDS
        told.slot()
        engine = told.way.house.engine
        wanted = {("moment", account.partition("/")[2]) for account in _accounts()}
        read = [{key[:2] for key in stored_numbers(engine, at)} for at in told.slots]
        moves = AuditBook(engine).newest(action="proxy.move")
        return {
            "slots": len(told.slots),
            "pages": len(wanted) * len(told.slots),
            "pages_lost": sum(len(wanted - slot) for slot in read),
            "moves": len(moves),
            "refusals": told.refusals,
            "leaks": told.leaks,
        }


def warm_reads() -> dict[str, int]:
    """Requests of the second read of one account: directly, and through proxies."""
    found = {"direct": _warm_read(None)}
    with forward_proxy() as plain:
        found["http"] = _warm_read(plain.url)
    with forward_proxy(username="agency", password=SECRET) as locked:
        found["http_with_password"] = _warm_read(_named(locked.url))
    with socks_proxy(username="agency", password=SECRET) as socks:
        found["socks5_with_password"] = _warm_read(_named(socks.url))
    return found


def _accounts() -> Iterator[str]:
    for login in TROUBLED.logins:
        yield from login.accounts


@contextmanager
def _troubled() -> Iterator[_Troubled]:
    with ExitStack() as stack:
        proxies = {
            name: stack.enter_context(forward_proxy(address=address))
            for name, address in PLACES.items()
        }
        slow = stack.enter_context(slow_front(proxies["kr-3"].port))
        urls = {name: proxy.url for name, proxy in proxies.items()}
        ground = stack.enter_context(prepared(TROUBLED, BEGINS, *_SIZES))
        _write(ground, {**urls, "kr-3": f"http://127.0.0.1:{slow.port}"})
        way = stack.enter_context(embedded(ground))
        yield _Troubled(ground, way, proxies, slow)


def _kill_in_flight(told: _Troubled) -> None:
    """Kill kim's proxy while an answer for it is under way; the slot is run by the caller."""
    told.ground.demo.knobs(stall_every=1, stall_path=IN_FLIGHT, stall_seconds=60)
    victim = told.proxies[told.proxy_of("kim")]

    def kill() -> None:
        wait_until(lambda: IN_FLIGHT in told.ground.demo.stats()["by_path"], 120, "it hangs")
        told.ground.demo.knobs(stall_every=None)
        victim.kill()

    threading.Thread(target=kill, daemon=True).start()


def _warm_read(url: str | None) -> int:
    logins = ONE if url is not None else (Login("kim", ONE[0].sites, ONE[0].accounts),)
    settings = {"PROXY_SECRET": SECRET}
    with prepared(Inventory(logins), BEGINS, *_SIZES, settings=settings) as ground:
        if url is not None:
            _write(ground, {"p": url})
        with embedded(ground) as way:
            for number in range(2):
                ground.go_to(BEGINS + number * SLOT)
                tick(way.house)
                pass_time(way.house.engine, minutes=11)
                ground.demo.reset_stats()
                visit_next(way.house, way.browser)
            total: int = ground.demo.stats()["total"]
            return total


def _named(url: str) -> str:
    return url.replace(SECRET, "${PROXY_SECRET}")


def _write(ground: Ground, urls: Mapping[str, str]) -> None:
    entries = [{"id": name, "url": url, "labels": ["kr"]} for name, url in urls.items()]
    text = json.dumps({"proxies": entries})
    (ground.folder / "proxies.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    forget_settings_of_the_machine()
    log_to_stderr("error", "console")
    print(json.dumps(measure(), indent=2))
