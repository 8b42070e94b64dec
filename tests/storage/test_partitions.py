from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from alembic import command
from sqlalchemy import Engine, delete, func, select, text

from storage import schema
from storage.bulk import insert_many
from storage.engine import open_engine
from storage.entities import EntityBook
from storage.errors import DatabaseBusy
from storage.known_readings import SeriesDate, at_slot, before_slot
from storage.partitions import (
    LATER,
    drop,
    make_ahead,
    make_months,
    month_of,
    months_later,
    partitions,
)
from storage.reading_series import newest_slot, series
from storage.tables import Base, ReadingRow
from storage.transaction import reading, run_in_transaction
from tests.servers import SERVERS, GivenMySql
from tests.storage.inventories import MOMENT, NOW, apply, found
from tests.storage.test_indexes import statements_of

FIELDS = (
    *("entity_id", "metric", "slot_at", "business_date", "revision"),
    *("value", "observed_at", "shown", "visit_id", "known_at"),
)
_ENTITY, _METRIC, _SLOT = 8, 40 * 4 + 2, 8
"""Bytes of the first columns of the key."""
READING = Base.metadata.tables["reading"]
NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
ENTITIES = range(1, 11)


@pytest.fixture(scope="module", params=SERVERS)
def made(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A server with the tables of this program, for all tests here; some change its months."""
    given = GivenMySql() if request.param == "mysql" else request.getfixturevalue("mariadb")
    url = given.new_database()
    engine = open_engine(url)
    schema.upgrade(engine)
    yield engine
    engine.dispose()
    given.drop(url)


@pytest.fixture
def server(made: Engine) -> Engine:
    """The same without a reading."""
    run_in_transaction(made, lambda connection: connection.execute(delete(ReadingRow)))
    return made


def row(slot_at: datetime, entity: int = 1, metric: str = "spend") -> tuple[Any, ...]:
    return (entity, metric, slot_at, slot_at.date(), 0, 5, slot_at, "5", None, slot_at)


def fill(engine: Engine, rows: list[tuple[Any, ...]]) -> None:
    run_in_transaction(engine, lambda to: insert_many(to, READING, rows, FIELDS))


def names(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [one.name for one in partitions(connection)]


def slots(engine: Engine) -> list[datetime]:
    with reading(engine) as connection:
        return list(connection.scalars(select(ReadingRow.slot_at).order_by(ReadingRow.slot_at)))


def test_readings_of_before_are_still_there_after_the_upgrade(database_url: str) -> None:
    engine = open_engine(database_url)
    old, now = datetime(2025, 12, 31, 23, 40, tzinfo=UTC), datetime.now(UTC).replace(microsecond=0)
    run_in_transaction(
        engine,
        lambda connection: command.upgrade(schema._config(connection=connection), "0020"),
    )
    fill(engine, [row(old), row(old + timedelta(minutes=20)), row(now)])
    schema.upgrade(engine)
    assert slots(engine) == [old, old + timedelta(minutes=20), now]
    if engine.dialect.name == "mysql":
        assert names(engine)[0] == "p202512"
        assert names(engine)[-2:] == [f"p{months_later(month_of(now), 3):%Y%m}", LATER]
    engine.dispose()


def test_the_next_months_are_made_ahead_once(server: Engine) -> None:
    later = datetime(2031, 5, 31, 23, 59, tzinfo=UTC)
    fill(server, [row(later)])
    made = make_ahead(server, later)
    assert made == tuple(date(2031, month, 1) for month in (5, 6, 7, 8))
    assert make_ahead(server, later) == ()
    assert names(server)[-5:] == ["p203105", "p203106", "p203107", "p203108", LATER]
    assert slots(server) == [later]


def test_a_month_older_than_all_is_cut_out_of_the_first_one(server: Engine) -> None:
    oldest, long_ago = names(server)[0], datetime(2020, 2, 29, tzinfo=UTC)
    fill(server, [row(long_ago), row(NOON)])
    assert make_months(server, long_ago.date(), long_ago.date()) == (date(2020, 2, 1),)
    assert names(server)[:2] == ["p202002", oldest]
    assert slots(server) == [long_ago, NOON]


def test_of_schedulers_that_make_months_at_once_one_does(server: Engine) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(
            threads.map(lambda _: make_ahead(server, datetime(2032, 1, 1, tzinfo=UTC)), "1234")
        )
    assert sorted(len(months) for months in made) == [0, 0, 0, 4]


def test_months_give_way_to_a_report_that_is_under_way(server: Engine) -> None:
    later = datetime(2033, 1, 1, tzinfo=UTC)
    with server.connect() as report:
        report.execute(select(func.count()).select_from(ReadingRow))
        with pytest.raises(DatabaseBusy):
            make_ahead(server, later)
        with pytest.raises(DatabaseBusy):
            drop(server, names(server)[:1])
    assert make_ahead(server, later)


QUESTIONS: dict[str, Callable[[Any], object]] = {
    "series": lambda to: series(to, [(1, "spend"), (2, "friends")], NOON, NOON + timedelta(days=1)),
    "at slot": lambda to: at_slot(to, [SeriesDate(1, "spend", NOON.date())], NOON),
    "before slot": lambda to: before_slot(to, [SeriesDate(1, "spend", NOON.date())], NOON),
    "newest slot": lambda to: newest_slot(to, [1], NOON - timedelta(days=2), NOON),
}


@pytest.fixture(scope="module")
def filled(made: Engine) -> Engine:
    """Two metrics of ten entities, over January to May."""
    make_months(made, date(2026, 1, 1), date(2026, 5, 1))
    begin = datetime(2026, 1, 1, tzinfo=UTC)
    fill(
        made,
        [
            row(begin + timedelta(hours=6 * number), entity, metric)
            for entity in ENTITIES
            for metric in ("friends", "spend")
            for number in range(600)
        ],
    )
    apply(made)
    EntityBook(made).follow(MOMENT, [found("1", "spring 1"), found("2", "spring 2")], NOW)
    with made.begin() as connection:
        connection.execute(text("ANALYZE TABLE reading"))
    return made


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_opens_its_own_month_only_and_finds_its_rows_by_the_key(
    filled: Engine, question: str
) -> None:
    with filled.connect() as connection, statements_of(filled) as statements:
        QUESTIONS[question](connection)
    asked = [one for one in statements if "FROM reading" in one[0]]
    assert asked
    told = (
        "EXPLAIN PARTITIONS"
        if getattr(filled.dialect, "is_mariadb", False)
        else "EXPLAIN FORMAT=TRADITIONAL"
    )
    with filled.connect() as connection:
        for statement, parameters in asked:
            plan = connection.exec_driver_sql(f"{told} {statement}", parameters).mappings()
            (table,) = (step for step in plan if step["table"] == "reading")
            assert (table["partitions"], table["key"]) == ("p202603", "PRIMARY")
            assert table["type"] in {"range", "ref"}
            # Found by entity, metric and slot where all three are asked for.
            longest = _ENTITY if question == "newest slot" else _ENTITY + _METRIC + _SLOT
            assert int(table["key_len"]) >= longest
