"""Key and vault through the doors: copies, a new key, an earlier session."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.sign_in import SignInOutcome
from domain.verdict import VerdictKind
from storage.audit import AuditBook
from storage.credential_store import CredentialStore
from storage.engine import open_engine
from storage.heartbeats import HeartbeatBook
from storage.keyring import Keyring, read_key_file, read_keys
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.session_vault import SessionVault
from storage.sign_ins import SignInBook
from tests.admin.conftest import Danga
from tests.admin.inventories import whole
from tests.admin.test_state_commands import cookie
from tests.storage.test_sign_ins import ATTEMPT


@pytest.fixture
def applied(danga: Danga) -> Danga:
    """A workspace with the example inventory, and two versions of kim's session."""
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    for value in ("first", "second"):
        file = danga.workspace / "cookies.pkl"
        file.write_bytes(pickle.dumps([cookie(value=value)]))
        assert danga("session", "import", "kim", file, "--yes", "--no-probe").code == 0
    return danga


@pytest.fixture
def engine(applied: Danga) -> Iterator[Engine]:
    """The workspace's database."""
    opened = open_engine(f"sqlite:///{applied.workspace}/danga.db")
    yield opened
    opened.dispose()


def ring(danga: Danga) -> Keyring:
    return read_key_file(danga.workspace / "danga.key")


def value(engine: Engine, keyring: Keyring) -> str:
    saved = SessionVault(engine, keyring).load(LoginBook(engine).get("kim").id)
    assert saved is not None
    text: str = saved.session.cookies[0]["value"]
    return text


def test_a_new_key_is_added_everything_sealed_anew_and_the_old_one_removed(
    applied: Danga, engine: Engine
) -> None:
    before = ring(applied)
    added = applied("key", "add", "--json")
    assert added.code == 0, added.err
    assert len(added.json()["keys"]) == 2
    assert ring(applied).ids[1] == before.ids[0]
    assert (applied.workspace / "danga.key").stat().st_mode & 0o777 == 0o600
    checks = {one["check"]: one for one in applied("doctor", "--json").json()["checks"]}
    assert "2 keys: the first seals" in checks["key"]["detail"]
    ran = applied("session", "rekey", "--json")
    assert ran.code == 0, ran.err
    document = ran.json()
    assert [(one["kind"], one["resealed"]) for one in document["sealed"]] == [
        ("sessions", 2),
        ("passwords", 0),
        ("proof", 0),
        ("evidence", 0),
    ]
    assert (document["old_keys_needed"], document["remains"]) == (False, [])
    assert value(engine, ring(applied).newest) == "second"
    assert "may be removed" in applied("session", "rekey").out
    (line, *_) = AuditBook(engine).newest("key", "key.rekey")
    assert line.actor.is_person
    keys = (applied.workspace / "danga.key").read_text().splitlines()
    assert all(key not in str(line.deed.detail) for key in keys if not key.startswith("#"))


def test_a_refused_password_stays_refused_when_the_old_key_is_gone(
    applied: Danga, engine: Engine
) -> None:
    assert applied("login", "password", "kim", stdin="refused once\n").code == 0
    kim = LoginBook(engine).get("kim").id

    def mark(keyring: Keyring) -> str:
        store = CredentialStore(engine, keyring, {})
        credentials = store.resolve(kim)
        assert credentials is not None
        return store.marks(kim, credentials)[0]

    book = SignInBook(engine)
    with LeaseBook(engine).hold(kim, "worker", "regular", 60) as lease:
        book.begin(lease, ATTEMPT, lambda _history, _now: None)
        bad = VerdictKind.BAD_CREDENTIALS
        book.came_out(lease, SignInOutcome.FAILED, bad, mark(ring(applied)))
    assert applied("key", "add").code == 0
    assert applied("session", "rekey").code == 0
    assert book.refused_marks(kim) == {mark(ring(applied).newest)}


def test_a_process_that_does_not_know_the_new_key_is_named_and_nothing_is_sealed_anew(
    applied: Danga, engine: Engine
) -> None:
    before = ring(applied)
    HeartbeatBook(engine).beat("worker-2:7", "visits", before.ids)
    HeartbeatBook(engine).beat("clock:8", "tick")
    assert applied("key", "add").code == 0
    ran = applied("session", "rekey")
    assert ran.code == 5
    assert "worker-2:7 would not open it" in ran.err
    assert value(engine, before) == "second"
    assert AuditBook(engine).newest("key", "key.rekey") == ()


def test_while_a_process_still_seals_with_the_old_key_that_is_needed(
    applied: Danga, engine: Engine
) -> None:
    assert applied("key", "add").code == 0
    HeartbeatBook(engine).beat("worker-2:7", "visits", ring(applied).ids[::-1])
    ran = applied("session", "rekey", "--json")
    assert ran.code == 1
    assert ran.json()["old_keys_needed"]
    assert "worker-2:7 still seal with an older key" in ran.json()["remains"][0]


def test_a_row_that_opens_with_no_key_is_named(applied: Danga, engine: Engine) -> None:
    from tests.sessions.test_session_vault import swap_ciphertext

    swap_ciphertext(engine, LoginBook(engine).get("kim").id, 1, b"garbage")
    ran = applied("session", "rekey", "--json")
    assert ran.code == 1
    assert ran.json()["sealed"][0]["unreadable"] == ["kim, version 1"]


def test_the_key_is_copied_to_a_new_file_that_opens_everything(
    applied: Danga, engine: Engine, tmp_path: Path
) -> None:
    copy = tmp_path / "safe" / "danga.key"
    copy.parent.mkdir()
    ran = applied("key", "backup", "--to", copy)
    assert ran.code == 0, ran.err
    assert "neither the database" in " ".join(ran.err.split())
    assert copy.stat().st_mode & 0o777 == 0o600
    assert value(engine, read_key_file(copy)) == "second"
    (line,) = AuditBook(engine).newest("key", "key.backup")
    assert (line.actor.is_person, line.deed.detail) == (True, {"to": str(copy)})
    again = applied("key", "backup", "--to", copy)
    assert (again.code, "is there already" in again.err) == (2, True)


def test_without_a_file_the_key_goes_to_stdout_and_the_warning_to_stderr(
    applied: Danga, engine: Engine
) -> None:
    ran = applied("key", "backup")
    assert value(engine, read_keys(ran.out)) == "second"
    secret = ran.out.splitlines()[1]
    assert "opens every session" in ran.err
    assert secret not in ran.err


def test_the_key_is_not_copied_into_the_workspace(applied: Danga) -> None:
    ran = applied("key", "backup", "--to", applied.workspace / "state" / "copy.key")
    assert ran.code == 2
    assert "stands in the workspace" in ran.err
    assert not (applied.workspace / "state" / "copy.key").exists()


def test_a_key_in_a_variable_cannot_be_added_to(
    applied: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = (applied.workspace / "danga.key").read_text().splitlines()[1]
    monkeypatch.setenv("DANGA_KEY", secret)
    ran = applied("key", "add")
    assert ran.code == 2
    assert "no command can change a variable" in ran.err
    assert applied("key", "backup").out.splitlines()[1] == secret


def test_an_earlier_session_is_taken_again_and_the_login_is_suspect(
    applied: Danga, engine: Engine
) -> None:
    ran = applied("session", "rollback", "kim", "--json")
    assert ran.code == 0, ran.err
    assert ran.json() == {"login": "kim", "of_version": 1, "version": 3}
    assert value(engine, ring(applied)) == "first"
    login = LoginBook(engine).get("kim")
    assert (login.state, login.state_reason.startswith("rolled back to version 1")) == (
        "suspect",
        True,
    )
    assert applied("session", "rollback", "kim", "--to", "2").code == 0
    assert value(engine, ring(applied)) == "second"
    assert len(AuditBook(engine).newest("login kim", "session.rollback")) == 2


@pytest.mark.parametrize("wanted", ["9", "2", "0"])
def test_a_version_that_is_none_or_the_newest_is_refused(applied: Danga, wanted: str) -> None:
    ran = applied("session", "rollback", "kim", "--to", wanted)
    assert ran.code == 2
    assert f"has no earlier version {wanted}" in ran.err
    assert "[2, 1]" in ran.err


def test_a_login_without_an_earlier_session_says_so(applied: Danga) -> None:
    ran = applied("session", "rollback", "lee")
    assert ran.code == 2
    assert "lee" in ran.err
