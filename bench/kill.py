"""What does a kill -9 between two pages cost? At most the page in flight, and no login.

`danga up` with all its processes and browsers is killed as soon as the visit has committed some
pages; a new one takes over. The demo's statistics say which pages were asked for twice.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from bench.ground import Ground, prepared
from bench.inventory import Inventory, Login
from bench.logins import BEGINS, INTO_THE_SLOT
from bench.story import SLOT
from bench.up_process import danga_up
from storage.tables import ReadingRow
from storage.transaction import reading
from workers.house import House

ACCOUNTS = 5
_SIZES = ("--logins", "1", "--accounts", str(ACCOUNTS), "--channels", "1", "--creatives", "6")
INVENTORY = Inventory(
    (Login("kim", ("moment",), tuple(f"moment/{1001 + number}" for number in range(ACCOUNTS))),)
)
METRICS = 4


def measure(kills: int) -> dict[str, Any]:
    """Kill after 1, 2, 3 ... committed pages, a slot each; sums over all kills."""
    with prepared(INVENTORY, BEGINS, *_SIZES) as ground:
        ground.go_to(BEGINS + INTO_THE_SLOT)
        with danga_up(ground, 1) as up:
            up.run(ground.inventory.queues)
        told = [
            _killed_after(ground, number % (ACCOUNTS - 1) + 1, number) for number in range(kills)
        ]
    return {
        "kills": kills,
        "pages_of_a_visit": ACCOUNTS,
        "pages_again": max(one["pages_again"] for one in told),
        "logins_after": sum(one["logins_after"] for one in told),
        "readings_absent": sum(one["readings_absent"] for one in told),
        "each": told,
    }


def _killed_after(ground: Ground, pages: int, number: int) -> dict[str, Any]:
    slot = BEGINS + (number + 1) * SLOT
    ground.go_to(slot + INTO_THE_SLOT)
    ground.demo.reset_stats()
    with danga_up(ground, 1) as up:
        up.read_some_pages(pages)
        up.kill()
    logins_before = ground.demo.stats()["logins"]["ok"]
    killed = time.monotonic()
    with danga_up(ground, 1) as up:
        up.run(ground.inventory.queues)
        seconds = time.monotonic() - killed
        stored = _readings(up.house, slot)
    stats = ground.demo.stats()
    asked = [
        n
        for path, n in stats["by_path"].items()
        if path.endswith("/creatives") and "/api/" not in path
    ]
    return {
        "committed_before": pages,
        "pages_again": sum(asked) - ACCOUNTS,
        "logins_after": stats["logins"]["ok"] - logins_before,
        "readings_absent": ACCOUNTS * 6 * METRICS - stored,
        "seconds_until_done": round(seconds, 1),
    }


def _readings(house: House, slot: datetime) -> int:
    with reading(house.engine) as connection:
        rows = select(func.count()).select_from(ReadingRow).where(ReadingRow.slot_at == slot)
        return connection.scalar(rows) or 0
