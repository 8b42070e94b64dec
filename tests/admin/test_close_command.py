"""`danga close`."""

from __future__ import annotations

import csv
from datetime import date

import pytest
from sqlalchemy import delete

from domain.visit import VisitKind
from storage.readings import Origin
from storage.tables import UnitCostDayRow
from tests.admin.conftest import Danga
from tests.admin.measured import WATCH, level, measured, opened, read, spend, step
from tests.reports.rows import seoul

PAST = Origin(VisitKind.PAST_DAY)
THIRD, FOURTH = date(2026, 3, 3), date(2026, 3, 4)


@pytest.fixture
def march(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """The third of March is final, the fourth is not; it is April."""
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    measured(
        danga,
        ("2026-03-03T13:00", 1_000, 50),
        ("2026-03-03T23:40", 9_000, 52),
        ("2026-03-04T00:20", 500, 54),
        ("2026-03-05T00:20", 100, 60),
    )
    read(danga, spend("2026-03-05T08:00", 9_500, THIRD), origin=PAST)
    step(danga, seoul("2026-04-01T09:00"))
    return danga


def test_a_month_is_closed_once_and_what_differs_later_stands_beside_it(march: Danga) -> None:
    refused = march("close", "2026-03")
    assert (refused.code, "2026-03-04: 봄꽃 친구 추가 is provisional" in refused.err) == (2, True)
    assert "2026-03-03" not in refused.err

    closed = march("close", "2026-03", "--provisional", "--reason", "sent", "--json").json()
    assert (closed["is_new"], closed["provisional"], closed["differences"]) == (True, True, [])
    assert "still as it was kept" in march("close", "2026-03", "--lang", "en").out
    assert "모든 날이 마감 때와 같습니다." in march("close", "2026-03").out
    (line,) = march("audit", "--action", "costs.close", "--json").json()["audit"]
    assert (line["subject"], line["reason"]) == ("costs 2026-03", "sent")

    read(march, spend("2026-04-01T09:20", 60_000, FOURTH), origin=PAST)
    again = march("close", "2026-03", "--json").json()
    assert (again["is_new"], again["closed_at"]) == (False, closed["closed_at"])
    (changed,) = again["differences"]
    assert "마감 소진" in march("close", "2026-03").out
    assert "spend kept" in march("close", "2026-03", "--lang", "en").out
    assert (changed["watch"], changed["date"]) == (WATCH, "2026-03-04")
    assert (changed["spend"], changed["now_spend"]) == (None, 60_000)


def test_a_date_that_differs_from_its_closed_month_is_marked_in_the_daily_report(
    march: Danga,
) -> None:
    days = ("report", "daily", "--from", "2026-03-03", "--to", "2026-03-04")
    assert [row["closed"] for row in march(*days, "--json").json()["days"]] == [None, None]
    march("close", "2026-03", "--provisional")
    same = march(*days, "--json").json()["days"]
    assert [row["closed"] for row in same] == ["same", "same"]
    assert "≠" not in march(*days).out
    read(march, spend("2026-04-01T09:20", 60_000, FOURTH), origin=PAST)
    third, fourth = march(*days, "--json").json()["days"]
    assert (third["closed"], third["closed_spend"]) == ("same", third["spend"])
    assert (fourth["closed"], fourth["closed_spend"], fourth["spend"]) == ("differs", None, 60_000)
    said = march(*days, "--lang", "en").out
    assert "≠ not as when its month was closed" in said
    assert [line.count("≠") for line in said.splitlines() if "2026-03-0" in line][-2:] == [0, 1]
    assert "≠ 월 마감 때와 다른 날" in march(*days, "--lang", "ko").out
    sheet = march.workspace / "days.csv"
    march(*days, "--lang", "en", "--out", sheet)
    head, *lines = csv.reader(sheet.read_text("utf-8-sig").splitlines())
    at = [head.index(name) for name in ("vs closed", "spend when closed")]
    assert [[line[number] for number in at] for line in lines] == [["", "8500"], ["≠", ""]]
    before = march(*days, "--as-of", "2026-04-01T08:00", "--json").json()["days"]
    assert [row["closed"] for row in before] == [None, None], "nothing was closed by then"

    with opened(march) as house, house.engine.begin() as connection:
        connection.execute(delete(UnitCostDayRow).where(UnitCostDayRow.business_date == THIRD))
    gone = march(*days, "--json").json()["days"][0]
    assert (gone["spend"], gone["unit_cost"], gone["closed"]) == (None, None, "differs")
    assert (gone["date"], gone["closed_spend"]) == ("2026-03-03", 8_500)


def test_a_month_that_cannot_be_closed_is_said_to_be(march: Danga) -> None:
    read(march, spend("2026-04-01T09:20", 1_000), level("2026-04-01T09:20", 70))
    for month, says in (
        ("2026-04", "2026-04 is not over (today is 2026-04-01)"),
        ("2027-01", "2027-01 is not over"),
        ("2025-12", "nothing was measured in 2025-12"),
        ("2026-13", "2026-13 is no month (write 2026-03)"),
    ):
        ran = march("close", month, "--provisional")
        assert (ran.code, says in ran.err) == (2, True), ran.err
