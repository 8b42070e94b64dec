"""`danga report ... --as-of`."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.visit import VisitKind
from storage.readings import Origin
from tests.admin.conftest import Danga
from tests.admin.measured import WATCH, arrive, level, measured, read, spend, step
from tests.reports.rows import seoul

THIRD = ("--date", "2026-03-03")


@pytest.fixture
def late(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """What was seen at 13:40 waited in a spool till 16:00; the next day 3 March was settled."""
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    measured(
        danga,
        ("2026-03-03T13:00", 1_000, 50),
        ("2026-03-03T13:20", 3_000, 51),
        ("2026-03-03T14:20", 9_000, 54),
    )
    step(danga, seoul("2026-03-03T16:00"))
    arrive(danga, spend("2026-03-03T13:40", 5_000), level("2026-03-03T13:40", 53))
    read(danga, spend("2026-03-04T00:20", 500), level("2026-03-04T00:20", 60))
    past = Origin(VisitKind.PAST_DAY)
    read(danga, spend("2026-03-04T08:10", 9_900, date(2026, 3, 3)), origin=past)
    return danga


def hours(danga: Danga, *asked: str) -> dict[int, tuple[Any, Any]]:
    rows = danga("report", "hourly", *THIRD, *asked, "--json").json()["hours"]
    paired = [row for row in rows if row["spend"] is not None]
    return {row["hour"]: (row["spend"], row["results"]) for row in paired}


def day(danga: Danga, *asked: str) -> Any:
    (row,) = danga("report", "daily", *THIRD, *asked, "--json").json()["days"]
    return row


def test_a_report_shows_what_was_known_then(late: Danga) -> None:
    known = hours(late, "--as-of", "2026-03-03T15:00")
    assert known == {13: (6_000, 3), 14: (2_000, 1)}, "shared by time: 13:40 was not known"
    later = hours(late, "--as-of", "2026-03-03T16:00:01+09:00")
    assert later[13] == (6_000, 4)
    assert late("report", "now", "--as-of", "2026-03-03T14:30").code == 0
    (now,) = late("report", "now", "--as-of", "2026-03-03T14:30", "--json").json()["watches"]
    assert (now["watch"], now["today_spend"], now["age_minutes"]) == (WATCH, 8_000, 10)

    assert day(late, "--as-of", "2026-03-04T01:00")["provisional"] is True
    known = day(late, "--as-of", "2026-03-04T08:10:04")
    assert known == day(late)
    assert (known["spend"], known["provisional"]) == (8_900, False)


def test_a_member_that_left_later_is_still_there_and_a_new_target_is_not(late: Danga) -> None:
    text = (late.workspace / "danga.yaml").read_text(encoding="utf-8")
    text = text.replace('name: "*친구*"', 'name: "*가을*"').replace("target: 30000", "target: 700")
    late.write("danga.yaml", text)
    step(late, seoul("2026-03-04T09:00"))
    before = day(late)
    assert late("apply", "--yes").code == 0
    step(late, seoul("2026-03-04T10:00"))
    known = day(late, "--as-of", "2026-03-04T08:59")
    assert (known["spend"], known["target"]) == (before["spend"], 30_000)


def test_members_of_before_are_known_since_somebody_said_so(late: Danga) -> None:
    read(late, spend("2026-03-04T08:20", 700, date(2026, 2, 26)), origin=Origin(VisitKind.PAST_DAY))
    span = ("--from", "2026-02-26", "--to", "2026-02-26")
    step(late, seoul("2026-03-04T09:00"))
    done = late("backfill", *span, "--extend", "--yes", "--json").json()
    assert done["members_extended"] == 2
    step(late, seoul("2026-03-04T10:00"))
    asked = ("report", "daily", "--date", "2026-02-26", "--json")
    (known,) = late(*asked).json()["days"]
    assert known["unpaired_spend"] == 700
    assert late(*asked, "--as-of", "2026-03-04T08:59").json()["days"] == []
    assert late(*asked, "--as-of", "2026-03-04T09:01").json()["days"] == [known]


def test_a_moment_that_is_none_or_has_not_come_is_said_to_be(late: Danga) -> None:
    for asked, says in (
        ("2026-03-03", "--as-of: 2026-03-03 is no time (write 2026-03-03T14:00)"),
        ("noon", "--as-of: noon is no time"),
        ("2026-03-09T14:00", "--as-of: 2026-03-09T14:00 lies in the future"),
    ):
        ran = late("report", "now", "--as-of", asked)
        assert (ran.code, says in ran.err) == (2, True), ran.err
