"""The bench of numbers runs, on small sizes, and its file says what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

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
