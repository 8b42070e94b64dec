"""`danga report`: which watches and days, in which words and form, and where it goes."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import Engine

from domain.clock import FileClock
from storage.engine import open_engine
from tests.admin.conftest import Danga
from tests.admin.inventories import whole
from tests.reports.rows import hour, seoul, slot, store

NOW = seoul("2026-03-03T14:00")
WATCH = "봄꽃 친구 추가"


@pytest.fixture
def applied(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """The example inventory with some rows of its watch; it is 14:00."""
    clock = FileClock(danga.workspace / "clock")
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    danga.write("danga.yaml", whole())
    clock.set(seoul("2026-03-03T09:00"))
    assert danga("apply", "--yes").code == 0
    clock.set(NOW)
    engine = open_engine(f"sqlite:///{danga.workspace}/danga.db")
    _store(engine)
    engine.dispose()
    return danga


def _store(engine: Engine) -> None:
    store(
        engine,
        WATCH,
        slots=[slot("2026-03-03T14:00", 82_400, 2)],
        hours=[hour("2026-03-02T13:00", 40_000, 4), hour("2026-03-03T13:00", 82_400, 2)],
        final=["2026-03-02"],
    )


def test_reports_speak_korean_unless_told_otherwise(
    applied: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "목표단가" in applied("report", "now").out
    assert "target" in applied("report", "now", "--lang", "en").out
    monkeypatch.setenv("DANGA_LANGUAGE", "en")
    assert "too little data" in applied("report", "hourly").out


def test_the_form_follows_the_ending_of_the_file(applied: Danga, tmp_path: Path) -> None:
    for name in ("now.csv", "now.xlsx", "now.html", "now.json"):
        ran = applied("report", "now", "--out", tmp_path / name)
        assert (ran.code, ran.out) == (0, ""), ran.err
    assert (tmp_path / "now.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    book = openpyxl.load_workbook(io.BytesIO((tmp_path / "now.xlsx").read_bytes()))
    assert book["watches"]["E2"].value == 41_200
    assert (tmp_path / "now.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert (tmp_path / "now.json").read_text(encoding="utf-8") == applied(
        "report", "now", "--json"
    ).out


def test_a_file_that_is_there_is_never_replaced(applied: Danga, tmp_path: Path) -> None:
    (tmp_path / "now.csv").write_text("mine", encoding="utf-8")
    ran = applied("report", "now", "--out", tmp_path / "now.csv")
    assert (ran.code, "is there already" in ran.err) == (2, True)
    assert (tmp_path / "now.csv").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in tmp_path.glob("*now*")] == ["now.csv"]


def test_csv_goes_to_a_pipe_whole(applied: Danga) -> None:
    lines = applied("report", "hourly", "--format", "csv").out.splitlines()
    assert lines[0].startswith("\ufeff광고주,단가 항목,")
    assert lines[1].startswith("봄꽃마켓,봄꽃 친구 추가,친구 추가 단가,2026-03-03,13,41200,·,")


FAULTS: list[tuple[list[str], str]] = [
    (
        ["now", "--client", "봄꽃마캣"],
        "--client: there is no client 봄꽃마캣 (did you mean 봄꽃마켓?)",
    ),
    (["now", "--owner", "김지운"], "--owner: there is no owner 김지운 (did you mean 김지은?)"),
    (["hourly", "--watch", "봄꽃 친구"], "(did you mean 봄꽃 친구 추가?)"),
    (["hourly", "--date", "2026-02-30"], "--date: 2026-02-30 is no date"),
    (["hourly", "--date", "2026-03-04"], "--date: 2026-03-04 has not begun yet (today is"),
    (["hourly", "--to", "2026-03-04"], "--to: 2026-03-04 has not begun yet"),
    (["hourly", "--from", "2026-03-02", "--to", "2026-03-01"], "is after --to 2026-03-01"),
    (["hourly", "--from", "2026-03-09"], "--from: 2026-03-09 has not begun yet"),
    (["hourly", "--from", "2020-01-01"], "ask for 400"),
    (["hourly", "--date", "2026-03-01", "--to", "2026-03-01"], "stands beside --from or --to"),
    (["now", "--out", "now.pdf"], "end it in .csv, .xlsx, .json or .html"),
    (["now", "--format", "table", "--out", "now.txt"], "a table is for the terminal"),
    (["now", "--format", "csv", "--json"], "csv stands beside --json"),
]


def test_what_cannot_be_reported_is_said_with_its_cure(applied: Danga) -> None:
    for words, told in FAULTS:
        ran = applied("report", *words)
        assert (ran.code, told in ran.err) == (2, True), ran.err
    assert list(Path().glob("now.*")) == []


def test_a_range_without_data_is_said_and_is_no_zero(applied: Danga, tmp_path: Path) -> None:
    span = ("--from", "2026-02-01", "--to", "2026-02-02")
    assert (
        "2026-02-01 ~ 2026-02-02에 측정된 것이 없습니다." in applied("report", "hourly", *span).out
    )
    ran = applied("report", "hourly", *span, "--out", tmp_path / "none.csv")
    assert (ran.code, "측정된 것이 없습니다" in ran.err) == (0, True)
    assert len((tmp_path / "none.csv").read_text(encoding="utf-8-sig").splitlines()) == 1


def test_hours_of_several_days_stand_beside_the_target_of_their_time(applied: Danga) -> None:
    found = applied("report", "hourly", "--from", "2026-03-02", "--json").json()["hours"]
    assert [(one["date"], one["target"]) for one in found] == [
        ("2026-03-02", None),  # the watch was declared on 3 March
        ("2026-03-03", 30_000),
    ]
    assert [one["provisional"] for one in found] == [False, True]


def test_one_watch_is_shown_with_its_heat_table(applied: Danga) -> None:
    shown = applied("report", "watch", WATCH, "--lang", "en")
    assert shown.code == 0, shown.err
    assert "target 30,000원 · 90 % range 13,088원 to 231,877원" in shown.out
    assert "·41,200" in shown.out
    found = applied("report", "watch", WATCH, "--json").json()
    assert (found["client"], found["target"], found["ended"]) == ("봄꽃마켓", 30_000, False)
    assert [one["span"] for one in found["spans"]][:2] == ["last_hour", "this_hour"]
    assert (len(found["hours"]), len(found["days"])) == (2, 2)
    assert "heat" not in found
    unknown = applied("report", "watch", "봄꽃")
    assert (unknown.code, "봄꽃 친구 추가" in unknown.err) == (2, True)


def test_days_are_shown_with_their_sums(applied: Danga) -> None:
    found = applied("report", "daily", "--json").json()
    assert [(one["date"], one["spend"]) for one in found["days"]] == [
        ("2026-03-02", 40_000),
        ("2026-03-03", 82_400),
    ]
    assert (found["totals"][0]["results"], found["totals"][0]["unit_cost"]) == (6, "20400.0000")
    assert "totals" not in applied("report", "daily", "--date", "2026-03-02", "--json").json()
    assert "합계" in applied("report", "daily").out


def test_a_watch_without_data_says_so(applied: Danga) -> None:
    shown = applied("report", "watch", WATCH, "--date", "2026-02-01")
    assert (shown.code, "2026-02-01에 측정된 것이 없습니다" in shown.out) == (0, True)


def test_freshness_is_amiss_where_an_account_was_not_read(applied: Danga) -> None:
    ran = applied("report", "freshness", "--lang", "en")
    assert (ran.code, "never signed in" in ran.out) == (1, True)
    first, second = applied("report", "freshness", "--json").json()["accounts"]
    assert [first["site"], second["site"]] == ["channel", "moment"]
    assert (first["last_reading_at"], first["slots_due"], first["share_read"]) == (None, 15, 0)


def test_nothing_sent_is_said_as_such(applied: Danga) -> None:
    assert "보낸 요청이 없습니다" in applied("report", "load").out
    assert applied("report", "load", "--json").json() == {"days": []}


def test_who_reads_only_the_head_of_a_pipe_hears_of_no_mistake(applied: Danga) -> None:
    command = [sys.executable, "-m", "admin.cli", "--workspace", str(applied.workspace)]
    with subprocess.Popen(
        [*command, "report", "hourly"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as ran:
        assert ran.stdout is not None
        assert ran.stderr is not None
        ran.stdout.close()
        assert (ran.wait(), ran.stderr.read()) == (1, "")
