from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.exc import IntegrityError, StatementError

from storage.bulk import AT_ONCE, insert_many, upsert_many
from storage.tables import (
    AuditRow,
    Base,
    LoginRow,
    ReadingRow,
    SessionVersionRow,
    UnitCostDayRow,
)
from tests.storage.test_partitions import FIELDS

AT = datetime(2026, 3, 3, 0, 20, tzinfo=UTC)
LOGIN = {
    "id": 1,
    "name": '김\'지은\\ 100% "x" :y\n\0',
    "sites": ["moment"],
    "home_site": "moment",
    "state": "active",
    "state_reason": "",
    "state_since": AT,
    "enabled": True,
}


def as_written(engine: Engine, kind: type[Base], row: dict[str, Any]) -> list[Any]:
    """The row as SQLAlchemy stores it, taken back."""
    with engine.connect() as connection:
        connection.execute(insert(kind), row)
        found = connection.execute(select(kind)).one()
        connection.rollback()
        return list(found)


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        (LoginRow, LOGIN),
        (AuditRow, {"id": 7, "at": AT, "actor": "%s ?", "is_person": False, "action": "a",
                    "subject": "client 달빛커피", "reason": "%(x)s", "detail": {"먹": [1, None]}}),
        (UnitCostDayRow, {"watch_id": 1, "business_date": date(2026, 3, 3), "generation": 0,
                          "spend": None, "results": -3, "unit_cost": Decimal("1234.5678"),
                          "unpaired_spend": 2**40, "flags": [], "is_final": True,
                          "computed_at": AT + timedelta(microseconds=1)}),
    ],
)  # fmt: skip
def test_a_row_written_with_many_is_the_same_as_one_written_alone(
    engine: Engine, kind: type[Base], row: dict[str, Any]
) -> None:
    expected = as_written(engine, kind, row)
    given = [row.get(column.name) for column in kind.__table__.columns]
    with engine.begin() as connection:
        assert insert_many(connection, Base.metadata.tables[kind.__tablename__], [given]) == 1
        assert list(connection.execute(select(kind)).one()) == expected


def test_a_row_that_is_there_gets_the_other_values_and_no_second_one_comes(engine: Engine) -> None:
    table = Base.metadata.tables["reading"]
    (one,), fields = readings(1), [column.name for column in table.columns]
    row = dict(zip(FIELDS, one, strict=True))
    with engine.begin() as connection:
        for value in (5, 6):
            again = [{**row, "value": value}.get(name) for name in fields]
            assert upsert_many(connection, table, [again], fields) == 1
        assert connection.scalars(select(ReadingRow.value)).all() == [6]


def test_sealed_bytes_arrive_as_they_are_however_long(engine: Engine) -> None:
    sealed = bytes(range(256)) * 3000
    rows = [(1, version, sealed, AT, "x", None, 0, None) for version in (1, 2, 3)]
    with engine.begin() as connection:
        connection.execute(insert(LoginRow), LOGIN)
        insert_many(connection, Base.metadata.tables["session_version"], rows)
        assert set(connection.scalars(select(SessionVersionRow.ciphertext))) == {sealed}


def readings(count: int) -> list[tuple[Any, ...]]:
    slots = (AT + timedelta(minutes=20 * number) for number in range(count))
    return [(1, "spend", at, at.date(), 0, 5, at, "5", None, at) for at in slots]


def test_more_rows_than_one_batch_holds_all_arrive(engine: Engine) -> None:
    table = Base.metadata.tables["reading"]
    with engine.begin() as connection:
        assert insert_many(connection, table, readings(AT_ONCE + 1), FIELDS) == AT_ONCE + 1
        found = connection.execute(select(ReadingRow.slot_at).order_by(ReadingRow.slot_at)).all()
    assert [row.slot_at for row in found] == [row[2] for row in readings(AT_ONCE + 1)]


def test_what_no_column_would_take_is_refused(engine: Engine) -> None:
    table = Base.metadata.tables["reading"]
    naive = [(*readings(1)[0][:2], AT.replace(tzinfo=None), *readings(1)[0][3:])]
    with pytest.raises((ValueError, StatementError), match="naive"), engine.begin() as connection:
        insert_many(connection, table, naive, FIELDS)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        insert_many(connection, table, readings(1) * 2, FIELDS)
