"""Several worker processes at one site: no update is lost and the budget holds."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.grant import Wait
from pace.table import pace_metadata
from storage.engine import open_engine
from tests.pace.hammer import BUDGET, pace_at
from tests.servers import DATABASES


@pytest.fixture(params=[*DATABASES, "redis"])
def url(request: pytest.FixtureRequest) -> str:
    found: str = request.getfixturevalue(f"{request.param}_url")
    if request.param != "redis":
        engine = open_engine(found)
        pace_metadata.create_all(engine)
        engine.dispose()
    return found


@contextmanager
def workers(url: str, how_many: int, seconds: float) -> Iterator[list[subprocess.Popen[str]]]:
    """Start that many, each with everything imported, and end them whatever happens."""
    command = [sys.executable, "-m", "tests.pace.hammer", url, str(seconds)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(how_many)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def go(processes: list[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()


def result(process: subprocess.Popen[str]) -> dict[str, int]:
    assert process.stdout is not None
    found: dict[str, int] = json.loads(process.stdout.readline())
    return found


def test_four_processes_together_stay_within_the_budget_and_lose_no_update(url: str) -> None:
    with workers(url, 4, seconds=1.2) as processes:
        began = time.monotonic()
        go(processes)
        results = [result(process) for process in processes]
        lasted = time.monotonic() - began
    sent = sum(each["sent"] for each in results)
    allowed = BUDGET.requests_per_second * lasted + BUDGET.burst
    assert all(each["grants"] > 0 for each in results), results
    with pace_at(url) as pace:
        assert pace.snapshot("moment").spent_today == sent
    assert sent <= allowed, (sent, allowed, results)
    assert sent > BUDGET.burst, "the bucket leaked, and was used again"


def test_what_a_killed_process_was_granted_stays_spent_and_does_not_leak(url: str) -> None:
    with workers(url, 1, seconds=0) as processes:
        go(processes)
        assert result(processes[0]) == {"granted": BUDGET.burst}
    with pace_at(url) as pace:  # the worker is dead by now
        assert pace.snapshot("moment").spent_today == BUDGET.burst
        assert pace.snapshot("moment").available == 0
        assert isinstance(pace.ask("moment", "creatives", warm=True), Wait)
