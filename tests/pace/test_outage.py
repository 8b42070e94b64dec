"""Without the store nobody sends anything, and the operator is told what to do."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis
from sqlalchemy import create_engine, text

from domain.clock import SteppedClock
from domain.grant import Grant, Wait
from domain.request_budget import RequestBudget
from pace.again import AGAIN
from pace.budget import Pace
from pace.database_store import DatabaseStore
from pace.errors import PaceContended, PaceError, PaceStateUnreadable, PaceUnavailable
from pace.redis_store import RedisStore
from pace.state import from_text
from pace.store import Store
from pace.table import pace_metadata, pace_state
from storage.engine import open_engine
from tests.servers import Redis, free_port

CLOCK = SteppedClock(datetime(2026, 3, 3, 3, 0, tzinfo=UTC))


def pace_over(store: Store) -> Pace:
    return Pace(store, lambda _: RequestBudget(), CLOCK)


def test_while_redis_is_away_there_is_no_grant_and_afterwards_there_is(
    redis_server: Redis, redis_url: str
) -> None:
    pace = pace_over(RedisStore.at(redis_url))
    grant = pace.ask("moment", "creatives", warm=True)
    assert isinstance(grant, Grant)
    redis_server.stop()
    try:
        began = time.monotonic()
        with pytest.raises(PaceUnavailable, match="moment's budget") as caught:
            pace.ask("moment", "creatives", warm=True)
        with pytest.raises(PaceUnavailable):
            pace.settle(grant, 5)
        assert time.monotonic() - began < 10
    finally:
        redis_server.start()
    assert "danga doctor" in caught.value.next_step
    pace.settle(grant, 5)
    assert pace.snapshot("moment").available == 0, "what it lost counts as just sent"


def test_a_redis_that_lost_everything_is_no_reason_for_another_burst(redis_url: str) -> None:
    pace, restarted = (pace_over(RedisStore.at(redis_url)) for _ in range(2))
    assert isinstance(pace.ask("moment", "creatives", warm=False), Grant)
    with redis.Redis.from_url(redis_url) as client:
        client.flushall()
    wait = pace.ask("moment", "creatives", warm=False)
    assert isinstance(wait, Wait)
    assert 50 < wait.seconds <= 60  # a whole burst at half the ceiling
    also = restarted.ask("moment", "creatives", warm=False)
    assert isinstance(also, Wait)


def test_a_redis_that_lost_its_scripts_is_given_them_again(redis_url: str) -> None:
    pace = pace_over(RedisStore.at(redis_url))
    pace.overloaded("moment", 30)
    with redis.Redis.from_url(redis_url) as client:
        client.script_flush()
    assert pace.snapshot("moment").wait is not None


def test_a_redis_that_refuses_to_write_is_unavailable(redis_url: str) -> None:
    pace = pace_over(RedisStore.at(redis_url))
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", "1")
        try:
            with pytest.raises(PaceUnavailable, match="maxmemory"):
                pace.ask("moment", "creatives", warm=True)
        finally:
            client.config_set("maxmemory", "0")


def test_an_unreachable_database_is_unavailable() -> None:
    engine = open_engine(f"mysql://nobody@127.0.0.1:{free_port()}/danga")
    with pytest.raises(PaceUnavailable, match="moment's budget"):
        pace_over(DatabaseStore(engine)).ask("moment", "creatives", warm=True)
    engine.dispose()


def test_a_database_without_the_table_is_unavailable(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with pytest.raises(PaceUnavailable, match="no such table: pace_state"):
        pace_over(DatabaseStore(engine)).ask("moment", "creatives", warm=True)
    engine.dispose()


def test_a_database_that_others_hold_is_unavailable_and_the_store_recovers(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'danga.db'}"
    engine = create_engine(url, connect_args={"timeout": 0.05})
    pace_metadata.create_all(engine)
    pace = pace_over(DatabaseStore(engine))
    with create_engine(url).connect() as other:
        other.exec_driver_sql("BEGIN IMMEDIATE")
        with pytest.raises(PaceUnavailable, match="locked"):
            pace.ask("moment", "creatives", warm=True)
        other.rollback()
        other.invalidate()
    assert isinstance(pace.ask("moment", "creatives", warm=True), Grant)
    engine.dispose()


def test_a_plain_sqlite_engine_is_locked_before_it_is_read(tmp_path: Path) -> None:
    """The store itself begins with the write lock where the engine handed in does not."""
    engine = create_engine(f"sqlite:///{tmp_path / 'danga.db'}", connect_args={"timeout": 0.05})
    pace_metadata.create_all(engine)
    store = DatabaseStore(engine)

    def inside(state: object, _: float) -> tuple[object, str]:
        with pytest.raises(PaceUnavailable, match="locked"):
            pace_over(store).ask("moment", "creatives", warm=True)
        return state, "nobody came in between"

    assert store.change("moment", inside) == "nobody came in between"  # type: ignore[arg-type]
    engine.dispose()


def test_who_is_overtaken_every_time_gives_up_within_seconds() -> None:
    tries = []

    def overtaken() -> None:
        tries.append(1)
        raise PaceContended("moment was changed by somebody else")

    began = time.monotonic()
    with pytest.raises(PaceUnavailable):
        AGAIN(overtaken)
    assert len(tries) > 20
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("text_found", ["{", "[]", '"x"', '{"at": "soon"}', '{"visits": 3}'])
def test_a_state_that_somebody_else_wrote_is_named_and_never_overwritten(text_found: str) -> None:
    with pytest.raises(PaceStateUnreadable) as caught:
        from_text(text_found, "moment")
    assert "moment's budget" in str(caught.value)
    assert "danga:pace:SITE" in caught.value.next_step
    assert isinstance(caught.value, PaceError)


def test_an_unreadable_row_gives_no_grant(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    pace_metadata.create_all(engine)
    pace = pace_over(DatabaseStore(engine))
    pace.overloaded("moment", 30)
    with engine.begin() as connection:
        connection.execute(text("UPDATE pace_state SET state = '{oops'"))
    with pytest.raises(PaceStateUnreadable):
        pace.ask("moment", "creatives", warm=True)
    with engine.begin() as connection:
        assert connection.execute(pace_state.select()).one().state == "{oops"
    engine.dispose()
