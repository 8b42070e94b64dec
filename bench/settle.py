"""How long does it take to settle one slot of many watches, and in how many statements?

The watches have a history since the evening before. Three slots of a morning are settled one
after the other, so that the first, the second and the last of an hour are among them; the
slowest counts. Then fifty of them are computed anew: it must not change a row.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

from bench.database import counted_statements, private_database
from bench.many_watches import AT, BEGINS, FACTS, SEOUL, SLOT, many_watches, slots_between
from storage.settling import WatchSettler

_HISTORY = BEGINS + timedelta(hours=21)
_MORNING = BEGINS + timedelta(days=1, hours=10)
_SETTLED = 3
_CREATIVES = 3
_COMPARED = 50


def measure(watches: int) -> dict[str, Any]:
    """Settle so many watches of three ads and a channel each."""
    with private_database() as engine:
        world = many_watches(engine, watches, _CREATIVES)
        world.read(slots_between(_HISTORY, _MORNING))
        settler = WatchSettler(engine, FACTS, SEOUL)
        world.compute_anew()
        seconds, processor, statements = [], [], []
        for slot_at in slots_between(_MORNING, _MORNING + _SETTLED * SLOT):
            readings = world.read([slot_at])
            with counted_statements(engine) as counted:
                began, busy = time.perf_counter(), time.process_time()
                settler.settle(world.ids, slot_at, AT)
                processor.append(round(time.process_time() - busy, 3))
                seconds.append(round(time.perf_counter() - began, 3))
            statements.append(counted.sent)
        differ = world.compute_anew(max(watches // _COMPARED, 1))
    return {
        "settle_slot_s": max(seconds),
        "settle": {
            "watches": watches,
            "readings_of_a_slot": readings,
            "seconds_of_each": seconds,
            "processor_seconds_of_each": processor,
            "statements": max(statements),
            "rows_that_a_rebuild_changes": differ,
        },
    }
