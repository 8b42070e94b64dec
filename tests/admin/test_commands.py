"""Commands from outside: what every one has in common, and the small ones."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from admin.failures import Exit, exit_code
from domain.errors import DangaError
from storage.credential_store import CredentialStore
from storage.engine import open_engine
from storage.keyring import read_key_file
from storage.logins import LoginBook
from tests.admin.conftest import Danga, run
from tests.admin.inventories import whole
from tests.servers import free_port
from workers.places import Later
from workers.proxy_desk import NoProxyNow

PROGRAM = Path(sys.executable).parent / "danga"


@pytest.fixture
def applied(danga: Danga) -> Danga:
    """A workspace whose example inventory was applied."""
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    return danga


@pytest.mark.parametrize(
    ("noun", "first"),
    [
        ("login", "kim"),
        ("account", "channel/bomkkot"),
        ("client", "봄꽃마켓"),
        ("watch", "봄꽃 친구 추가"),
        ("entity", None),
    ],
)
def test_a_list_is_a_table_for_people_and_json_for_programs(
    applied: Danga, noun: str, first: str | None
) -> None:
    ran = applied(noun, "list", "--json")
    (rows,) = ran.json().values()
    assert (ran.code, ran.err) == (0, "")
    assert [next(iter(row.values())) for row in rows][:1] == ([first] if first else [])
    table = applied(noun, "list")
    assert table.code == 0
    assert (first or "Nothing was listed yet") in table.out
    assert not any(line.endswith(" ") for line in table.out.splitlines())


def test_options_may_stand_before_or_after_the_command(applied: Danga) -> None:
    before = run("--json", "--workspace", applied.workspace, "login", "list")
    after = run("login", "list", "--workspace", applied.workspace, "--json")
    assert before.json() == after.json()


def test_a_password_comes_from_stdin_and_is_stored_encrypted(applied: Danga) -> None:
    ran = applied("login", "password", "kim", stdin="p@ss 한글\n")
    assert ran.code == 0
    assert "p@ss" not in ran.out + ran.err
    engine = open_engine(f"sqlite:///{applied.workspace}/danga.db")
    keyring = read_key_file(applied.workspace / "danga.key")
    kept = CredentialStore(engine, keyring, {}).resolve(LoginBook(engine).get("kim").id)
    engine.dispose()
    assert kept is not None
    assert kept.password == "p@ss 한글"
    files = [path.read_bytes() for path in applied.workspace.glob("danga.db*")]
    assert not any(b"p@ss" in content for content in files)


def test_no_password_on_stdin_is_bad_input(applied: Danga) -> None:
    ran = applied("login", "password", "kim")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "stdin: its first line holds no password")


def test_an_unknown_login_is_bad_input_with_the_next_step(applied: Danga) -> None:
    ran = applied("login", "password", "kin", stdin="x\n")
    assert ran.code == 2
    assert "There is no login 'kin'" in ran.err
    assert "danga login list" in ran.err


def test_a_key_that_others_can_read_is_not_used(applied: Danga) -> None:
    (applied.workspace / "danga.key").chmod(0o644)
    ran = applied("login", "password", "kim", stdin="x\n")
    assert ran.code == 5
    assert "chmod 600" in ran.err


def test_an_unreachable_database_is_one_message_and_its_own_exit_code(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"mysql://danga:hunter2@127.0.0.1:{free_port()}/danga"
    monkeypatch.setenv("DANGA_DATABASE_URL", url)
    for words in (("login", "list"), ("apply", "--yes"), ("db", "upgrade")):
        ran = danga(*words, "--json")
        assert (ran.code, ran.json()["error"]["kind"]) == (5, "DatabaseAway")
        assert "Traceback" not in ran.err
        assert "hunter2" not in ran.err + ran.out


def test_a_database_without_tables_says_what_to_run(danga: Danga) -> None:
    for path in danga.workspace.glob("danga.db*"):
        path.unlink()
    ran = danga("login", "list")
    assert ran.code == 5
    assert "Run `danga db upgrade`." in ran.err
    assert danga("db", "upgrade", "--json").json()["changed"] is True
    assert danga("db", "upgrade", "--json").json()["changed"] is False
    assert danga("login", "list").code == 0


def test_a_workspace_that_is_none_is_told(tmp_path: Path) -> None:
    ran = run("--workspace", tmp_path / "nowhere", "login", "list")
    assert ran.code == 2
    assert f"danga init {tmp_path / 'nowhere'}" in ran.err


def test_a_mistake_of_ours_says_so_and_shows_its_place_only_when_asked(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: LoginBook) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(LoginBook, "all", broken)
    ran = danga("login", "list")
    assert ran.code == 70
    assert ran.err.startswith("Danga made a mistake: RuntimeError: a bug\n")
    assert "Traceback" not in ran.err
    assert "Traceback" in danga("login", "list", "--debug").err


def test_ctrl_c_ends_a_command_with_its_own_exit_code(
    danga: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(self: LoginBook) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(LoginBook, "all", interrupted)
    assert danga("login", "list").code == 130


def test_the_program_itself_answers_and_exits_as_documented(applied: Danga) -> None:
    shown = subprocess.run([PROGRAM, "--help"], capture_output=True, text=True, check=True)
    assert "doctor" in shown.stdout
    words: list[str | Path] = [PROGRAM, "-w", applied.workspace, "login", "list", "--json"]
    listed = subprocess.run(words, capture_output=True, text=True, check=True)
    assert json.loads(listed.stdout)["logins"][0]["name"] == "kim"
    wrong = subprocess.run([PROGRAM, "login", "lst"], capture_output=True, text=True)
    assert (wrong.returncode, wrong.stdout) == (2, "")


def test_help_does_not_import_what_only_commands_need() -> None:
    heavy = ("sqlalchemy", "alembic", "playwright", "celery", "redis", "yaml", "cryptography")
    code = f"import sys, admin.cli; print([name for name in {heavy} if name in sys.modules])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_the_same_commands_work_on_mariadb(
    tmp_path: Path, mariadb_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_DATABASE_URL", mariadb_url)
    assert run("init", tmp_path / "ws").code == 0
    assert not (tmp_path / "ws" / "danga.db").exists()
    danga = Danga(tmp_path / "ws")
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes", "--json").json()["applied"] is True
    assert danga("apply", "--yes", "--json").json()["changes"] == []
    assert danga("login", "password", "kim", stdin="secret\n").code == 0
    (login,) = danga("login", "list", "--json").json()["logins"]
    assert login["proxy"] == "label kr"
    monkeypatch.setenv("DANGA_BROWSER", "/bin/true")
    health = {one["check"]: one["health"] for one in danga("doctor", "--json").json()["checks"]}
    assert {name for name, found in health.items() if found == "FAIL"} == {"browser"}


@pytest.mark.parametrize("error", [Later(60.0, "moment is full"), NoProxyNow(60.0, "all rest")])
def test_what_has_to_wait_ends_a_command_with_not_now(error: DangaError) -> None:
    assert exit_code(error) is Exit.LATER
