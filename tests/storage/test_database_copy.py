from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from domain.audit import Deed, person
from domain.errors import BadInput
from domain.reading import Reading
from domain.visit import VisitKind
from pace.table import pace_metadata, pace_state
from storage import bulk, database_copy
from storage.audit import AuditBook
from storage.database_copy import CopiedTable, DatabaseCopy
from storage.engine import open_engine
from storage.entities import EntityBook
from storage.errors import DatabaseBusy
from storage.heartbeats import HeartbeatBook
from storage.partitions import partitions
from storage.readings import ReadingStore
from storage.tables import AuditRow, Base, LoginRow, ReadingRow, UnitCostDayRow, VisitRow
from storage.transaction import reading, run_once
from storage.visit_schedule import VisitSchedule
from tests.servers import SERVERS
from tests.storage.inventories import MOMENT, NOW, SLOT, apply, creative, found, login_id
from tests.storage.test_indexes import KST

TABLES = [*Base.metadata.sorted_tables, *pace_metadata.sorted_tables]
READINGS = 30


@pytest.fixture
def source(sqlite_engine: Engine) -> Engine:
    """What an agency has after some months: a row or more of many tables, old readings too."""
    apply(sqlite_engine)
    AuditBook(sqlite_engine).note(person("지은"), Deed("db.upgrade", "database"))
    AuditBook(sqlite_engine).note(person("지은"), Deed("apply", "client 달빛커피 100%"))
    EntityBook(sqlite_engine).follow(MOMENT, [found("1", "spring '1'")], NOW)
    slots = [NOW - timedelta(days=70) + number * 144 * SLOT for number in range(READINGS)]
    ReadingStore(sqlite_engine, lambda site: KST).save(
        [Reading(creative("1"), "spend", at.date(), 2**33, at, at, "8,589") for at in slots]
    )
    VisitSchedule(sqlite_engine).plan({login_id(sqlite_engine): 0.0}, NOW, VisitKind.REGULAR)
    HeartbeatBook(sqlite_engine).beat("elsewhere:1", "tick")
    with sqlite_engine.begin() as connection:
        connection.execute(update(VisitRow).values(id=41))
        connection.execute(
            insert(UnitCostDayRow).values(
                watch_id=1, business_date=date(2026, 3, 3), generation=0, flags=["pending"],
                is_final=False, computed_at=NOW, unit_cost=Decimal("3333.3333"), spend=None,
            )
        )  # fmt: skip
        at = NOW.replace(tzinfo=None)
        connection.execute(
            insert(pace_state).values(site="moment", version=3, state="{}", updated_at=at)
        )
    return sqlite_engine


@pytest.fixture(params=SERVERS)
def target(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database of a server, of which `danga db upgrade` has noted that it made it."""
    engine = open_engine(request.getfixturevalue(f"migrated_{request.param}_url"))
    AuditBook(engine).note(person("root"), Deed("db.upgrade", "database"))
    yield engine
    engine.dispose()


def everything(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    with reading(engine) as connection:
        return {
            table.name: [
                tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in TABLES
            if table.name != "worker_heartbeat"
        }


def copied(source: Engine, target: Engine) -> dict[str, CopiedTable]:
    return {one.name: one for one in DatabaseCopy(source, target, TABLES).run()}


def test_everything_arrives_as_it_was_and_every_month_has_its_partition(
    source: Engine, target: Engine
) -> None:
    tables = copied(source, target)
    assert everything(target) == everything(source)
    assert (tables["reading"].rows, tables["reading"].copied) == (READINGS, READINGS)
    with reading(target) as connection:
        assert {one.name for one in partitions(connection)} >= {"p202512", "p202601", "p202602"}
        assert connection.scalar(text("SELECT count(*) FROM worker_heartbeat")) == 0


def test_what_comes_afterwards_is_counted_on_and_the_audit_stays_append_only(
    source: Engine, target: Engine
) -> None:
    copied(source, target)
    (visit,) = (
        VisitSchedule(target).plan({login_id(target): 0.0}, NOW + SLOT, VisitKind.REGULAR).values()
    )
    assert visit > 41  # where exactly depends on what the emptied tables of the server counted to
    AuditBook(target).note(person("지은"), Deed("db.copy", "database"))
    with target.connect() as connection:
        assert connection.scalar(select(func.max(AuditRow.id))) == 1 + len(
            everything(source)["audit"]
        )
        with pytest.raises(DBAPIError, match="only appended to"):
            connection.execute(update(AuditRow).values(actor="nobody"))


class CutOff(Exception):
    """The power went."""


def test_a_copy_that_was_interrupted_goes_on_where_it_ended(
    source: Engine, target: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (bulk, database_copy):
        monkeypatch.setattr(module, "AT_ONCE", 10)

    def cut(table: str, there: int, _rows: int) -> None:
        if table == "reading" and there == 20:
            raise CutOff

    with pytest.raises(CutOff):
        DatabaseCopy(source, target, TABLES).run(cut)
    tables = copied(source, target)
    assert (tables["reading"].rows, tables["reading"].copied) == (READINGS, 10)
    assert tables["login"].copied == 0
    assert everything(target) == everything(source)


@pytest.mark.parametrize("of_its_own", ["another row", "another value"])
def test_a_target_with_anything_of_its_own_is_refused_and_left_alone(
    source: Engine, target: Engine, of_its_own: str
) -> None:
    if of_its_own == "another row":
        apply(target, at=NOW + SLOT)
    else:
        copied(source, target)
        with target.begin() as connection:
            connection.execute(update(ReadingRow).values(value=7))
    before = everything(target)
    with pytest.raises(BadInput) as refused:
        copied(source, target)
    assert {fault.where for fault in refused.value.faults} & {"reading", "site_policy"}
    assert everything(target) == before


def test_a_value_that_only_sqlite_takes_is_named_with_its_row(
    source: Engine, target: Engine
) -> None:
    with source.begin() as connection:
        connection.execute(update(LoginRow).values(home_site="m" * 61))
    with pytest.raises(BadInput, match="login id=1: Data too long for column 'home_site'"):
        copied(source, target)


def test_what_changed_on_the_way_is_seen_by_the_sums(
    source: Engine, target: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgetful(connection: Any, table: Any, rows: Any) -> int:
        kept = [(*row[:5], 5, *row[6:]) if table.name == "reading" else row for row in rows]
        return bulk.insert_many(connection, table, kept)

    monkeypatch.setattr(database_copy, "insert_many", forgetful)
    with pytest.raises(BadInput, match="reading: sum of value is 257698037760 here and 150 over"):
        copied(source, target)


def test_nobody_writes_to_the_source_meanwhile(source: Engine, target: Engine) -> None:
    other = open_engine(source.url.render_as_string())
    event.listen(other, "connect", lambda raw, _: raw.execute("PRAGMA busy_timeout=0"))
    refused: list[str] = []

    def try_to_write(table: str, _there: int, _rows: int) -> None:
        with pytest.raises(DatabaseBusy):
            run_once(other, lambda to: to.execute(update(LoginRow).values(state_reason="x")))
        refused.append(table)

    DatabaseCopy(source, target, TABLES).run(try_to_write)
    assert "reading" in refused
    other.dispose()
