"""An ad of the demo burns money: after how many slots does its owner hear of it?

The whole way: the demo's pages in a real browser, readings, unit costs, causes, the outbox, a chat
service on 127.0.0.1. An account of 20 ads spends twice as much from 14:00 on and converts nobody;
at 14:40 it is as before.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bench.ground import Ground, prepared
from bench.inventory import CLIENT, Inventory, Login
from bench.own_classes import apply_classes
from bench.ways import Embedded, embedded
from tests.notify.receiver import Receiver
from workers.notify.rounds import delivery_round, notify_round

SLOT = timedelta(minutes=20)
BURNS = datetime.fromisoformat("2026-03-03T14:00+09:00")
BEGINS, MENDED = BURNS - 2 * SLOT, BURNS + 2 * SLOT
TARGET = 10_000
"""The demo's ads convert at some 6,600 won."""
MOST_SLOTS = 12
_ACCOUNT = "moment/1001"
_OWNER = "김지은"
_INVENTORY = Inventory((Login("kim", ("moment",), (_ACCOUNT,)),))
_SIZES = ("--logins", "1", "--accounts", "1", "--channels", "1", "--creatives", "20")
_CREATIVES = {"account": _ACCOUNT, "kind": "creative", "name": "*"}
_DECLARED: dict[str, Any] = {
    "owners": [{"name": _OWNER}],
    "clients": [{"name": CLIENT, "owners": [_OWNER]}],
    "watches": [
        {
            "name": "전환",
            "client": CLIENT,
            "target": TARGET,
            "spend": {**_CREATIVES, "metric": "spend"},
            "results": {**_CREATIVES, "metric": "conversions"},
        }
    ],
    "notify": [{"name": _OWNER, "roles": ["owner"], "urls": ["${BENCH_CHAT}"]}],
}


def measure() -> dict[str, Any]:
    """Return after how many slots it was told, and after how many it was over."""
    with (
        Receiver() as chat,
        prepared(
            _INVENTORY, BURNS - 2 * SLOT, *_SIZES, settings={"BENCH_CHAT": chat.url}
        ) as ground,
    ):
        apply_classes(ground, {}, **_DECLARED)
        ground.demo.happen(*(_burn(f"c1001-{number:02}") for number in range(1, 21)))
        with embedded(ground) as way:
            before = _slots_until(ground, way, chat, BEGINS, BURNS, messages=1)
            told = _slots_until(ground, way, chat, BURNS + SLOT, MENDED, messages=1)
            over = _slots_until(ground, way, chat, MENDED + SLOT, None, messages=2)
    return {
        "slots_to_message": told,
        "slots_to_over": over,
        "messages": chat.titles,
        "said": chat.received[0].body.splitlines() if chat.received else [],
        "slots_before": before,
    }


def _burn(ad: str) -> dict[str, Any]:
    times = {"at": BURNS.isoformat(), "until": MENDED.isoformat()}
    return {"type": "burn", "ad": ad, "spend_times": 2, **times}


def _slots_until(
    ground: Ground,
    way: Embedded,
    chat: Receiver,
    begin: datetime,
    end: datetime | None,
    messages: int,
) -> int:
    """Visit slot after slot, also after so many messages came, until `end`; without an `end` until
    they came. Return how many slots it took them (or all, where they did not come)."""
    at, slots, needed = begin, 0, 0
    while slots < MOST_SLOTS and (at <= end if end else len(chat.received) < messages):
        ground.go_to(at)
        way.run(_INVENTORY.queues)
        notify_round(way.house)
        delivery_round(way.house)
        slots += 1
        if len(chat.received) < messages:
            needed = slots
        at += SLOT
    return min(needed + 1, MOST_SLOTS)
