"""`danga costs`."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from tests.admin.conftest import Danga
from tests.admin.measured import WATCH, measured, opened, step
from tests.reports.rows import seoul

MARCH = ("--from", "2026-03-03", "--to", "2026-03-03")


@pytest.fixture
def read(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """A watch that was read for an hour of 3 March."""
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    pages = [
        (f"2026-03-03T13:{minute}", 1_000 * number, 50 + number)
        for number, minute in enumerate(("00", "20", "40"))
    ]
    measured(danga, *pages)
    return danga


def test_a_rebuild_says_first_what_would_change_and_then_does_it(read: Danga) -> None:
    assert "No row differs" in read("costs", "rebuild", *MARCH).out
    with opened(read) as house, house.engine.begin() as connection:
        connection.execute(text("UPDATE unit_cost_slot SET spend = 5 WHERE spend = 1000"))
    looked = read("costs", "rebuild", *MARCH, "--json").json()
    assert (looked["dry_run"], looked["generation"], looked["differ"]) == (True, None, 2)
    (month,) = looked["months"]
    assert (month["watch"], month["month"], month["failed"]) == (WATCH, "2026-03", "")

    ran = read("costs", "rebuild", *MARCH, "--watch", WATCH, "--yes")
    assert (ran.code, f"2 of {looked['rows']} rows changed" in ran.out) == (0, True)
    assert "No row differs" in read("costs", "rebuild", *MARCH).out
    (one,) = read("costs", "list", "--json").json()["generations"]
    assert "세대" in read("costs", "list").out
    assert "rows that differed" in read("costs", "list", "--lang", "en").out
    assert (one["watch"], one["rows_differ"]) == (WATCH, 2)
    (line,) = read("audit", "--action", "costs.", "--json").json()["audit"]
    assert line["subject"] == f"costs 2026-03 of {WATCH}"

    assert read("db", "prune", "--json").json()["old"] == [], "it was replaced just now"
    step(read, seoul("2026-06-03T14:00"))
    (old,) = read("db", "prune", "--json").json()["old"]
    assert (old["what"], old["month"], old["goes"]) == (
        "unit costs that were replaced", "2026-03", True,
    )  # fmt: skip
    assert read("db", "prune", "--yes").code == 0
    assert read("db", "prune", "--json").json()["old"] == []
    assert "No row differs" in read("costs", "rebuild", *MARCH).out


def test_a_range_that_cannot_be_rebuilt_is_said_to_be(read: Danga) -> None:
    for asked, says in (
        (("--from", "2026-03-03", "--to", "2026-03-02"), "--from: 2026-03-03 is after"),
        (("--from", "2026-03-03", "--to", "2026-04-01"), "has not begun yet"),
        (("--from", "2025-03-03", "--to", "2025-04-01"), "nothing was read from 2025-03-03"),
        (("--from", "3 March", "--to", "2026-03-32"), "--to: 2026-03-32 is no date"),
        ((*MARCH, "--watch", "봄꽃 친구"), f"there is no watch 봄꽃 친구 (did you mean {WATCH}"),
    ):
        ran = read("costs", "rebuild", *asked, "--yes")
        assert (ran.code, says in ran.err) == (2, True), ran.err
    assert read("costs", "list", "--json").json() == {"generations": []}
