"""Are cost alerts told in time, and is nobody told for nothing?

A quiet week of many watches: the spend is the demo's own, slot by slot; results come by chance
(Poisson's law, which is harsher than the demo) at a unit cost of 50 to 90 % of the target. The rows
are made from that truth, without browsers; what looks at them, each slot of the week, is the
scheduler's own round on a database.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Engine

from bench import burning
from costs.rows import SlotCost, WatchCosts, unit_cost
from costs.window import Window
from demo.model import Level, Model
from demo.world import Sizes, World
from domain.account import AccountKey
from domain.cause import COSTS
from domain.entity import EntityKind
from domain.inventory import AccountSpec, InventorySpec, MemberRule, WatchSpec
from domain.person import PersonSpec, Role
from storage import schema
from storage.causes import CauseBook
from storage.engine import open_engine
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook
from tests.notify.agency import Office, inventory
from workers.notify.telling import tell

SLOT = timedelta(minutes=20)
FIRST = date(2026, 3, 2)
BEGINS = datetime.fromisoformat("2026-03-02T00:00+09:00")
SEED = 2026
_LEAD = PersonSpec("bench", frozenset({Role.LEAD}), ("BENCH_CHAT",))


def measure(watches: int, days: int) -> dict[str, Any]:
    """Let an ad burn, and so many watches be quiet for so many days."""
    burnt = burning.measure()
    quiet = _quiet(watches, days)
    return {
        "alerts": {
            "slots_to_message": burnt["slots_to_message"],
            "slots_to_over": burnt["slots_to_over"],
            "messages_of_a_burning_ad": len(burnt["messages"]),
            "said": burnt["said"],
            **quiet,
        }
    }


def _quiet(watches: int, days: int) -> dict[str, Any]:
    seconds = []
    with tempfile.TemporaryDirectory() as folder, _database(Path(folder)) as engine:
        office = Office(Path(folder), engine)
        office.apply(_LEAD, spec=_inventory(watches))
        spent = _fill(engine, watches, days)
        house = office.house
        for number in range(1, days * 72 + 1):
            office.clock.set(BEGINS + number * SLOT)
            began = time.perf_counter()
            tell(house)
            seconds.append(time.perf_counter() - began)
        found = CauseBook(engine).since(BEGINS)
        told = sum(one.cause.kind in COSTS and one.told_at is not None for one in found)
    return {
        "false_in_quiet_week": told,
        "quiet_watches": watches,
        "quiet_days": days,
        "targets_spent_a_day": spent,
        "look_ms": round(1000 * statistics.median(seconds), 1),
    }


@contextmanager
def _database(folder: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{folder / 'danga.db'}")
    schema.upgrade(engine)
    try:
        yield engine
    finally:
        engine.dispose()


def _inventory(watches: int) -> InventorySpec:
    """The office's inventory with one account and one watch for each account of the demo."""
    spec = inventory()
    keys = [AccountKey("moment", str(1001 + number)) for number in range(watches)]
    return InventorySpec(
        sites=spec.sites,
        owners=spec.owners,
        clients=spec.clients,
        logins=spec.logins,
        accounts=tuple(AccountSpec(key, "kim", "봄꽃마켓") for key in keys),
        watches=tuple(
            WatchSpec(
                key.external_id,
                "봄꽃마켓",
                _target(key.external_id),
                frozenset({MemberRule(key, EntityKind.CREATIVE, "spend")}),
                frozenset({MemberRule(key, EntityKind.CREATIVE, "conversions")}),
            )
            for key in keys
        ),
    )


def _target(account: str) -> int:
    """Small and large targets: some 10 to 300 of them are spent on a day."""
    return Random(f"{SEED}:{account}:target").choice((5_000, 10_000, 20_000, 50_000, 120_000))


def _fill(engine: Engine, watches: int, days: int) -> dict[str, float]:
    """Put the rows of the whole time into the database: who looks sees those up to now."""
    world = World(Sizes(logins=(watches + 1) // 2, accounts=2), SEED)
    model, store = Model(world), UnitCostStore(engine)
    everything = Window(BEGINS, BEGINS, BEGINS, BEGINS)
    daily = []
    for watch in WatchBook(engine).all():
        target = _target(watch.name)
        rows = tuple(_rows(model, watch.name, target, days))
        costs = WatchCosts(rows, ())
        store.replace(watch.id, everything, costs, BEGINS)
        daily.append(sum(row.spend or 0 for row in rows) / target / days)
    return {"least": round(min(daily), 1), "most": round(max(daily), 1)}


def _rows(model: Model, account: str, target: int, days: int) -> Iterator[SlotCost]:
    draw = Random(f"{SEED}:{account}:results")
    cost = target * draw.uniform(0.5, 0.9)
    for number in range(days * 72):
        end = BEGINS + (number + 1) * SLOT
        day = FIRST + timedelta(days=number // 72)
        spend = _spent(model, account, day, end) - _spent(model, account, day, end - SLOT)
        results = _poisson(draw, spend / cost)
        yield SlotCost(end, end - SLOT, spend, results, unit_cost(spend, results), 0, frozenset())


def _spent(model: Model, account: str, day: date, at: datetime) -> int:
    return sum(row.figures.spend for row in model.rows(account, Level.CREATIVE, day, at))


def _poisson(draw: Random, mean: float) -> int:
    """Count the arrivals of a Poisson process within `mean`."""
    at, count = draw.expovariate(1), 0
    while at < mean:
        at, count = at + draw.expovariate(1), count + 1
    return count
