"""The main bench runs, on small sizes, and its file says what was measured."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bench.main import SECTIONS

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.timeout(1200)
def test_a_quick_run_measures_repairs_and_refuses_wrong_pages(tmp_path: Path) -> None:
    out = tmp_path / "main.json"
    command = [sys.executable, "-m", "bench.main", "--quick", "--only", "refused,repair"]
    done = subprocess.run(
        [*command, "--out", str(out)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    results = json.loads(out.read_text(encoding="utf-8"))
    refused, repair = results["refused_pages"], results["repair"]
    assert refused["tried"] >= refused["faults"] > 0
    assert refused["stored"] == 0
    assert all(page["evidence"] for one in refused["each"] for page in one["pages"])
    assert repair["read"] == repair["of"] == 10
    assert repair["extra_requests"] > 0
    assert not results.keys() & SECTIONS.keys() - {"refused_pages", "repair"}


def test_a_section_that_does_not_exist_is_named() -> None:
    command = [sys.executable, "-m", "bench.main", "--only", "truth,beauty"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such section: beauty" in done.stderr
