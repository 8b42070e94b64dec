"""The bench of numbers runs, on small sizes, and its file says what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from bench import load
from storage import schema
from storage.engine import open_engine

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.timeout(1200)
def test_a_quick_run_settles_many_watches_as_a_rebuild_would(tmp_path: Path) -> None:
    out = tmp_path / "numbers.json"
    command = [sys.executable, "-m", "bench.numbers", "--quick", "--only", "settle"]
    done = subprocess.run(
        [*command, "--readings", "1000", "--out", str(out)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(out.read_text(encoding="utf-8"))
    assert results["sizes"] == "quick, --readings 1000"
    assert results["settle_slot_s"] > 0
    assert results["settle"]["rows_that_a_rebuild_changes"] == 0


@pytest.fixture
def on_the_server_of_the_tests(mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened(**_size: int) -> Iterator[Engine]:
        engine = open_engine(mariadb_url)
        schema.upgrade(engine)  # months are made in it, which no other test should meet
        yield engine
        engine.dispose()

    monkeypatch.setattr(load, "private_database", opened)


@pytest.mark.usefixtures("on_the_server_of_the_tests")
def test_the_load_is_told_with_its_bytes_its_times_and_its_plans() -> None:
    told = load.measure(2_500, times=1, ads=6)
    assert told["load"]["readings"] == 24 * (45 + 72)  # whole days of six ads and four metrics
    assert told["load"]["rows_per_s"] > 0
    assert 40 < told["bytes_per_reading"] < 300
    for report in ("now", "hourly", "daily"):
        times = told[f"report_{report}_ms"]
        assert set(times) == {"small", "large"}
        assert times["large"]["p99"] >= times["large"]["p50"] > 0
    (series,) = (
        table
        for statement in told["plans"]["settle: readings of a watch"]
        for table in statement
        if table["table"] == "reading"
    )
    assert (series["partitions"].split(",")[0], series["key"]) == ("p202603", "PRIMARY")
