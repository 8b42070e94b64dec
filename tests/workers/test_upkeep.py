"""Once a day the tick keeps the database in order, whoever comes first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, select

from domain.visit import VisitKind
from storage.audit import AuditBook
from storage.engine import open_engine
from storage.partitions import partitions
from storage.tables import VisitRow
from storage.transaction import reading
from storage.visit_schedule import VisitSchedule
from tests.notify.agency import Office
from tests.storage.inventories import apply, login_id
from workers.upkeep import first_kept, upkeep

NOW = datetime(2028, 6, 15, 3, tzinfo=UTC)


def office(folder: Path, engine: Engine) -> Office:
    (folder / "ws").mkdir()
    made = Office(folder / "ws", engine)
    made.environment("DANGA_KEEP_RECORDS_MONTHS=2")
    return made


def months(engine: Engine) -> set[str]:
    with reading(engine) as connection:
        return {one.name for one in partitions(connection)}


def test_old_visits_go_and_the_next_months_are_made_once_a_day(
    engine: Engine, tmp_path: Path
) -> None:
    apply(engine)
    schedule, login = VisitSchedule(engine), login_id(engine)
    for ago in (30, 100):
        schedule.plan({login: 0.0}, NOW - timedelta(days=ago), VisitKind.REGULAR)
    house = office(tmp_path, engine).house
    upkeep(house, NOW)
    with reading(engine) as connection:
        left = connection.scalars(select(VisitRow.planned_at)).all()
    assert left == [NOW - timedelta(days=30)]
    (line,) = AuditBook(engine).newest(action="db.sweep")
    assert (line.actor.name, line.deed.detail) == ("tick", {"visit": 1})
    if engine.dialect.name == "mysql":
        assert {"p202806", "p202807", "p202808", "p202809"} <= months(engine)
    schedule.plan({login: 0.0}, NOW - timedelta(days=100), VisitKind.REGULAR)
    upkeep(house, NOW + timedelta(minutes=1))
    assert len(AuditBook(engine).newest(action="db.sweep")) == 1


def test_upkeep_gives_way_to_a_report_and_breaks_no_tick(mariadb_url: str, tmp_path: Path) -> None:
    from storage import schema

    engine = open_engine(mariadb_url)
    schema.upgrade(engine)
    later = NOW.replace(year=2034)
    with engine.connect() as report:
        report.exec_driver_sql("SELECT COUNT(*) FROM reading")
        upkeep(office(tmp_path, engine).house, later)
    assert "p203406" not in months(engine)
    engine.dispose()


def test_whole_months_of_the_wall_are_kept_and_the_days_that_they_are_computed_from(
    sqlite_engine: Engine, tmp_path: Path
) -> None:
    house = office(tmp_path, sqlite_engine).house
    kept = first_kept(house, NOW, 3)  # March, April, May, and June so far
    assert kept == datetime(2028, 2, 29, 15, tzinfo=UTC) - timedelta(days=15)
