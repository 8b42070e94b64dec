"""The stores, each in front of real servers where it needs one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pace.database_store import DatabaseStore
from pace.memory_store import MemoryStore
from pace.redis_store import RedisStore
from pace.store import Store
from pace.table import pace_metadata
from storage.engine import open_engine
from tests.servers import DATABASES


@pytest.fixture(params=["memory", *DATABASES, "redis"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store: each test runs on all of them."""
    if request.param == "memory":
        yield MemoryStore()
    elif request.param == "redis":
        yield RedisStore.at(request.getfixturevalue("redis_url"))
    else:
        engine = open_engine(request.getfixturevalue(f"{request.param}_url"))
        pace_metadata.create_all(engine)
        yield DatabaseStore(engine)
        engine.dispose()
