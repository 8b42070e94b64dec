"""How long an ask with its settlement takes on each store: `python -m bench.pace [ROUNDS]`.

One process, one site, nobody else: the price of a shared budget, not of contention. All stores
run in the same minute on the same machine, so compare the ratios, not the milliseconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles

from domain.clock import SteppedClock
from domain.grant import Grant
from domain.request_budget import RequestBudget
from pace.budget import Pace
from pace.database_store import DatabaseStore
from pace.memory_store import MemoryStore
from pace.redis_store import RedisStore
from pace.store import Store
from pace.table import pace_metadata
from storage.engine import open_engine
from tests.servers import private_mariadb, private_redis

BUDGET = RequestBudget(requests_per_second=1e6, burst=1000, requests_per_day=10**9)
CLOCK = SteppedClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC))


def main(rounds: int) -> None:
    """Print a row per store."""
    with ExitStack() as servers:
        seconds = {name: _measure(store, rounds) for name, store in _stores(servers)}
    base = quantiles(seconds["memory"], n=100)[49]
    print(f"{'store':<10}{'p50 ms':>9}{'p99 ms':>9}{'p50 / memory':>14}   ({rounds} ask + settle)")
    for name, took in seconds.items():
        cut = quantiles(took, n=100)
        print(f"{name:<10}{cut[49] * 1e3:>9.3f}{cut[98] * 1e3:>9.3f}{cut[49] / base:>14.1f}")


def _stores(servers: ExitStack) -> Iterator[tuple[str, Store]]:
    yield "memory", MemoryStore()
    folder = Path(servers.enter_context(tempfile.TemporaryDirectory()))
    yield "sqlite", _database(f"sqlite:///{folder / 'danga.db'}", servers)
    yield "redis", RedisStore.at(servers.enter_context(private_redis()).url)
    yield "mariadb", _database(servers.enter_context(private_mariadb()).new_database(), servers)


def _database(url: str, servers: ExitStack) -> DatabaseStore:
    engine = open_engine(url)
    servers.callback(engine.dispose)
    pace_metadata.create_all(engine)
    return DatabaseStore(engine)


def _measure(store: Store, rounds: int) -> list[float]:
    pace = Pace(store, lambda _: BUDGET, CLOCK)
    took = []
    for number in range(rounds):
        began = time.perf_counter()
        grant = pace.ask("moment", "creatives", warm=True)
        if isinstance(grant, Grant):
            pace.settle(grant, 1 + number % 8)
        took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
