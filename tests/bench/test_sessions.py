"""The bench of sessions runs, on small sizes, and its file says what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.session_figures import FIGURES
from bench.sessions import SECTIONS

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.timeout(1200)
def test_a_quick_run_loses_no_hour_to_a_renamed_markup(tmp_path: Path) -> None:
    out = tmp_path / "sessions.json"
    command = [sys.executable, "-m", "bench.sessions", "--quick", "--only", "rename"]
    done = subprocess.run(
        [*command, "--out", str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    rename = json.loads(out.read_text(encoding="utf-8"))["rename"]
    assert rename["hours_missing_before"] == rename["broken_hours"] == 2
    assert rename["hours_missing"] == 0
    assert rename["slots_looked_at"] < rename["slots"]
    assert rename["messages"] == 1


def test_every_figure_belongs_to_a_section() -> None:
    assert {name.partition(".")[0] for name, _ in FIGURES} == set(SECTIONS)
