"""How fast are watches computed anew from their readings, and how much memory does it take?

A month of some watches tells the speed; a year of a watch with twenty members, alone in a
process of its own, the memory. Then the rows are thrown away and settled slot by slot instead:
they must be the same.
"""

from __future__ import annotations

import resource
import time
from datetime import timedelta
from multiprocessing import get_context
from typing import Any

from sqlalchemy import Engine, delete

from bench.database import private_database
from bench.many_watches import AT, BEGINS, FACTS, SEOUL, many_watches, slots_between
from storage.engine import open_engine
from storage.settling import WatchSettler
from storage.tables import UnitCostDayRow, UnitCostHourRow, UnitCostSlotRow
from storage.transaction import run_in_transaction

_CREATIVES = 3
_MEMBERS_OF_THE_LARGE = 20
_BIT_BY_BIT = timedelta(days=1, hours=9)


def measure(watches: int, days: int, days_of_the_large: int) -> dict[str, Any]:
    """Rebuild so many watches over so many days, and a large one over so many of its own."""
    with private_database() as engine:
        world = many_watches(engine, watches, _CREATIVES)
        slots = list(slots_between(BEGINS, BEGINS + timedelta(days=days)))
        readings = world.read(slots)
        settler = WatchSettler(engine, FACTS, SEOUL)
        began = time.perf_counter()
        for watch in world.ids:
            settler.rebuild(watch, AT)
        seconds = time.perf_counter() - began
        equal = _bit_by_bit_is_the_same(engine, world.ids[0], days, settler)
    return {
        "rebuild_watch_slots_per_s": round(watches * len(slots) / seconds),
        "rebuild_equal": equal,
        "rebuild": {
            "watches": watches,
            "days": days,
            "readings": readings,
            "seconds": round(seconds, 1),
            "large": _large(days_of_the_large),
        },
    }


def _bit_by_bit_is_the_same(engine: Engine, watch: int, days: int, settler: WatchSettler) -> bool:
    def forget(connection: Any) -> None:
        for table in (UnitCostSlotRow, UnitCostHourRow, UnitCostDayRow):
            connection.execute(delete(table).where(table.watch_id == watch))

    run_in_transaction(engine, forget)
    for slot_at in slots_between(BEGINS, BEGINS + min(_BIT_BY_BIT, timedelta(days=days))):
        settler.settle([watch], slot_at, AT)
    return settler.rebuild(watch, AT) == 0


def _large(days: int) -> dict[str, Any]:
    """Rebuild one large watch in a process that does nothing else, and tell its memory."""
    with private_database() as engine:
        world = many_watches(engine, 1, _MEMBERS_OF_THE_LARGE - 1)
        readings = world.read(slots_between(BEGINS, BEGINS + timedelta(days=days)))
        url = engine.url.render_as_string(hide_password=False)
        with get_context("spawn").Pool(1) as process:
            seconds, before, peak = process.apply(_rebuilt, (url, world.ids[0]))
    return {
        "members": _MEMBERS_OF_THE_LARGE,
        "days": days,
        "readings": readings,
        "seconds": seconds,
        "mib_before": before,
        "mib_at_most": peak,
    }


def _rebuilt(url: str, watch: int) -> tuple[float, int, int]:
    engine = open_engine(url, answer_within_seconds=600)
    before = _mib()
    began = time.perf_counter()
    WatchSettler(engine, FACTS, SEOUL).rebuild(watch, AT)
    seconds = round(time.perf_counter() - began, 1)
    engine.dispose()
    return seconds, before, _mib()


def _mib() -> int:
    """Return the most memory that this process had in hand so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
