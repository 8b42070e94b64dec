from __future__ import annotations

from datetime import date

from sqlalchemy import Engine

from costs.flag import Flag
from domain.metric import Metric, MetricKind, Unit
from domain.person import Language
from reports.cells import cell_text
from reports.report import Form, Report
from reports.standing import standings
from reports.watch_report import WatchFacts, watch_report
from reports.watched import EVERYTHING, Targets, ever_watched
from reports.xlsx_form import xlsx_bytes
from storage.cost_reader import CostReader
from tests.reports.rows import SEOUL, hour, seoul, slot, store
from tests.storage.inventories import WATCH, apply

NOW = seoul("2026-03-10T14:10")
SPAN = (date(2026, 3, 2), date(2026, 3, 10))
NET = {"channel": {"friends": Metric("friends", MetricKind.GAUGE, Unit.COUNT)}}
HOURS = (
    hour("2026-03-02T09:00", 40_000, 20),
    hour("2026-03-03T23:00", None, 4, Flag.PENDING),
    hour("2026-03-04T10:00", 12_000, 0),
    hour("2026-03-09T10:00", 7_000, 1, Flag.ESTIMATED),
    hour("2026-03-10T12:00", None, None, Flag.ONE_SIDED, unpaired=9_000),
    hour("2026-03-10T13:00", 16_000, 4),
)


def report(engine: Engine, language: Language = Language.KOREAN) -> Report:
    apply(engine, at=seoul("2026-03-01"))
    final = ["2026-03-02", "2026-03-04", "2026-03-09"]
    store(engine, WATCH.name, [slot("2026-03-10T14:00", 16_000, 4)], HOURS, final)
    (watch,) = ever_watched(engine, EVERYTHING, NOW)
    (standing,) = standings(engine, NOW, SEOUL)
    costs = CostReader(engine)
    hours, days = costs.dated_hours([watch.id], *SPAN), costs.days([watch.id], *SPAN)
    targets = Targets(engine, [watch.id])
    facts = WatchFacts(watch, standing, hours[watch.id], days[watch.id], targets, NOW, SEOUL, NET)
    return watch_report(facts, SPAN, language)


def table(found: Report, name: str, form: Form = Form.TABLE) -> list[list[list[str]]]:
    """Return heading and rows of each sheet of that name, as a form shows them."""
    return [
        [
            [column.heading.say(found.language) for column in sheet.shown_in(form)],
            *(
                [cell_text(found, column, row) for column in sheet.shown_in(form)]
                for row in sheet.rows
            ),
        ]
        for sheet in found.shown_in(form)
        if sheet.name == name
    ]


def test_the_heat_table_stands_a_week_at_a_time_with_its_signs(sqlite_engine: Engine) -> None:
    first, second = table(report(sqlite_engine), "heat")
    assert first[0] == ["시", *(f"03-0{day}" + f" {name}" for day, name in WEEK)]
    assert (first[10][0], first[10][1]) == ("09", "▼2,000")
    assert (first[24][2], first[11][3]) == ("▨", "▲0건/12,000")
    assert second[0] == ["시", "03-09 월", "03-10 화 잠정"]
    assert (second[11][1], second[13][2], second[14][2]) == ("·▨7,000", "소진만", "▲4,000")
    assert second[1][1:] == ["", ""]  # not measured


WEEK = ((2, "월"), (3, "화 잠정"), (4, "수"), (5, "목"), (6, "금"), (7, "토"), (8, "일"))


def test_a_date_that_was_not_measured_is_neither_provisional_nor_final(
    sqlite_engine: Engine,
) -> None:
    (page,) = table(report(sqlite_engine), "heat", Form.HTML)
    assert [row[:2] for row in page[1:4]] == [
        ["2026-03-02", "확정"],
        ["2026-03-03", "잠정"],
        ["2026-03-04", "확정"],
    ]
    assert page[4][:2] == ["2026-03-05", ""]


def test_days_sum_their_hours_and_say_what_may_still_change(sqlite_engine: Engine) -> None:
    found = report(sqlite_engine, Language.ENGLISH)
    rows = {
        row["date"].day: row for sheet in found.sheets if sheet.name == "days" for row in sheet.rows
    }
    assert (rows[10]["spend"], rows[10]["results"], rows[10]["unpaired_spend"]) == (
        16_000,
        4,
        9_000,
    )
    assert (rows[3]["spend"], rows[3]["provisional"]) == (None, True)
    assert [rows[day]["provisional"] for day in (2, 4, 9, 10)] == [False, False, False, True]


def test_the_change_of_a_level_is_said_to_be_net(sqlite_engine: Engine) -> None:
    ((_, *days),) = table(report(sqlite_engine), "days")
    assert days[-1][3] == "순증 4건"


def test_what_is_compared_stands_below_one_another(sqlite_engine: Engine) -> None:
    ((_, *rows),) = table(report(sqlite_engine), "spans")
    assert [row[:2] for row in rows[:4]] == [
        ["최근 60분", "▲ 4,000원"],
        ["이번 시간", "▲ 4,000원"],
        ["전시간", "짝이 없는 소진 9,000원"],
        ["어제 같은 시간", ""],
    ]


def test_what_a_person_has_to_know_first_stands_before_the_tables(sqlite_engine: Engine) -> None:
    assert report(sqlite_engine).lead == (
        "마지막 측정 2026-03-10 14:00 (10분 전)",
        "목표 3,000원 · 90% 범위 1,748원 ~ 11,710원",
    )


def test_a_workbook_has_a_sheet_for_each_part(sqlite_engine: Engine) -> None:
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(report(sqlite_engine))))
    assert book.sheetnames == ["비교", "날짜 × 시간 단가", "일별", "시간별"]
    heat = book["날짜 × 시간 단가"]
    assert (heat["L2"].value, heat["AA2"].column_letter) == (2_000, "AA")
    assert heat["M4"].value == "▲0건/12,000"
    assert heat.column_dimensions["AA"].hidden
    assert {str(one.sqref) for one in heat.conditional_formatting} >= {"C2:C10", "Z2:Z10"}
