"""Many watches settle in the statements of one, in the same rows, and stop no other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import Engine, update

from bench.database import counted_statements
from bench.many_watches import (
    AT,
    BEGINS,
    FACTS,
    SEOUL,
    SLOT,
    ManyWatches,
    many_watches,
    slots_between,
)
from storage.errors import UnknownName
from storage.settling import WatchSettler
from storage.tables import WatchMemberRow
from storage.transaction import run_in_transaction

WATCHES = 6
MORNING = BEGINS + timedelta(hours=10)


@pytest.fixture
def world(engine: Engine) -> ManyWatches:
    """Watches with a history of three hours, computed."""
    watches = many_watches(engine, WATCHES, 2)
    watches.read(slots_between(MORNING - timedelta(hours=3), MORNING))
    watches.compute_anew()
    return watches


def settler(engine: Engine) -> WatchSettler:
    return WatchSettler(engine, FACTS, SEOUL)


def test_many_watches_settle_in_the_statements_of_one(world: ManyWatches) -> None:
    world.read([MORNING])
    with counted_statements(world.engine) as one:
        settler(world.engine).settle(world.ids[:1], MORNING, AT)
    with counted_statements(world.engine) as the_others:
        settled = settler(world.engine).settle(world.ids[1:], MORNING, AT)
    assert settled.rows == 3 * (WATCHES - 1), "a slot, its hour and its day"
    assert the_others.sent == one.sent <= 16


def test_every_slot_of_an_hour_gives_the_rows_of_a_rebuild(world: ManyWatches) -> None:
    for slot_at in slots_between(MORNING, MORNING + 4 * SLOT):
        world.read([slot_at])
        settler(world.engine).settle(world.ids, slot_at, AT)
    assert world.compute_anew() == 0


def test_a_watch_that_cannot_be_computed_stops_no_other(world: ManyWatches) -> None:
    broken, *others = world.ids
    rename = update(WatchMemberRow).where(WatchMemberRow.watch_id == broken)
    run_in_transaction(
        world.engine, lambda connection: connection.execute(rename.values(metric="beauty"))
    )
    world.read([MORNING])
    settled = settler(world.engine).settle(world.ids, MORNING, AT)
    assert settled.rows == 3 * len(others)
    assert settled.failed.keys() == {broken}
    assert isinstance(settled.failed[broken], UnknownName)


def test_two_visits_that_end_at_once_leave_the_rows_of_a_rebuild(world: ManyWatches) -> None:
    """The watches are named in opposite orders, and locked in one."""
    with ThreadPoolExecutor(2) as pool:
        for slot_at in slots_between(MORNING, MORNING + 4 * SLOT):
            world.read([slot_at])
            told = [
                pool.submit(settler(world.engine).settle, watches, slot_at, AT)
                for watches in (world.ids, world.ids[::-1])
            ]
            assert sum(one.result().rows for one in told) >= 3 * WATCHES
    assert world.compute_anew() == 0
