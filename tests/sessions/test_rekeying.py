"""A new key: everything is sealed anew beside visits that go on, and the old one can go."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update

from domain.account import AccountKey
from domain.audit import person
from domain.session import BrowserSession
from domain.visit import VisitKind, VisitState
from storage import rekeying
from storage.audit import AuditBook
from storage.credential_store import CredentialStore
from storage.errors import (
    CredentialsUnusable,
    EvidenceUnreadable,
    SessionOfAnother,
    SessionTampered,
    UnknownName,
)
from storage.evidence_store import EvidenceStore
from storage.keyring import Keyring, generate_key
from storage.leases import LeaseBook
from storage.proof_pages import ProofId, ProofStore, keep
from storage.rekeying import rekey_credentials, rekey_proof, rekey_sessions
from storage.session_vault import SessionVault
from storage.tables.session import SessionVersionRow
from storage.visit_record import VisitRecord
from tests.sessions.conftest import AddLogin
from tests.sessions.test_evidence_store import PAGE
from tests.sessions.test_session_vault import ciphertext, session_of, swap_ciphertext

OLD, NEW = generate_key(), generate_key()
BEFORE, BOTH, AFTER = Keyring([OLD]), Keyring([NEW, OLD]), Keyring([NEW])


def saved(engine: Engine, login: int, count: int = 3) -> SessionVault:
    vault = SessionVault(engine, BEFORE)
    for version in range(count):
        vault.save(login, session_of(str(version + 1)), version, "visit")
    return vault


def test_after_a_rekey_the_new_key_opens_every_version_and_the_old_one_none(
    engine: Engine, add_login: AddLogin
) -> None:
    kim, lee = add_login("kim"), add_login("lee")
    saved(engine, kim, 3)
    saved(engine, lee, 2)
    done = rekey_sessions(engine, BOTH)
    assert (done.resealed, done.already, done.moved, done.unreadable) == (5, 0, 0, [])
    vault = SessionVault(engine, AFTER)
    for login, versions in ((kim, 3), (lee, 2)):
        for version in range(1, versions + 1):
            assert vault.load(login, version) == (version, session_of(str(version)))
    with pytest.raises(SessionTampered):
        SessionVault(engine, BEFORE).load(kim)


def test_the_last_pages_of_days_are_sealed_anew_too(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rekeying, "_BATCH", 2)
    ids = [ProofId(AccountKey("moment", "1001"), date(2026, 3, day), "x", 1) for day in (1, 2, 3)]
    visit = VisitRecord(
        1, 1, "kim", PAGE.taken_at, VisitKind.REGULAR, None, VisitState.RUNNING, PAGE.taken_at,
        0, None, None, "", 0, 0, 0, 0, 0, None, None,
    )  # fmt: skip
    before = ProofStore(engine, BEFORE)
    with engine.begin() as connection:
        keep(connection, [before.seal(PAGE, one, visit) for one in ids])
    done = rekey_proof(engine, BOTH)
    assert (done.resealed, done.already, done.unreadable) == (3, 0, [])
    assert rekey_proof(engine, BOTH).already == 3
    assert ProofStore(engine, AFTER).show(str(ids[2])).html == PAGE.html
    with pytest.raises(EvidenceUnreadable):
        before.show(str(ids[2]))


def test_a_rekey_that_was_stopped_goes_on_where_it_ended(
    engine: Engine, login: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(engine, login, 5)
    monkeypatch.setattr(rekeying, "_BATCH", 2)
    real, batches = rekeying._replace, []

    def stopped(engine: Engine, swaps: Any, done: Any) -> None:
        batches.append(len(swaps))
        if len(batches) == 2:
            raise KeyboardInterrupt
        real(engine, swaps, done)

    monkeypatch.setattr(rekeying, "_replace", stopped)
    with pytest.raises(KeyboardInterrupt):
        rekey_sessions(engine, BOTH)
    monkeypatch.setattr(rekeying, "_replace", real)
    done = rekey_sessions(engine, BOTH)
    assert (done.already, done.resealed) == (2, 3)
    assert rekey_sessions(engine, BOTH).already == 5


def test_a_version_that_came_and_one_that_went_meanwhile_are_not_touched(
    engine: Engine, login: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A visit saves between looking and sealing: version 1 is pruned, 2 is its own."""
    saved(engine, login, 1)
    visit = SessionVault(engine, BOTH, kept_versions=1)
    real = rekeying._replace

    def late(engine: Engine, swaps: Any, done: Any) -> None:
        if visit.newest_version(login) == 1:
            visit.save(login, session_of("of the visit"), 1, "visit")
        real(engine, swaps, done)

    monkeypatch.setattr(rekeying, "_replace", late)
    done = rekey_sessions(engine, BOTH)
    assert (done.resealed, done.moved) == (0, 1)
    assert SessionVault(engine, AFTER).load(login) == (2, session_of("of the visit"))


def test_visits_save_all_the_while_and_nothing_is_lost(engine: Engine, login: int) -> None:
    saved(engine, login, 1)
    vault, ended = SessionVault(engine, BOTH), threading.Event()

    def visit() -> None:
        for version in range(1, 25):
            vault.save(login, session_of(str(version + 1)), version, "visit")
        ended.set()

    thread = threading.Thread(target=visit)
    thread.start()
    while not ended.is_set():
        assert rekey_sessions(engine, BOTH).unreadable == []
    thread.join(30)
    assert rekey_sessions(engine, BOTH).resealed == 0
    after = SessionVault(engine, AFTER)
    assert after.load(login) == (25, session_of("25"))
    assert [after.load(login, one.version) for one in after.versions(login)] == [
        (version, session_of(str(version))) for version in range(25, 15, -1)
    ]


def test_a_tampered_row_is_named_and_stays_refused(engine: Engine, login: int) -> None:
    saved(engine, login, 3)
    broken = bytearray(ciphertext(engine, login, 2))
    broken[40] ^= 1
    swap_ciphertext(engine, login, 2, bytes(broken))
    done = rekey_sessions(engine, BOTH)
    assert (done.resealed, done.unreadable) == (2, ["kim, version 2"])
    assert ciphertext(engine, login, 2) == bytes(broken)


def test_a_row_copied_to_another_login_does_not_become_a_good_one(
    engine: Engine, add_login: AddLogin
) -> None:
    kim, lee = add_login("kim"), add_login("lee")
    saved(engine, kim, 1)
    saved(engine, lee, 1)
    swap_ciphertext(engine, kim, 1, ciphertext(engine, lee, 1))
    assert rekey_sessions(engine, BOTH).resealed == 2
    with pytest.raises(SessionOfAnother, match="was saved for the login with the key"):
        SessionVault(engine, AFTER).load(kim)


def test_passwords_are_sealed_anew_and_a_newer_one_is_left_alone(
    engine: Engine, add_login: AddLogin, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = {"username": "kim@agency.example", "credential_source": "stored"}
    kim, lee = add_login("kim", **stored), add_login("lee", **stored)
    for login, password in ((kim, "old-kim"), (lee, "old-lee")):
        CredentialStore(engine, BEFORE, {}).keep_password(login, password)
    real = rekeying._replace

    def late(engine: Engine, swaps: Any, done: Any) -> None:
        CredentialStore(engine, BOTH, {}).keep_password(lee, "new-lee")
        real(engine, swaps, done)

    monkeypatch.setattr(rekeying, "_replace", late)
    done = rekey_credentials(engine, BOTH)
    assert (done.resealed, done.moved) == (1, 1)
    after = CredentialStore(engine, AFTER, {})
    passwords = [after.resolve(login) for login in (kim, lee)]
    assert [one and one.password for one in passwords] == ["old-kim", "new-lee"]
    with pytest.raises(CredentialsUnusable):
        CredentialStore(engine, BEFORE, {}).resolve(kim)


def test_evidence_of_this_machine_is_sealed_anew(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "evidence"
    store = EvidenceStore(engine, BEFORE, folder, machine="here")
    kept = [store.keep(PAGE), store.keep(PAGE)]
    EvidenceStore(engine, BEFORE, tmp_path / "other", machine="there").keep(PAGE)
    done = EvidenceStore(engine, BOTH, folder, machine="here").rekey(BOTH)
    assert (done.resealed, done.already, done.unreadable) == (2, 0, [])
    after = EvidenceStore(engine, AFTER, folder, machine="here")
    assert [after.show(one) for one in kept] == [PAGE, PAGE]
    assert after.elsewhere() == {"there": 1}
    assert after.rekey(AFTER).already == 2
    with pytest.raises(EvidenceUnreadable):
        store.show(kept[0])
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())


def test_an_earlier_version_becomes_the_newest_with_the_persons_name_in_the_audit(
    engine: Engine, login: int
) -> None:
    vault = saved(engine, login, 3)
    with LeaseBook(engine).hold(login, "mina", "rollback", 60) as lease:
        assert vault.roll_back(login, 1, person("mina"), lease.token) == 4
    assert vault.load(login) == (4, session_of("1"))
    assert [one.version for one in vault.versions(login)] == [4, 3, 2, 1]
    assert vault.versions(login)[0].saved_by == "rollback to version 1 by mina"
    (line,) = AuditBook(engine).newest("login kim", "session.rollback")
    assert (line.actor.name, line.actor.is_person) == ("mina", True)
    assert line.deed.detail == {"from": 3, "to": 1, "version": 4}


def test_a_rollback_needs_a_version_that_is_kept_and_opens(engine: Engine, login: int) -> None:
    vault = saved(engine, login, 2)
    swap_ciphertext(engine, login, 1, b"garbage")
    with LeaseBook(engine).hold(login, "mina", "rollback", 60) as lease:
        with pytest.raises(UnknownName, match="No version 7"):
            vault.roll_back(login, 7, person("mina"), lease.token)
        with pytest.raises(SessionTampered, match="Version 1 of the session of login kim"):
            vault.roll_back(login, 1, person("mina"), lease.token)
    assert vault.newest_version(login) == 2
    assert AuditBook(engine).newest() == ()


def test_a_rollback_gets_past_a_newest_version_that_does_not_open(
    engine: Engine, login: int
) -> None:
    vault = saved(engine, login, 2)
    swap_ciphertext(engine, login, 2, b"garbage")
    with pytest.raises(SessionTampered) as told:
        vault.load(login)
    assert "danga session rollback kim" in told.value.next_step
    with LeaseBook(engine).hold(login, "mina", "rollback", 60) as lease:
        vault.roll_back(login, 1, person("mina"), lease.token)
    assert vault.load(login) == (3, session_of("1"))


def test_an_unknown_future_format_is_called_so(engine: Engine, login: int) -> None:
    from storage.guarded_pickle import dumps
    from storage.keyring import Purpose
    from storage.seal import seal
    from storage.session_payload import to_plain

    vault = saved(engine, login, 1)
    later = {**to_plain(BrowserSession()), "format": 2}
    bound = dumps({"login": login, "version": 1, "session": later})
    with engine.begin() as connection:
        sealed = seal(BEFORE.fernet(Purpose.SESSION), bound)
        connection.execute(update(SessionVersionRow).values(ciphertext=sealed))
    with pytest.raises(SessionTampered, match="a later Danga saved it"):
        vault.load(login)
    with engine.connect() as connection:
        assert connection.scalar(select(SessionVersionRow.ciphertext)) == sealed
