from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy import Engine

from costs.flag import Flag
from domain.inventory import InventorySpec
from domain.person import Language
from reports.cells import cell_text
from reports.daily_report import daily_report
from reports.report import Form, Report
from reports.watched import Scope
from tests.reports.rows import SEOUL, hour, seoul, store
from tests.storage.inventories import INVENTORY, WATCH, apply

NOW = seoul("2026-03-10T14:10")
SPAN = (date(2026, 3, 8), date(2026, 3, 10))


def report(engine: Engine, scope: Scope = Scope()) -> Report:  # noqa: B008
    return daily_report(engine, scope, SPAN, NOW, SEOUL, Language.KOREAN)


def agency(engine: Engine) -> InventorySpec:
    apply(engine, at=seoul("2026-03-01"))
    hours = [
        hour("2026-03-08T10:00", 10_000, 1),
        hour("2026-03-08T11:00", 20_000, 9),
        hour("2026-03-09T11:00", 12_000, 0),
        hour("2026-03-10T11:00", None, None, Flag.ONE_SIDED, unpaired=700),
    ]
    store(engine, WATCH.name, hours=hours, final=["2026-03-08"])
    return INVENTORY


def test_a_date_is_the_sum_of_its_hours_and_never_a_mean(engine: Engine) -> None:
    agency(engine)
    days, totals = report(engine).sheets
    assert [(row["spend"], row["results"], row["unit_cost"]) for row in days.rows] == [
        (30_000, 10, Decimal("3000.0000")),
        (12_000, 0, None),
        (None, None, None),
    ]
    assert [row["provisional"] for row in days.rows] == [False, True, True]
    (total,) = totals.rows
    assert (total["days"], total["spend"], total["unit_cost"]) == (3, 42_000, Decimal("4200.0000"))
    assert (total["unpaired_spend"], total["provisional"]) == (700, True)


def test_a_date_stands_beside_the_target_that_held_when_it_ended(engine: Engine) -> None:
    inventory = agency(engine)
    dearer = replace(WATCH, target=2_000)
    apply(engine, replace(inventory, watches=(dearer,)), seoul("2026-03-09T12:00"))
    assert [row["target"] for row in report(engine).sheets[0].rows] == [3_000, 2_000, 2_000]


def test_an_ended_watch_keeps_its_numbers(engine: Engine) -> None:
    inventory = agency(engine)
    apply(engine, replace(inventory, watches=()), seoul("2026-03-10T12:00"))
    assert len(report(engine).sheets[0].rows) == 3
    assert len(report(engine, Scope(client="shop", watch=WATCH.name)).sheets[0].rows) == 3
    assert report(engine, Scope(owner="park")).is_empty


def test_people_read_provisional_and_final(sqlite_engine: Engine) -> None:
    agency(sqlite_engine)
    found = report(sqlite_engine)
    days = found.sheets[0]
    shown = [
        [cell_text(found, column, row) for column in days.shown_in(Form.TABLE)][3:]
        for row in days.rows
    ]
    assert shown[0][:2] == ["2026-03-08", "▼ 3,000원"]
    assert [row[6] for row in shown] == ["확정", "잠정", "잠정"]
    assert shown[2][1] == "짝이 없는 소진 700원"
