"""What a marketer reads in the morning: the worst first, what is missing said, in a few lines."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlalchemy import Engine

from domain.person import DigestDays, Language
from reports.digest import dates_of, digest, digest_text
from storage.inventory import InventoryStore
from tests.notify.agency import inventory
from tests.reports.rows import SEOUL, hour, seoul, slot, store

MORNING = seoul("2026-03-04T09:00")


@pytest.fixture
def measured(engine: Engine) -> Engine:
    """Two watches: one dear yesterday, one that was not measured yesterday."""
    InventoryStore(engine).apply(inventory(), "tests", seoul("2026-03-01"))
    store(
        engine,
        "봄꽃 친구",
        [slot("2026-03-04T08:40", 30_000, 1), slot("2026-03-04T09:00", 30_000, 1)],
        [hour("2026-03-03T14:00", 412_000, 10), hour("2026-03-03T15:00", 412_000, 10)],
    )
    store(engine, "달빛 전환", [slot("2026-03-03T00:20", 9_000, 1)], [])
    return engine


def text(
    engine: Engine,
    owner: str | None = None,
    alerts: dict[str, str] | None = None,
    language: Language = Language.KOREAN,
    at: datetime = MORNING,
) -> str:
    found = digest(engine, at, SEOUL, DigestDays.WEEKDAYS, owner)
    return "\n".join(digest_text(found, alerts or {}, SEOUL, language))


def test_it_tells_cost_target_spend_and_results_of_yesterday(measured: Engine) -> None:
    told = text(measured, owner="김지은")
    assert told.splitlines()[0] == "[단가] 2026-03-03 요약"
    assert "▲ 봄꽃마켓 · 봄꽃 친구: 41,200원 (목표 30,000원, +37%) · 소진 824,000원 · 20건" in told
    assert "달빛" not in told, "another marketer's client"


def test_the_worst_stands_first_and_what_was_not_measured_is_no_zero(measured: Engine) -> None:
    lines = text(measured, language=Language.ENGLISH).splitlines()
    assert lines[1].startswith("▲ 봄꽃마켓")
    assert "target 30,000원, +37%" in lines[1]
    assert lines[2] == "- 달빛커피 · 달빛 전환: not measured"
    assert lines[4] == "To look at"
    assert "달빛 전환: last read 1 d ago" in lines[5]


def test_spend_without_results_is_no_cost_and_stands_before_a_dear_one(measured: Engine) -> None:
    store(measured, "달빛 전환", [], [hour("2026-03-03T10:00", 300_000, 0)])
    lines = text(measured).splitlines()
    assert lines[1].startswith("▲ 달빛커피 · 달빛 전환: 0건 / 소진 300,000원 (목표 30,000원)")


def test_open_alerts_and_a_quiet_morning_are_told(measured: Engine) -> None:
    told = text(measured, owner="김지은", alerts={"봄꽃 친구": "봄꽃 친구: 소진이 멈췄습니다"})
    assert told.endswith("확인 필요\n- 봄꽃 친구: 소진이 멈췄습니다")
    assert text(measured, owner="김지은").endswith("정상적으로 측정되고 있습니다.")


@pytest.mark.parametrize(
    ("today", "days", "first"),
    [
        (date(2026, 3, 9), DigestDays.WEEKDAYS, date(2026, 3, 6)),
        (date(2026, 3, 10), DigestDays.WEEKDAYS, date(2026, 3, 9)),
        (date(2026, 3, 8), DigestDays.DAILY, date(2026, 3, 7)),
    ],
)
def test_monday_tells_of_the_weekend_too(today: date, days: DigestDays, first: date) -> None:
    since, until = dates_of(today, days)
    assert since == first
    assert (today - until).days == 1
