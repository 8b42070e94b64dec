"""Does Danga record every request that the site counts? Recorded may never be below counted.

One login, in phases that make counting hard: a cold browser with blocked images, a warm one, a
rotating cookie, deep links that are repaired, documents and JSON answers that hang until the
navigation is given up, and a browser that is closed in between.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from bench.ground import prepared
from bench.inventory import Inventory, Login
from bench.story import SLOT
from bench.ways import embedded
from storage.visit_history import VisitHistory
from workers.house import House

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")
ACCOUNTS = 4
INVENTORY = Inventory(
    (
        Login(
            "kim",
            ("moment", "channel"),
            (*(f"moment/{1001 + number}" for number in range(ACCOUNTS)), "channel/ch501"),
        ),
    )
)
_SIZES = ("--logins", "1", "--accounts", str(ACCOUNTS), "--creatives", "6")
PHASES: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("cold", {}),
    ("warm", {}),
    ("rotating cookie", {"rotate_cookie": True}),
    ("repaired", {"blank_after_redirect": 1}),
    ("overlay", {"overlay": "closable"}),
    ("documents aborted", {"stall_every": 3, "stall_path": "/creatives", "stall_seconds": 40}),
    ("answers aborted", {"stall_every": 2, "stall_path": "/api/accounts", "stall_seconds": 40}),
    ("cold again", {}),
    ("unavailable", {"unavailable_above_per_second": 0}),
)


def measure() -> dict[str, Any]:
    """Run a slot a phase and compare three counts: the site's, the visits', the pace's."""
    phases: list[tuple[str, dict[str, int]]] = []
    outcomes: list[str] = []
    with prepared(INVENTORY, BEGINS, *_SIZES) as ground, embedded(ground) as way:
        for number, (name, knobs) in enumerate(PHASES):
            if name.startswith("cold"):
                way.browser.close()
            ground.go_to(BEGINS + number * SLOT)
            ground.demo.reset()
            way.wake_logins()
            ground.demo.knobs(**knobs)
            before = _counts(way.house, ground.demo.stats())
            way.visit_once()
            after = _counts(way.house, ground.demo.stats())
            phases.append((name, {key: after[key] - before[key] for key in after}))
            outcomes.append(_outcome(way.house))
    sums = {key: sum(counts[key] for _, counts in phases) for key in phases[0][1]}
    told = [
        {"phase": name, "outcome": outcome, **counts}
        for (name, counts), outcome in zip(phases, outcomes, strict=True)
    ]
    return {**sums, "phases": told}


def _counts(house: House, stats: dict[str, Any]) -> dict[str, int]:
    visits = VisitHistory(house.engine).recent(10_000)
    return {
        "counted_by_site": stats["total"],
        "recorded": sum(visit.requests for visit in visits),
        "paced": sum(house.pace.snapshot(site).spent_today for site in INVENTORY.sites),
        "aborted": stats["by_status"].get("0", 0),
    }


def _outcome(house: House) -> str:
    newest = VisitHistory(house.engine).recent(1)[0]
    return f"{newest.state}: {newest.verdict or 'none'} {newest.detail}".strip()
