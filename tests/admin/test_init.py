from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.admin.conftest import Danga, run

FILES = {".env", ".gitignore", "danga.db", "danga.key", "danga.yaml", "proxies.yaml"}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_a_workspace_whose_secrets_only_its_owner_reads(tmp_path: Path) -> None:
    ran = run("init", tmp_path / "new" / "ws", "--json")
    folder = tmp_path / "new" / "ws"
    assert ran.code == 0
    assert ran.json()["workspace"] == str(folder)
    found = {path.name for path in folder.iterdir() if path.is_file()}
    assert found - {"danga.db-wal", "danga.db-shm"} == FILES
    assert (mode(folder / ".env"), mode(folder / "danga.key")) == (0o600, 0o600)
    assert (folder / "sites").is_dir()
    ignored = (folder / ".gitignore").read_text()
    assert all(name in ignored for name in ("/.env", "/danga.key", "/danga.db*"))


def test_init_again_completes_and_replaces_nothing(danga: Danga) -> None:
    key = (danga.workspace / "danga.key").read_bytes()
    danga.write("danga.yaml", "sites: []\n")
    (danga.workspace / "proxies.yaml").unlink()
    ran = run("init", danga.workspace, "--json")
    assert (ran.code, ran.json()["created"]) == (0, ["proxies.yaml"])
    assert (danga.workspace / "danga.key").read_bytes() == key
    assert (danga.workspace / "danga.yaml").read_text() == "sites: []\n"


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    ran = run("init", tmp_path)
    assert ran.code == 2
    assert "is neither empty nor a workspace" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_wrong_variable_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_EVIDENCE_DAYS", "many")
    ran = run("init", tmp_path / "ws")
    assert ran.code == 2
    assert "DANGA_EVIDENCE_DAYS" in ran.err
    assert not (tmp_path / "ws").exists()


def test_an_init_without_its_database_is_finished_when_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_DATABASE_URL", "mysql://root:hunter2@127.0.0.1:1/danga")
    ran = run("init", tmp_path / "ws")
    assert ran.code == 5
    assert "hunter2" not in ran.err
    monkeypatch.delenv("DANGA_DATABASE_URL")
    assert run("init", tmp_path / "ws").code == 0
    assert run("--workspace", tmp_path / "ws", "login", "list").code == 0
