"""What does it cost to repair a deep link that renders nothing after a redirect?

One login reads ten accounts a slot, a deep link each: some slots as they should be, then with
the fault at every link. Each page's readings are compared with the demo's truth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any

from bench.comparison import compare_readings
from bench.ground import Ground, prepared
from bench.inventory import Inventory, Login
from bench.perfect_reader import PerfectReader
from bench.story import SLOT
from bench.ways import Embedded, embedded, visits_of
from domain.verdict import VerdictKind
from storage.visit_history import VisitHistory
from storage.visit_record import PageRecord

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")
ACCOUNTS = 10
INVENTORY = Inventory(
    (Login("kim", ("moment",), tuple(f"moment/{1001 + number}" for number in range(ACCOUNTS))),)
)
_SIZES = ("--logins", "1", "--accounts", str(ACCOUNTS), "--creatives", "6")
HEALTHY_SLOTS = 2


def measure(links: int) -> dict[str, Any]:
    """Open so many deep links that all lead to the fault."""
    slots = -(-links // ACCOUNTS)
    with prepared(INVENTORY, BEGINS, *_SIZES) as ground, embedded(ground) as way:
        _run(ground, way, 0, 1, PerfectReader(ground.demo, INVENTORY))  # the first one is cold
        healthy = _run(ground, way, 1, HEALTHY_SLOTS, PerfectReader(ground.demo, INVENTORY))
        ground.demo.knobs(blank_after_redirect=1)
        reader = PerfectReader(ground.demo, INVENTORY)
        repaired = _run(ground, way, 1 + HEALTHY_SLOTS, slots, reader)
        logins = ground.demo.stats()["logins"]["ok"]
        wrong = _wrong_pages(way, reader, slots)
    read = [page for page in repaired if page.verdict is VerdictKind.OK]
    usual, mended = _mean(healthy), _mean(repaired)
    return {
        "read": len(read) - wrong,
        "of": len(repaired),
        "extra_requests": float(round(mended - usual, 2)),
        "requests_with_fault": float(round(mended, 2)),
        "requests_without": float(round(usual, 2)),
        "went_back": sum(page.steps == ("went back",) for page in repaired),
        "logins": logins,
    }


def _run(
    ground: Ground, way: Embedded, first: int, slots: int, reader: PerfectReader
) -> list[PageRecord]:
    """Run some slots and return their pages."""
    pages: list[PageRecord] = []
    for number in range(first, first + slots):
        at = BEGINS + number * SLOT
        ground.go_to(at)
        way.run(INVENTORY.queues)
        reader.look(at, INVENTORY.queues)
        for visit in visits_of(way.house, at):
            pages += VisitHistory(way.house.engine).pages(visit.id)
    return pages


def _wrong_pages(way: Embedded, reader: PerfectReader, slots: int) -> int:
    """Return how many (slot, account) pages hold a reading that is wrong, absent or extra."""
    since = BEGINS + (1 + HEALTHY_SLOTS) * SLOT
    compared = compare_readings(way.house, reader, since)
    return len({(slot_at, account) for slot_at, account, *_ in compared.amiss})


def _mean(pages: Sequence[PageRecord]) -> Fraction:
    return Fraction(sum(page.requests for page in pages), len(pages))
