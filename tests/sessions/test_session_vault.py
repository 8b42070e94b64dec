"""The vault: versions, compare-and-swap, and rows that somebody changed."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, update

from domain.session import BrowserSession
from storage.errors import (
    SessionMovedOn,
    SessionOfAnother,
    SessionTampered,
    SessionTooLarge,
    SessionUnusable,
    StaleToken,
    UnknownName,
)
from storage.keyring import Keyring, Purpose, generate_key
from storage.leases import LeaseBook
from storage.seal import seal
from storage.session_payload import fingerprint
from storage.session_vault import SessionVault
from storage.tables.session import SessionVersionRow
from tests.sessions.conftest import AddLogin, insert_login
from tests.sessions.hostile import programs

json_like = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
named = st.fixed_dictionaries(
    {"name": st.text(), "value": st.text(), "expires": st.sampled_from([-1, 1.9e9, 10**15])}
)
cookies = st.builds(lambda more, fixed: more | fixed, st.dictionaries(st.text(), json_like), named)
sessions = st.builds(
    BrowserSession,
    cookies=st.lists(cookies, max_size=3).map(tuple),
    origins=st.lists(st.dictionaries(st.text(), json_like, max_size=3), max_size=3).map(tuple),
    session_storage=st.dictionaries(st.text(), st.dictionaries(st.text(), st.text())),
    user_agent=st.none() | st.text(),
)


def session_of(value: str = "5f0c", **more: Any) -> BrowserSession:
    cookie = {"name": "sid", "value": value, "domain": ".ads.example", "path": "/", "expires": -1}
    return BrowserSession(cookies=({**cookie, **more},), user_agent="Headless/156")


@pytest.fixture
def vault(engine: Engine, keyring: Keyring) -> SessionVault:
    return SessionVault(engine, keyring)


@pytest.fixture
def sqlite_login(sqlite_engine: Engine) -> int:
    return insert_login(sqlite_engine, "kim")


def test_a_login_without_a_session_has_none(vault: SessionVault, login: int) -> None:
    assert vault.load(login) is None
    assert vault.newest_version(login) == 0
    assert vault.versions(login) == []
    assert vault.summary(login) is None


def test_the_newest_version_is_loaded_and_an_earlier_one_on_request(
    vault: SessionVault, login: int
) -> None:
    assert vault.save(login, session_of("first"), 0, "visit 1") == 1
    assert vault.save(login, session_of("second"), 1, "visit 2") == 2
    assert vault.load(login) == (2, session_of("second"))
    assert vault.load(login, version=1) == (1, session_of("first"))
    assert vault.load(login, version=3) is None


@given(session=sessions)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_session_comes_back_equal(
    sqlite_engine: Engine, sqlite_login: int, session: BrowserSession
) -> None:
    vault = SessionVault(sqlite_engine, Keyring([generate_key()]))
    version = vault.save(sqlite_login, session, vault.newest_version(sqlite_login), "visit")
    assert vault.load(sqlite_login) == (version, session)


def test_a_session_larger_than_64_kb_comes_back(vault: SessionVault, login: int) -> None:
    big = BrowserSession(session_storage={"https://ads.example": {"state": "단가" * 200_000}})
    vault.save(login, big, 0, "visit 1")
    assert vault.load(login) == (1, big)


def test_what_does_not_fit_is_not_saved_and_the_last_version_stays(
    vault: SessionVault, login: int
) -> None:
    vault.save(login, session_of(), 0, "visit 1")
    huge = BrowserSession(session_storage={"https://ads.example": {"state": "x" * 9_000_000}})
    with pytest.raises(SessionTooLarge):
        vault.save(login, huge, 1, "visit 2")
    assert vault.newest_version(login) == 1


def test_who_saves_after_an_old_version_is_told_and_nothing_is_stored(
    vault: SessionVault, login: int
) -> None:
    vault.save(login, session_of("first"), 0, "visit 1")
    vault.save(login, session_of("second"), 1, "visit 2")
    for stale in (0, 1, 5):
        with pytest.raises(SessionMovedOn):
            vault.save(login, session_of("late"), stale, "visit 3")
    assert vault.load(login) == (2, session_of("second"))


def test_a_version_that_was_pruned_cannot_be_saved_over(
    engine: Engine, keyring: Keyring, login: int
) -> None:
    vault = SessionVault(engine, keyring, kept_versions=2)
    for version in range(5):
        vault.save(login, session_of(str(version)), version, "visit")
    with pytest.raises(SessionMovedOn):
        vault.save(login, session_of("late"), 1, "visit")


def test_of_many_who_save_at_once_exactly_one_wins(vault: SessionVault, login: int) -> None:
    outcomes: list[str] = []
    start = threading.Barrier(6)

    def save(number: int) -> None:
        start.wait(10)
        try:
            vault.save(login, session_of(str(number)), 0, f"visit {number}")
            outcomes.append("saved")
        except SessionMovedOn:
            outcomes.append("moved on")

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) == ["moved on"] * 5 + ["saved"]
    assert vault.newest_version(login) == 1


def test_only_the_last_versions_are_kept(engine: Engine, keyring: Keyring, login: int) -> None:
    vault = SessionVault(engine, keyring, kept_versions=3)
    for version in range(7):
        vault.save(login, session_of(str(version)), version, f"visit {version}")
    assert [kept.version for kept in vault.versions(login)] == [7, 6, 5]
    assert [kept.saved_by for kept in vault.versions(login)] == ["visit 6", "visit 5", "visit 4"]


def test_pruning_one_login_leaves_the_others_alone(
    engine: Engine, keyring: Keyring, add_login: AddLogin
) -> None:
    vault = SessionVault(engine, keyring, kept_versions=1)
    kim, lee = add_login("kim"), add_login("lee")
    vault.save(lee, session_of("lee"), 0, "visit")
    for version in range(3):
        vault.save(kim, session_of(str(version)), version, "visit")
    assert vault.load(lee) == (1, session_of("lee"))


def test_an_unknown_login_is_named(vault: SessionVault) -> None:
    with pytest.raises(UnknownName):
        vault.save(999, session_of(), 0, "visit 1")


def test_a_lost_lease_saves_nothing(engine: Engine, vault: SessionVault, login: int) -> None:
    leases = LeaseBook(engine)
    with leases.hold(login, "worker", "regular", 60) as held:
        assert vault.save(login, session_of("first"), 0, "visit 1", held.token) == 1
    with leases.hold(login, "another worker", "regular", 60), pytest.raises(StaleToken):
        vault.save(login, session_of("stale"), 1, "visit 1", held.token)
    assert vault.load(login) == (1, session_of("first"))


def test_a_summary_shows_names_hosts_and_ends_but_never_a_value(
    vault: SessionVault, login: int
) -> None:
    ends = datetime(2026, 6, 1, tzinfo=UTC)
    vault.save(login, session_of("geheim", expires=ends.timestamp()), 0, "visit 1")
    summary = vault.summary(login)
    assert summary is not None
    cookie = summary.cookies[0]
    assert (cookie.name, cookie.domain, cookie.ends_at) == ("sid", ".ads.example", ends)
    listed = vault.versions(login)[0]
    assert (listed.cookies_count, listed.ends_at) == (1, ends)
    assert listed.created_at.tzinfo is not None
    assert "geheim" not in repr(summary) + repr(listed)


def test_the_ciphertext_shows_nothing_of_the_session(
    engine: Engine, vault: SessionVault, login: int
) -> None:
    vault.save(login, session_of("geheim"), 0, "visit 1")
    with engine.connect() as connection:
        row = connection.execute(select(SessionVersionRow)).one()
    assert b"geheim" not in repr(tuple(row)).encode()


def test_a_row_copied_to_another_login_does_not_open_there(
    engine: Engine, vault: SessionVault, add_login: AddLogin
) -> None:
    kim, lee = add_login("kim"), add_login("lee")
    vault.save(kim, session_of("kim"), 0, "visit 1")
    vault.save(lee, session_of("lee"), 0, "visit 2")
    swap_ciphertext(engine, kim, 1, ciphertext(engine, lee, 1))
    with pytest.raises(SessionOfAnother, match=f"login kim .* key {lee}"):
        vault.load(kim)


def test_an_old_row_copied_over_a_newer_one_does_not_open(
    engine: Engine, vault: SessionVault, login: int
) -> None:
    vault.save(login, session_of("first"), 0, "visit 1")
    vault.save(login, session_of("second"), 1, "visit 2")
    swap_ciphertext(engine, login, 2, ciphertext(engine, login, 1))
    with pytest.raises(SessionTampered, match="Version 2 of the session of login kim"):
        vault.load(login)


def test_another_key_opens_nothing_and_says_what_to_do(
    engine: Engine, vault: SessionVault, login: int
) -> None:
    vault.save(login, session_of(), 0, "visit 1")
    with pytest.raises(SessionTampered, match="Version 1 of the session of login kim") as told:
        SessionVault(engine, Keyring([generate_key()])).load(login)
    assert "danga session refresh" in told.value.next_step


def test_a_tampered_version_can_be_saved_over(
    engine: Engine, vault: SessionVault, login: int
) -> None:
    vault.save(login, session_of("first"), 0, "visit 1")
    swap_ciphertext(engine, login, 1, b"garbage")
    vault.save(login, session_of("fresh"), vault.newest_version(login), "import by kim")
    assert vault.load(login) == (2, session_of("fresh"))


@given(data=st.data())
@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_mutated_row_never_loads(
    sqlite_engine: Engine, sqlite_login: int, data: st.DataObject
) -> None:
    vault = SessionVault(sqlite_engine, Keyring([generate_key()]))
    version = vault.save(sqlite_login, session_of(), vault.newest_version(sqlite_login), "visit")
    whole = ciphertext(sqlite_engine, sqlite_login, version)
    mutated = data.draw(st.one_of(st.binary(max_size=200), mutations(whole)))
    swap_ciphertext(sqlite_engine, sqlite_login, version, mutated)
    with pytest.raises(SessionUnusable):
        vault.load(sqlite_login)


def test_a_program_sealed_with_the_right_key_does_not_run(
    engine: Engine, login: int, tmp_path: Path
) -> None:
    key = generate_key()
    canary = tmp_path / "canary"
    with engine.begin() as connection:
        for version, program in enumerate(programs(canary).values(), start=1):
            sealed = seal(Keyring([key]).fernet(Purpose.SESSION), program)
            connection.execute(insert(SessionVersionRow).values(row_of(login, version, sealed)))
    vault = SessionVault(engine, Keyring([key]))
    for version in range(1, vault.newest_version(login) + 1):
        with pytest.raises(SessionTampered):
            vault.load(login, version)
        assert not canary.exists()


@pytest.mark.parametrize("plain", [None, [], {}, {"session": {"format": 2}}, {"session": []}])
def test_what_is_not_a_session_inside_is_refused(engine: Engine, login: int, plain: Any) -> None:
    key = generate_key()
    sealed = seal(Keyring([key]).fernet(Purpose.SESSION), pickle.dumps(plain))
    with engine.begin() as connection:
        connection.execute(insert(SessionVersionRow).values(row_of(login, 1, sealed)))
    with pytest.raises(SessionTampered):
        SessionVault(engine, Keyring([key])).load(login)


def test_rotated_keys_open_what_the_old_one_sealed(engine: Engine, login: int) -> None:
    old, new = generate_key(), generate_key()
    SessionVault(engine, Keyring([old])).save(login, session_of("old"), 0, "visit 1")
    assert SessionVault(engine, Keyring([new, old])).load(login) == (1, session_of("old"))


def test_a_fingerprint_ignores_order_and_sees_every_value() -> None:
    one, two = session_of("one").cookies[0], session_of("two", name="lang").cookies[0]
    before = BrowserSession(cookies=(one, two))
    assert fingerprint(before) == fingerprint(BrowserSession(cookies=(two, one)))
    changed: list[Callable[[], BrowserSession]] = [
        lambda: BrowserSession(cookies=(one,)),
        lambda: BrowserSession(cookies=(one, {**two, "value": "three"})),
        lambda: BrowserSession(cookies=(one, two), user_agent="another"),
        lambda: BrowserSession(cookies=(one, two), session_storage={"https://a": {}}),
    ]
    assert len({fingerprint(make()) for make in changed} | {fingerprint(before)}) == 5


def mutations(whole: bytes) -> st.SearchStrategy[bytes]:
    """Flip a byte, cut, or append."""
    positions = st.integers(0, len(whole) - 1)
    flipped = st.builds(
        lambda at, by: whole[:at] + bytes([whole[at] ^ by]) + whole[at + 1 :],
        positions,
        st.integers(1, 255),
    )
    return st.one_of(flipped, positions.map(lambda at: whole[:at]), st.just(whole + b"AAAA"))


def row_of(login: int, version: int, sealed: bytes) -> dict[str, Any]:
    return {
        "login_id": login,
        "version": version,
        "ciphertext": sealed,
        "created_at": datetime(2026, 3, 3, tzinfo=UTC),
        "saved_by": "somebody",
        "cookies_count": 0,
    }


def ciphertext(engine: Engine, login: int, version: int) -> bytes:
    chosen = select(SessionVersionRow.ciphertext).where(
        SessionVersionRow.login_id == login, SessionVersionRow.version == version
    )
    with engine.connect() as connection:
        return connection.execute(chosen).scalar_one()


def swap_ciphertext(engine: Engine, login: int, version: int, sealed: bytes) -> None:
    change = (
        update(SessionVersionRow)
        .where(SessionVersionRow.login_id == login, SessionVersionRow.version == version)
        .values(ciphertext=sealed)
    )
    with engine.begin() as connection:
        connection.execute(change)
