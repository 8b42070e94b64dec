from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from crawler.site_loader import load_site
from domain.audit import program
from domain.class_state import ClassState
from storage.engine import open_engine
from storage.site_classes import SiteClassBook
from storage.sites import SiteBook
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


@pytest.mark.parametrize("state", [ClassState.TRYING, ClassState.HELD])
def test_a_changed_class_that_waits_for_a_word_is_named(
    danga: Danga, monkeypatch: pytest.MonkeyPatch, state: ClassState
) -> None:
    monkeypatch.setenv("DANGA_BROWSER", "/bin/true")
    danga.write("danga.yaml", whole())
    danga("apply", "--yes")
    engine = open_engine(f"sqlite:///{danga.workspace / 'danga.db'}")
    book, name = SiteClassBook(engine), "moment"
    book.meet(name, "an earlier one", "1001")
    policy = SiteBook(engine).get(name).policy
    now = load_site(name, policy.site_class, policy.base_url, danga.workspace).fingerprint
    version = book.meet(name, now, "1001")
    assert checks(danga)["sites"]["health"] == "ok", "a trial that goes on decides by itself"
    book.decide(version, state, "of 12 entities 2 were known", program("class trial"))
    engine.dispose()
    line = checks(danga)["sites"]
    assert line["health"] == "FAIL"
    assert "of 12 entities 2 were known" in line["detail"]
    assert "danga site trust moment" in line["cure"]


def test_a_browser_without_korean_glyphs_is_told(
    danga: Danga, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fonts = tmp_path / "fonts.conf"
    fonts.write_text("<fontconfig><dir>/usr/share/fonts/none</dir></fontconfig>")
    monkeypatch.setenv("FONTCONFIG_FILE", str(fonts))
    assert "no Korean font" in checks(danga)["browser"]["detail"]


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
