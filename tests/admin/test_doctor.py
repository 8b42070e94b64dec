from __future__ import annotations

from typing import Any

import pytest

from tests.admin.conftest import Danga
from tests.admin.inventories import whole
from tests.servers import Redis, free_port


def checks(danga: Danga) -> dict[str, dict[str, Any]]:
    return {check["check"]: check for check in danga("doctor", "--json").json()["checks"]}


def test_a_fresh_workspace_is_well_and_its_browser_starts(danga: Danga) -> None:
    ran = danga("doctor", "--json")
    health = {check["check"]: check["health"] for check in ran.json()["checks"]}
    assert ran.code == 0, ran.out
    assert set(health.values()) == {"ok"}
    assert health.keys() >= {"browser", "database", "migrations", "key", "disk", "clock", "redis"}


def test_what_stands_on_a_database_that_is_away_is_skipped(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_BROWSER", "/bin/true")
    monkeypatch.setenv("DANGA_DATABASE_URL", f"mysql://d:hunter2@127.0.0.1:{free_port()}/danga")
    ran = danga("doctor")
    assert ran.code == 1
    assert "hunter2" not in ran.out
    found = checks(danga)
    assert found["database"]["health"] == "FAIL"
    assert "DANGA_DATABASE_URL" in found["database"]["cure"]
    assert {found[name]["health"] for name in ("migrations", "clock", "key")} == {"skipped"}
    assert found["browser"]["health"] == "FAIL"


def test_each_thing_that_is_not_well_names_its_cure(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_BROWSER", "/nowhere/chromium")
    monkeypatch.setenv("DANGA_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    port = free_port()
    danga.write("danga.yaml", whole())
    danga("apply", "--yes")
    danga.write("proxies.yaml", f"proxies: [{{id: dead, url: 'http://127.0.0.1:{port}'}}]\n")
    (danga.workspace / ".env").chmod(0o644)
    found = checks(danga)
    assert "chmod 600" in found["workspace"]["cure"]
    assert "DANGA_BROWSER" in found["browser"]["cure"]
    assert found["proxies"]["health"] == "ok"
    assert f"http://127.0.0.1:{port} does not answer" in found["proxy dead"]["detail"]
    assert found["passwords"]["cure"] == "Run `danga login password kim`."
    assert "DANGA_REDIS_URL" in found["redis"]["cure"]


def test_a_database_that_is_not_there_is_not_made_by_looking(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_BROWSER", "/bin/true")
    file = danga.workspace / "danga.db"
    file.unlink()
    found = checks(danga)
    assert found["database"]["cure"] == "Run `danga db upgrade`."
    assert not file.exists()


def test_a_redis_that_answers_is_told_with_its_version(
    danga: Danga, redis_server: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_BROWSER", "/bin/true")
    monkeypatch.setenv("DANGA_REDIS_URL", redis_server.url)
    assert checks(danga)["redis"]["detail"].startswith("Redis ")


def test_wrong_settings_are_lines_of_the_doctor_too(danga: Danga) -> None:
    danga.write(".env", "DANGA_EVIDENCE_DAYS=0\n")
    ran = danga("doctor", "--json")
    (line,) = ran.json()["checks"]
    assert ran.code == 1
    assert line["detail"].startswith(".env:1 DANGA_EVIDENCE_DAYS: has to be")
