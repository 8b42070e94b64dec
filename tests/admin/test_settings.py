from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from domain.clock import FileClock
from domain.errors import BadInput
from workers.settings import Settings, known_variables, open_settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


def faults(workspace: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        open_settings(workspace)
    return [str(fault) for fault in caught.value.faults]


def env_file(folder: Path, text: str) -> None:
    (folder / ".env").write_text(text, encoding="utf-8")


def test_without_any_setting_everything_stands_in_the_workspace(tmp_path: Path) -> None:
    settings = open_settings(tmp_path)
    assert settings.database == f"sqlite:///{tmp_path}/danga.db"
    assert settings.key_path == tmp_path / "danga.key"
    assert settings.embedded


def test_here_is_the_workspace_when_here_is_one_else_the_folder_called_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert open_settings().workspace == tmp_path / "workspace"
    (tmp_path / "danga.yaml").touch()
    assert open_settings().workspace == tmp_path
    monkeypatch.setenv("DANGA_WORKSPACE", str(tmp_path / "named"))
    assert open_settings().workspace == tmp_path / "named"
    assert open_settings(tmp_path / "said").workspace == tmp_path / "said"


def test_the_environment_wins_over_the_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file(tmp_path, "DANGA_LOG_LEVEL=debug\nDANGA_EVIDENCE_DAYS=3\nPROXY_PASSWORD='a # b'\n")
    monkeypatch.setenv("DANGA_LOG_LEVEL", "error")
    settings = open_settings(tmp_path)
    assert (settings.log_level, settings.evidence_days) == ("error", 3)
    assert settings.environment["PROXY_PASSWORD"] == "a # b"


def test_an_empty_variable_is_an_unset_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file(tmp_path, "DANGA_EVIDENCE_DAYS=3\n")
    monkeypatch.setenv("DANGA_REDIS_URL", "")
    monkeypatch.setenv("DANGA_EVIDENCE_DAYS", "")
    settings = open_settings(tmp_path)
    assert settings.embedded
    assert settings.evidence_days == 3


def test_all_faults_are_told_at_once_each_with_its_line_or_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file(
        tmp_path,
        "# fine\nDANGA_EVIDENCE_DAYS=many\nDANGA_LOG_LEVLE=info\nDANGA_WORKSPACE=/x\n",
    )
    monkeypatch.setenv("DANGA_REDIS_URL", "http://user:hunter2@host")
    monkeypatch.setenv("DANGA_DATABSE_URL", "mysql://host/danga")
    found = "\n".join(faults(tmp_path))
    assert ".env:2 DANGA_EVIDENCE_DAYS" in found
    assert ".env:3 DANGA_LOG_LEVLE: is no setting (did you mean DANGA_LOG_LEVEL?)" in found
    assert ".env:4 DANGA_WORKSPACE" in found
    assert "environment DANGA_REDIS_URL: is no url of Redis" in found
    assert "DANGA_DATABSE_URL: is no setting (did you mean DANGA_DATABASE_URL?)" in found
    assert "hunter2" not in found


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("DANGA_LOG_LEVEL info\n", ".env:1: is no NAME=value line"),
        ("A=1\nA=2\n", ".env:2 A: is set twice (the first is .env:1 A)"),
        ("\nA='1\n", ".env:2 A: its quote is not closed"),
        ("1A=x\n", ".env:1: is no NAME=value line"),
    ],
)
def test_a_line_of_the_env_file_that_is_none_is_named(tmp_path: Path, text: str, told: str) -> None:
    env_file(tmp_path, text)
    assert faults(tmp_path)[0].startswith(told)


def test_an_env_file_that_is_no_text_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"A=1\nB=\xff\n")
    assert faults(tmp_path) == [".env:2: is not UTF-8 (save it as UTF-8)"]


def test_what_kubernetes_sets_for_a_service_called_danga_is_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_PORT", "tcp://10.0.0.1:80")
    monkeypatch.setenv("DANGA_SERVICE_HOST", "10.0.0.1")
    assert open_settings(tmp_path).workspace == tmp_path


def test_two_keys_are_a_contradiction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGA_KEY", "x")
    monkeypatch.setenv("DANGA_KEY_FILE", "y")
    assert faults(tmp_path) == ["DANGA_KEY: stands beside DANGA_KEY_FILE (keep one of the two)"]


def test_a_relative_sqlite_file_stands_in_the_workspace_from_wherever_one_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_DATABASE_URL", "sqlite:///other.db")
    assert open_settings(tmp_path).database == f"sqlite:///{tmp_path}/other.db"
    monkeypatch.setenv("DANGA_DATABASE_URL", "mysql://danga:pw@host/danga")
    assert open_settings(tmp_path).database == "mysql://danga:pw@host/danga"


def test_secrets_do_not_show_themselves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DANGA_DATABASE_URL", "mysql://danga:hunter2@host/danga")
    monkeypatch.setenv("DANGA_KEY", "hunter2")
    env_file(tmp_path, "PROXY_PASSWORD=hunter2\n")
    settings = open_settings(tmp_path)
    assert "hunter2" not in repr(settings)
    assert "hunter2" not in settings.model_dump_json()


def test_business_time_comes_from_a_file_where_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    moment = datetime(2026, 3, 3, 1, 2, tzinfo=UTC)
    FileClock(tmp_path / "clock").set(moment)
    assert open_settings(tmp_path).clock.now() == moment


def test_every_setting_is_documented_and_every_documented_one_exists() -> None:
    import re

    documented = set(re.findall(r"^\| `(DANGA_[A-Z_]+)`", DOCUMENT.read_text("utf-8"), re.M))
    assert documented == known_variables()
    assert len(documented) == len(Settings.model_fields)


@pytest.mark.parametrize(
    ("text", "where", "what"),
    [
        ("DANGA_REMOTE_LISTEN=8725", "DANGA_REMOTE_LISTEN", "is no address"),
        ("DANGA_REMOTE_LISTEN=127.0.0.1:99999", "DANGA_REMOTE_LISTEN", "is no address"),
        ("DANGA_REMOTE_PUBLIC_URL=http://danga.kr", "DANGA_REMOTE_PUBLIC_URL", "https://"),
        ("DANGA_REMOTE_PUBLIC_URL=https://danga.kr/in", "DANGA_REMOTE_PUBLIC_URL", "a path"),
        ("DANGA_REMOTE_LISTEN=0.0.0.0:8725", "DANGA_REMOTE_LISTEN", "is open to others"),
    ],
)
def test_a_remote_sign_in_is_never_served_in_the_clear(
    tmp_path: Path, text: str, where: str, what: str
) -> None:
    env_file(tmp_path, text)
    (fault,) = faults(tmp_path)
    assert where in fault
    assert what in fault


def test_a_remote_sign_in_is_served_on_this_machine_or_behind_tls(tmp_path: Path) -> None:
    assert open_settings(tmp_path).remote.origin == "http://127.0.0.1:8725"
    public = "DANGA_REMOTE_PUBLIC_URL=https://Danga.kr/"
    env_file(tmp_path, f"DANGA_REMOTE_LISTEN=0.0.0.0:8725\n{public}\n")
    remote = open_settings(tmp_path).remote
    assert (remote.host, remote.port) == ("0.0.0.0", 8725)
    assert remote.origin == "https://danga.kr"
    assert remote.hosts(8725) == {"danga.kr"}
