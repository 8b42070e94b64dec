from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, event

from domain.business_day import BusinessDay
from domain.reading import Reading
from domain.visit import VisitKind
from storage.entities import EntityBook
from storage.reading_series import readings_since
from storage.readings import Origin, ReadingStore
from storage.transaction import reading
from storage.unit_costs import UnitCostStore, pair_point_before, pair_points_between
from storage.visit_history import VisitHistory
from storage.visit_schedule import VisitSchedule
from storage.watches import WatchBook
from tests.storage.inventories import MOMENT, NOW, apply, creative, found

KST = BusinessDay(ZoneInfo("Asia/Seoul"), time(8))
READING = Reading(creative("1"), "spend", date(2026, 3, 3), 5, NOW, NOW)
SPAN = (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
GROWS = ("reading", "visit", "visit_page", "unit_cost_slot", "unit_cost_hour", "watch_member")
"""Tables that grow with time: no question asked each minute may read them through."""


def save(engine: Engine) -> None:
    store = ReadingStore(engine, lambda site: KST)
    store.save([READING])
    store.save([READING], Origin(VisitKind.PAST_DAY))


def pair_point(engine: Engine) -> None:
    with reading(engine) as connection:
        pair_point_before(connection, 1, NOW)


def together(engine: Engine) -> None:
    with reading(engine) as connection:
        pair_points_between(connection, [1, 2], *SPAN)
        readings_since(connection, {1: READING.entity}, ["spend"], NOW)


QUESTIONS: dict[str, Callable[[Engine], object]] = {
    "save": save,
    "series": lambda engine: ReadingStore(engine, lambda site: KST).series([(1, "spend")], *SPAN),
    "due": lambda engine: VisitSchedule(engine).due(["moment"]),
    "reap": lambda engine: VisitSchedule(engine).reap(),
    "miss": lambda engine: VisitSchedule(engine).miss(NOW),
    "recent": lambda engine: VisitHistory(engine).recent(),
    "pages": lambda engine: VisitHistory(engine).pages(1),
    "touched": lambda engine: WatchBook(engine).touched_by([READING.entity]),
    "members": lambda engine: WatchBook(engine).members(1),
    "follow": lambda engine: EntityBook(engine).follow(MOMENT, [found("1", "spring 1")], NOW),
    "slots": lambda engine: UnitCostStore(engine).slots(1, *SPAN),
    "hours": lambda engine: UnitCostStore(engine).hours(1, *SPAN),
    "pair point": pair_point,
    "many watches": together,
}


@pytest.mark.parametrize("question", QUESTIONS)
def test_what_is_asked_each_minute_finds_its_rows_by_an_index(
    sqlite_engine: Engine, question: str
) -> None:
    apply(sqlite_engine)
    EntityBook(sqlite_engine).follow(MOMENT, [found("1", "spring 1")], NOW)
    with statements_of(sqlite_engine) as statements:
        QUESTIONS[question](sqlite_engine)
    assert statements
    with sqlite_engine.connect() as connection:
        for statement, parameters in statements:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            steps = [row[3] for row in plan]
            scanned = [step for step in steps if any(reads_through(step, t) for t in GROWS)]
            assert scanned == [], statement


def reads_through(step: str, table: str) -> bool:
    """Whether a step of SQLite's plan visits every row; in the order of an index is allowed."""
    return step.startswith(f"SCAN {table}") and "USING INDEX" not in step


@contextmanager
def statements_of(engine: Engine) -> Iterator[list[tuple[str, Any]]]:
    seen: list[tuple[str, Any]] = []

    def note(*call: Any) -> None:
        _, _, statement, parameters, _, many = call
        if not many and statement.split()[0] in {"SELECT", "UPDATE", "DELETE"}:
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)
