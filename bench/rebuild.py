"""How fast are months computed anew from their readings, and how much memory does it take?

A month of some watches tells the speed; a year of a watch with twenty members, alone in a process
of its own, the memory: months are computed one after the other. First a watch is settled slot by
slot: computing its month anew must not change a row.
"""

from __future__ import annotations

import resource
import time
from datetime import datetime, timedelta
from multiprocessing import get_context
from typing import Any

from sqlalchemy import Engine

from bench.database import private_database
from bench.many_watches import AT, BEGINS, FACTS, FIRST_DAY, SEOUL, many_watches, slots_between
from domain.audit import Deed, program
from domain.month import Month, months
from storage.dated_costs import CostComputer
from storage.engine import open_engine
from storage.month_rows import Difference
from storage.rebuilding import CostRebuild
from storage.settling import WatchSettler

_CREATIVES = 3
_MEMBERS_OF_THE_LARGE = 20
_BIT_BY_BIT = timedelta(days=1, hours=9)


def measure(watches: int, days: int, days_of_the_large: int) -> dict[str, Any]:
    """Rebuild so many watches over so many days, and a large one over so many of its own."""
    with private_database() as engine:
        world = many_watches(engine, watches, _CREATIVES)
        slots = list(slots_between(BEGINS, BEGINS + timedelta(days=days)))
        bit_by_bit = [slot_at for slot_at in slots if slot_at < BEGINS + _BIT_BY_BIT]
        readings = world.read(bit_by_bit)
        equal = _bit_by_bit_is_the_same(engine, world.ids[0], bit_by_bit)
        readings += world.read(slots[len(bit_by_bit) :])
        began = time.perf_counter()
        rows = _rebuild(engine, world.ids, days)
        seconds = time.perf_counter() - began
    return {
        "rebuild_watch_slots_per_s": round(watches * len(slots) / seconds),
        "rebuild_equal": equal,
        "rebuild": {
            "watches": watches,
            "days": days,
            "readings": readings,
            "rows": rows,
            "seconds": round(seconds, 1),
            "large": _large(days_of_the_large),
        },
    }


def _rebuild(engine: Engine, watches: tuple[int, ...], days: int) -> int:
    """Write the months anew and let them count, as `danga costs rebuild` does."""
    rebuild = CostRebuild(engine, CostComputer(FACTS, SEOUL))
    span = tuple(months(FIRST_DAY, FIRST_DAY + timedelta(days=days - 1)))
    actor = program("bench")
    number = rebuild.begin(span, None, actor, AT)
    found = sum(
        (rebuild.write(number, watch, month, AT) for watch in watches for month in span),
        Difference(),
    )
    rebuild.flip(number, found, Deed("costs.rebuild", "costs"), actor, AT)
    return found.rows


def _bit_by_bit_is_the_same(engine: Engine, watch: int, slots: list[datetime]) -> bool:
    settler = WatchSettler(engine, FACTS, SEOUL)
    for slot_at in slots:
        settler.settle([watch], slot_at, AT)
    found = CostRebuild(engine, CostComputer(FACTS, SEOUL)).compare(watch, Month.of(FIRST_DAY), AT)
    return found.rows > 0 and found.differ == 0


def _large(days: int) -> dict[str, Any]:
    """Rebuild one large watch in a process that does nothing else, and tell its memory."""
    with private_database() as engine:
        world = many_watches(engine, 1, _MEMBERS_OF_THE_LARGE - 1)
        readings = world.read(slots_between(BEGINS, BEGINS + timedelta(days=days)))
        url = engine.url.render_as_string(hide_password=False)
        with get_context("spawn").Pool(1) as process:
            seconds, before, peak = process.apply(_rebuilt, (url, world.ids, days))
    return {
        "members": _MEMBERS_OF_THE_LARGE,
        "days": days,
        "readings": readings,
        "seconds": seconds,
        "mib_before": before,
        "mib_at_most": peak,
    }


def _rebuilt(url: str, watches: tuple[int, ...], days: int) -> tuple[float, int, int]:
    engine = open_engine(url, answer_within_seconds=600)
    before = _mib()
    began = time.perf_counter()
    _rebuild(engine, watches, days)
    seconds = round(time.perf_counter() - began, 1)
    engine.dispose()
    return seconds, before, _mib()


def _mib() -> int:
    """Return the most memory that this process had in hand so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
