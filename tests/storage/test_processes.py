from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from sqlalchemy import Engine

from domain.visit import VisitKind, VisitState
from storage.logins import LoginBook
from storage.visit_history import VisitHistory
from storage.visit_schedule import VisitSchedule
from tests.storage.inventories import NOW, SLOT, apply, with_logins

ROOT = Path(__file__).parents[2]


def test_four_processes_claim_a_hundred_visits_exactly_once(engine: Engine) -> None:
    apply(engine, with_logins(25))
    logins = {login.id: 0.0 for login in LoginBook(engine).all()}
    planned: set[int] = set()
    for slot in range(4):
        visits = VisitSchedule(engine).plan(logins, NOW + slot * SLOT, VisitKind.REGULAR)
        planned.update(visits.values())
    url = engine.url.render_as_string(hide_password=False)
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.storage.claiming", url, f"process-{number}"],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(4)
    ]
    claimed: Counter[int] = Counter()
    for process in processes:
        printed, _ = process.communicate(timeout=90)
        assert process.returncode == 0
        claimed.update(int(line) for line in printed.split())
    assert claimed == Counter(planned)
    assert len(planned) == 100
    rows = VisitHistory(engine).recent(limit=200)
    assert {(row.state, row.attempts) for row in rows} == {(VisitState.DONE, 1)}
