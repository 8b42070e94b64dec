"""The truth endpoint and the pages agree, whatever the clock says and whatever happens."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo

METRICS = ("spend", "impressions", "clicks", "conversions")


def read_account(visitor: Visitor, account: str, level: str, day: str = "") -> dict[Any, int]:
    values: dict[Any, int] = {}
    page = pages = 1
    while page <= pages:
        path = f"/moment/api/accounts/{account}/{level}?page={page}&date={day}"
        content = visitor.json(path)
        for row in content["rows"]:
            for metric in METRICS:
                values[row["id"], metric, content["period"]["date"]] = row[metric]
        page, pages = page + 1, content["pages"]
    return values


def told(demo: RunningDemo, account: str, kind: str, day: date | None = None) -> dict[Any, int]:
    return {
        (fact["external_id"], fact["metric"], fact["business_date"]): fact["value"]
        for fact in demo.truth(login="kim", day=day)
        if fact["account"] == account and fact["kind"] == kind
    }


def test_every_table_of_an_account_shows_the_truth(demo: RunningDemo, kim: Visitor) -> None:
    for level, kind in (
        ("creatives", "creative"),
        ("adgroups", "ad_group"),
        ("campaigns", "campaign"),
    ):
        assert read_account(kim, "1002", level) == told(demo, "1002", kind)


def test_a_past_date_shows_its_truth(demo: RunningDemo, kim: Visitor) -> None:
    read = read_account(kim, "1001", "creatives", "2026-03-02")
    assert read == told(demo, "1001", "creative", date(2026, 3, 2))
    assert {day for _, _, day in read} == {"2026-03-02"}


def test_a_channel_shows_the_truth(demo: RunningDemo, kim: Visitor) -> None:
    shown = kim.json("/channel/api/channels/ch501")
    assert told(demo, "ch501", "channel") == {
        ("ch501", "friends", "2026-03-03"): shown["friends"],
        ("ch501", "subscribers", "2026-03-03"): shown["subscribers"],
    }


def test_events_are_part_of_the_truth(demo: RunningDemo, kim: Visitor) -> None:
    before = told(demo, "1001", "creative")
    demo.happen(
        {"type": "refund", "ad": "c1001-01", "at": "2026-03-03T10:00", "won": 500},
        {"type": "delete_ad", "ad": "c1001-02", "at": "2026-03-03T10:00"},
        {"type": "create_ad", "account": "1001", "at": "2026-03-03T09:00", "id": "c1001-99"},
    )
    after = told(demo, "1001", "creative")
    assert after == read_account(kim, "1001", "creatives")
    spent = ("c1001-01", "spend", "2026-03-03")
    assert after[spent] == before[spent] - 500
    assert {ad for ad, _, _ in after} ^ {ad for ad, _, _ in before} == {"c1001-02", "c1001-99"}


def test_what_pages_do_to_their_display_is_no_truth(demo: RunningDemo) -> None:
    before = demo.truth()
    demo.knobs(rounded=True, unit="thousand", wrong_account="all", half_rendered="json")
    demo.knobs(remembered_period="yesterday", columns="swapped", rename_json=True)
    assert demo.truth() == before


def test_the_late_midnight_holds_in_page_json_and_truth(demo: RunningDemo, kim: Visitor) -> None:
    demo.knobs(midnight_late_minutes=4)
    demo.clock("2026-03-04T00:03:59+09:00")
    assert {day for _, _, day in read_account(kim, "1001", "creatives")} == {"2026-03-03"}
    assert read_account(kim, "1001", "creatives") == told(demo, "1001", "creative")
    assert kim.json("/channel/api/channels/ch501")["period"]["date"] == "2026-03-03"
    demo.step(seconds=1)
    fresh = told(demo, "1001", "creative")
    assert set(fresh.values()) == {0}
    assert {day for _, _, day in fresh} == {"2026-03-04"}


def test_the_truth_of_another_moment_needs_no_step(demo: RunningDemo) -> None:
    ahead = demo.now() + timedelta(minutes=20)
    foretold = demo.truth(at=ahead, login="kim")
    assert foretold != demo.truth(login="kim")
    assert demo.step(minutes=20) == ahead
    assert demo.truth(login="kim") == foretold


def test_a_withdrawn_account_has_no_truth(demo: RunningDemo) -> None:
    demo.knobs(withdrawn="1001,ch501")
    assert {fact["account"] for fact in demo.truth(login="kim")} == {"1002"}


def test_the_clock_runs_freezes_and_steps(demo: RunningDemo) -> None:
    frozen = demo.clock("2026-03-03T23:50:00+09:00")
    assert demo.now() == frozen
    demo.post("/_demo/clock", {"at": None})
    told_now = demo.get("/_demo/clock")
    assert told_now["frozen"] is False
    assert abs(datetime.fromisoformat(told_now["now"]) - frozen) > timedelta(days=1)
