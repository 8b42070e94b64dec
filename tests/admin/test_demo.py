"""`danga demo` as a newcomer runs it: twice, as a process, in a folder of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.admin.conftest import Danga, run
from tests.servers import listens, wait_until


def _demo(folder: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "admin.cli", "demo", "--dir", str(folder), "--slots", "2"]
    ran = subprocess.run([*command, "--json"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    facts: dict[str, Any] = json.loads(ran.stdout)
    return facts


def test_the_first_run_logs_in_once_and_the_second_not_at_all(tmp_path: Path) -> None:
    first, second = _demo(tmp_path / "demo"), _demo(tmp_path / "demo")
    assert (first["logins"], second["logins"]) == (1, 0)
    for facts in (first, second):
        assert facts["captchas"] == 0
        assert facts["readings_wrong"] == 0
        assert facts["readings_right"] > 90
        assert facts["requests_recorded"] == facts["requests_counted"]
        assert "모든 광고주" in Path(facts["page"]).read_text(encoding="utf-8")


def test_a_killed_demo_leaves_no_platform_behind(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "admin.cli", "demo", "--dir", str(tmp_path), "--slots", "72"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as demo:
        assert demo.stdout is not None
        port = int(demo.stdout.readline().partition("127.0.0.1:")[2].partition(";")[0])
        assert listens(port)
        demo.kill()
        wait_until(lambda: not listens(port), what="the platform ends")


@pytest.mark.parametrize("name", ["DANGA_DATABASE_URL", "DANGA_REDIS_URL"])
def test_it_refuses_a_real_server_before_anything_is_written(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = "redis" if "REDIS" in name else "mysql"
    monkeypatch.setenv(name, f"{scheme}://127.0.0.1:1/0")
    refused = run("demo", "--dir", tmp_path / "demo")
    assert refused.code == 2
    assert f"{name}: names a server" in refused.err
    assert not (tmp_path / "demo").exists()


def test_it_never_takes_a_workspace_of_ones_own(danga: Danga) -> None:
    inventory = danga.workspace / "danga.yaml"
    before = inventory.read_bytes()
    refused = run("demo", "--dir", danga.workspace)
    assert refused.code == 2
    assert "is a workspace of your own" in refused.err
    assert inventory.read_bytes() == before
