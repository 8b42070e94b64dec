"""Does the largest login fit its slot at the default request budget?

One login, 40 ad accounts, 20 creatives each, in a browser that has never seen the site, at the
budget that a site gets when nobody names one. The seconds are real: nothing is sped up.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from bench.comparison import compare_readings
from bench.ground import prepared
from bench.inventory import DEFAULT, Inventory, Login
from bench.perfect_reader import PerfectReader
from bench.story import SLOT
from bench.ways import embedded, visits_of
from domain.request_budget import RequestBudget

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")


def measure(accounts: int, creatives: int) -> dict[str, Any]:
    """Run a cold slot and a warm one."""
    login = Login("kim", ("moment",), tuple(f"moment/{1001 + n}" for n in range(accounts)))
    inventory = Inventory((login,), budget=DEFAULT)
    sizes = ("--logins", "1", "--accounts", str(accounts), "--creatives", str(creatives))
    with prepared(inventory, BEGINS, *sizes) as ground, embedded(ground) as way:
        reader = PerfectReader(ground.demo, inventory)
        runs = []
        for at in (BEGINS, BEGINS + SLOT):
            ground.go_to(at)
            began = time.monotonic()
            way.run(inventory.queues)
            seconds = time.monotonic() - began
            reader.look(at, inventory.queues)
            runs.append({"seconds": round(seconds, 1), "requests": _requests(way.house, at)})
        readings = compare_readings(way.house, reader)
        peak = ground.demo.stats()["peak_within_a_second"]
    budget = RequestBudget()
    return {
        "accounts": accounts,
        "creatives": accounts * creatives,
        **runs[0],
        "share_of_slot": round(runs[0]["seconds"] / SLOT.total_seconds(), 3),
        "warm": runs[1],
        "readings": readings.as_json(),
        "peak_within_a_second": peak,
        "budget": {
            "requests_per_second": budget.requests_per_second,
            "burst": budget.burst,
            "concurrent_visits": budget.concurrent_visits,
        },
    }


def _requests(house: Any, at: datetime) -> int:
    return sum(visit.requests for visit in visits_of(house, at))
