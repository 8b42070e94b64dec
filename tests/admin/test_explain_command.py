"""`danga report explain`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.visit import VisitKind
from storage.readings import Origin
from tests.admin.conftest import Danga
from tests.admin.measured import WATCH, level, measured, read, spend


@pytest.fixture
def explained(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """13:00 to 14:00 was read, one slot twice; the next morning the date was restated."""
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    measured(danga, ("2026-03-03T13:00", 1_000, 50), ("2026-03-03T13:20", 3_000, 51))
    again = replace(spend("2026-03-03T13:20", 3_500), shown="3,500 원")
    read(danga, replace(again, observed_at=again.observed_at + timedelta(minutes=1)))
    read(danga, spend("2026-03-04T00:20", 500), level("2026-03-04T00:20", 60))
    past = Origin(VisitKind.PAST_DAY)
    read(danga, spend("2026-03-04T08:10", 9_900, date(2026, 3, 3)), origin=past)
    return danga


def test_an_hour_is_explained_down_to_the_text_on_the_page(explained: Danga) -> None:
    found = explained("report", "explain", WATCH, "2026-03-03T13", "--json").json()
    assert (found["watch"], found["spend"]) == (WATCH, 2_900), "400 of the interval till midnight"
    (first, *_) = [one for one in found["intervals"] if one["results"] == 1]
    assert (first["spend"], first["unit_cost"]) == (2_500, "2500.0000")
    shares = {
        one["metric"]: one["amount"]
        for one in found["members"]
        if one["slot_at"] == first["slot_at"]
    }
    assert shares == {"spend": 2_500, "friends": 1}
    seen = [
        (one["shown"], one["revision"], one["restated"])
        for one in found["readings"]
        if one["metric"] == "spend" and one["date"] == "2026-03-03"
    ]
    assert ("3,000원", 0, False) in seen
    assert ("3,500 원", 1, True) in seen
    assert ("9,900원", 0, True) in seen, "restated the next morning"
    (added, *_) = [one for one in found["changes"] if one["name"] == WATCH]
    assert (added["what"], added["author"] != "") == ("add watch", True)
    said = explained("report", "explain", WATCH, "2026-03-03T13", "--lang", "en").out
    assert "3,500 원" in said
    assert "a slot was missed" in said


def test_an_hour_that_cannot_be_explained_is_said_to_be(explained: Danga) -> None:
    for words, says in (
        ((WATCH, "2026-03-01T13"), "2026-03-01 13:00 of 봄꽃 친구 추가 was never measured"),
        (("봄꽃 친구", "2026-03-03T13"), "there is no watch 봄꽃 친구 (did you mean"),
        ((WATCH, "2026-03-03"), "HOUR: 2026-03-03 is no hour (write 2026-03-03T14)"),
        ((WATCH, "2027-03-03T13"), "lies in the future"),
    ):
        ran = explained("report", "explain", *words)
        assert (ran.code, says in ran.err) == (2, True), ran.err
