"""How often does Danga log in? Once per session life, whatever is restarted or killed.

`danga up` with two visit processes lives through the slots, is ended, and a new one with new
browsers lives through as many more on the same vault.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from bench.ground import Ground, prepared
from bench.inventory import Inventory, Login
from bench.story import SLOT
from bench.up_process import danga_up
from storage.visit_history import VisitHistory

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")
INTO_THE_SLOT = timedelta(minutes=10)
"""Starts are spread over the first half of a slot, in real time: looked at from its middle, all
are due at once."""
NAMES = ("kim", "lee", "park", "choi", "jung")
INVENTORY = Inventory(
    tuple(
        Login(name, ("moment", "channel"), (f"moment/{1001 + number}", f"channel/ch{501 + number}"))
        for number, name in enumerate(NAMES)
    )
)
_SIZES = ("--accounts", "1", "--channels", "1", "--creatives", "6")
PROCESSES = 2


def measure(slots: int) -> dict[str, Any]:
    """Two runs of so many slots, with a captcha in waiting; then with a cookie that rotates."""
    plain = _two_runs(slots, captcha_after=3)
    rotating = _two_runs(slots, captcha_after=3, rotate_cookie=True, rotation_grace_seconds=0)
    return {**plain, "rotating_cookie": rotating}


def _two_runs(slots: int, **knobs: Any) -> dict[str, Any]:
    with prepared(INVENTORY, BEGINS, *_SIZES, **knobs) as ground:
        first = _run(ground, BEGINS, slots)
        second = _run(ground, BEGINS + slots * SLOT, slots)
    return {
        "slots": slots,
        "logins": len(NAMES),
        "first_run": first["logins"],
        "second_run": second["logins"],
        "captchas": first["captchas"] + second["captchas"],
        "visits": first["visits"] + second["visits"],
        "visits_done": first["done"] + second["done"],
    }


def _run(ground: Ground, begins: datetime, slots: int) -> dict[str, int]:
    ground.demo.reset_stats()
    with danga_up(ground, PROCESSES) as up:
        for number in range(slots):
            ground.go_to(begins + number * SLOT + INTO_THE_SLOT)
            up.run(ground.inventory.queues)
        visits = [
            visit
            for visit in VisitHistory(up.house.engine).recent(10_000)
            if visit.planned_at >= begins
        ]
    stats = ground.demo.stats()
    return {
        "logins": stats["logins"]["ok"] + stats["logins"]["failed"],
        "captchas": stats["captchas"],
        "visits": len(visits),
        "done": sum(visit.state == "done" for visit in visits),
    }
