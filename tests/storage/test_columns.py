from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Column, Engine, MetaData, String, Table, insert, select, text
from sqlalchemy.exc import StatementError

from storage.columns import FourPlaces, JsonText, Key, UtcDateTime, Won
from storage.tables import TABLE_OPTIONS

SAMPLE = Table(
    "column_sample",
    MetaData(),
    Column("id", Key, primary_key=True),
    Column("name", String(50), unique=True),
    Column("at", UtcDateTime),
    Column("cost", FourPlaces),
    Column("won", Won),
    Column("plain", JsonText),
    **TABLE_OPTIONS,
)


@pytest.fixture
def sample(engine: Engine) -> Iterator[Engine]:
    SAMPLE.create(engine)
    yield engine
    SAMPLE.drop(engine)


def stored(engine: Engine, **values: Any) -> Any:
    with engine.begin() as connection:
        key = connection.execute(insert(SAMPLE).values(values)).inserted_primary_key
        assert key is not None
        return connection.execute(select(SAMPLE).where(SAMPLE.c.id == key[0])).one()


def test_a_moment_of_any_zone_comes_back_as_the_same_moment_in_utc(sample: Engine) -> None:
    seoul = timezone(timedelta(hours=9))
    at = datetime(2026, 3, 3, 0, 3, 0, 123456, tzinfo=seoul)
    back = stored(sample, at=at).at
    assert back == at
    assert back.tzinfo is UTC
    assert back.microsecond == 123456


def test_a_naive_moment_is_refused(sample: Engine) -> None:
    with pytest.raises(StatementError, match="naive"):
        stored(sample, at=datetime(2026, 3, 3))  # noqa: DTZ001 - the mistake in question


def test_moments_sort_as_they_happened_even_on_whole_seconds(sample: Engine) -> None:
    whole = datetime(2026, 3, 3, tzinfo=UTC)
    for microsecond in (500_000, 0, 1):
        stored(sample, at=whole.replace(microsecond=microsecond))
    with sample.connect() as connection:
        found = connection.scalars(select(SAMPLE.c.at).order_by(SAMPLE.c.at)).all()
    assert [at.microsecond for at in found if at] == [0, 1, 500_000]


@pytest.mark.parametrize("cost", ["33333.3333", "-0.0001", "99999999999999.9999", "0"])
def test_four_places_are_exact_in_both_databases(sample: Engine, cost: str) -> None:
    assert stored(sample, cost=Decimal(cost)).cost == Decimal(cost)


def test_four_places_are_whole_numbers_in_sqlite_and_never_floats(sqlite_engine: Engine) -> None:
    SAMPLE.create(sqlite_engine)
    stored(sqlite_engine, cost=Decimal("0.1"))
    with sqlite_engine.connect() as connection:
        assert connection.scalar(text("SELECT typeof(cost) FROM column_sample")) == "integer"


@pytest.mark.parametrize("cost", [0.1, Decimal("0.00001")])
def test_a_float_or_a_fifth_place_is_refused(sample: Engine, cost: Any) -> None:
    with pytest.raises(StatementError, match=r"Decimal is stored|four places"):
        stored(sample, cost=cost)


def test_won_beyond_32_bits_fit(sample: Engine) -> None:
    assert stored(sample, won=9_000_000_000_000).won == 9_000_000_000_000


def test_json_keeps_korean_and_equal_values_are_equal_texts(sample: Engine) -> None:
    first = stored(sample, plain={"b": ["단가"], "a": None})
    second = stored(sample, plain={"a": None, "b": ["단가"]})
    assert first.plain == {"a": None, "b": ["단가"]}
    with sample.connect() as connection:
        texts = connection.scalars(text("SELECT plain FROM column_sample")).all()
    assert len(set(texts)) == 1
    assert second.id != first.id


def test_ids_that_differ_in_case_only_are_two(sample: Engine) -> None:
    assert stored(sample, name="Ad1").id != stored(sample, name="ad1").id
