"""Passwords: sealed, bound to their login and user name, or named in the environment."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, select, update

from domain.credentials import Credentials
from domain.errors import BadInput, DangaError
from storage.credential_store import CredentialStore, variable_of
from storage.errors import CredentialsUnusable, UnknownName
from storage.keyring import Keyring, generate_key
from storage.tables.credential import LoginCredentialRow
from storage.tables.login import LoginRow
from tests.sessions.conftest import AddLogin

PASSWORD = "geheim-5f0c 한글"


@pytest.fixture
def store(engine: Engine, keyring: Keyring) -> CredentialStore:
    return CredentialStore(engine, keyring, {"KIM_PASSWORD": PASSWORD, "EMPTY": ""})


def told_by(error: DangaError) -> str:
    return f"{error} {error.next_step} {error!r} {error.__cause__!r}"


def test_a_login_without_a_password_is_normal(store: CredentialStore, login: int) -> None:
    assert store.resolve(login) is None
    assert not store.forget(login)


def test_a_stored_password_is_handed_out_with_the_user_name(
    store: CredentialStore, login: int
) -> None:
    store.keep_password(login, "first")
    store.keep_password(login, PASSWORD)
    assert store.resolve(login) == Credentials("kim@agency.example", PASSWORD)


def test_a_forgotten_password_is_gone(store: CredentialStore, login: int) -> None:
    store.keep_password(login, PASSWORD)
    assert store.forget(login)
    assert store.resolve(login) is None


def test_a_password_may_stand_in_the_environment(
    store: CredentialStore, add_login: AddLogin
) -> None:
    login = add_login("kim", username="kim", credential_source="env:KIM_PASSWORD")
    assert store.resolve(login) == Credentials("kim", PASSWORD)


@pytest.mark.parametrize("variable", ["LEE_PASSWORD", "EMPTY"])
def test_a_missing_variable_is_named_with_the_cure(
    store: CredentialStore, add_login: AddLogin, variable: str
) -> None:
    login = add_login("lee", username="lee", credential_source=f"env:{variable}")
    with pytest.raises(CredentialsUnusable, match=f"Login lee.*{variable} is not set") as caught:
        store.resolve(login)
    assert f"Set {variable}" in caught.value.next_step


@pytest.mark.parametrize("source", ["env:DANGA_KEY", "env:danga_database_url"])
def test_our_own_settings_are_never_typed_into_a_form(
    engine: Engine, keyring: Keyring, add_login: AddLogin, source: str
) -> None:
    login = add_login("lee", username="lee", credential_source=source)
    environment = {"DANGA_KEY": "geheim", "danga_database_url": "geheim"}
    with pytest.raises(BadInput, match="Danga's own") as caught:
        CredentialStore(engine, keyring, environment).resolve(login)
    assert "geheim" not in told_by(caught.value)


@pytest.mark.parametrize(
    "source", ["env:", "env:1A", "env:A B", "KIM_PASSWORD", "", "env:A=geheim"]
)
def test_what_names_no_variable_is_refused_where_it_is_written(source: str) -> None:
    with pytest.raises(BadInput, match=r"danga\.yaml:12") as caught:
        variable_of(source, "danga.yaml:12")
    assert "geheim" not in told_by(caught.value)


def test_a_promised_password_that_was_never_entered_names_the_command(
    store: CredentialStore, add_login: AddLogin
) -> None:
    login = add_login("lee", username="lee", credential_source="stored")
    with pytest.raises(CredentialsUnusable, match="no password is stored") as caught:
        store.resolve(login)
    assert caught.value.next_step == "Run `danga login password lee`."


def test_a_password_is_not_stored_where_the_environment_has_it(
    store: CredentialStore, add_login: AddLogin
) -> None:
    login = add_login("lee", username="lee", credential_source="env:KIM_PASSWORD")
    with pytest.raises(CredentialsUnusable, match="env:KIM_PASSWORD"):
        store.keep_password(login, "another")
    assert store.resolve(login) == Credentials("lee", PASSWORD)


def test_an_empty_password_or_a_login_without_a_user_name_is_refused(
    store: CredentialStore, login: int, add_login: AddLogin
) -> None:
    with pytest.raises(CredentialsUnusable, match="empty"):
        store.keep_password(login, "")
    with pytest.raises(CredentialsUnusable, match="no user name"):
        store.keep_password(add_login("lee"), PASSWORD)
    assert store.resolve(login) is None


def test_a_password_copied_to_another_login_does_not_open(
    engine: Engine, store: CredentialStore, add_login: AddLogin
) -> None:
    kim, lee = add_login("kim", username="same"), add_login("lee", username="same")
    store.keep_password(kim, PASSWORD)
    store.keep_password(lee, "another")
    with engine.begin() as connection:
        sealed = connection.scalar(
            select(LoginCredentialRow.ciphertext).where(LoginCredentialRow.login_id == kim)
        )
        connection.execute(update(LoginCredentialRow).values(ciphertext=sealed))
    with pytest.raises(CredentialsUnusable, match="belongs to another login") as caught:
        store.resolve(lee)
    assert "5f0c" not in told_by(caught.value)


def test_a_password_is_not_tried_for_a_user_name_it_was_not_entered_for(
    engine: Engine, store: CredentialStore, login: int
) -> None:
    store.keep_password(login, PASSWORD)
    with engine.begin() as connection:
        connection.execute(update(LoginRow).values(username="lee@agency.example"))
    with pytest.raises(CredentialsUnusable, match="another user name"):
        store.resolve(login)


def test_a_changed_row_or_another_key_opens_nothing(
    engine: Engine, store: CredentialStore, login: int
) -> None:
    store.keep_password(login, PASSWORD)
    with pytest.raises(CredentialsUnusable, match="another key"):
        CredentialStore(engine, Keyring([generate_key()]), {}).resolve(login)
    with engine.begin() as connection:
        connection.execute(update(LoginCredentialRow).values(ciphertext=b"garbage"))
    with pytest.raises(CredentialsUnusable, match="was changed"):
        store.resolve(login)


def test_a_password_shows_itself_neither_in_rows_nor_in_reprs(
    engine: Engine, store: CredentialStore, login: int
) -> None:
    store.keep_password(login, PASSWORD)
    with engine.connect() as connection:
        row = connection.execute(select(LoginCredentialRow)).one()
    shown = f"{tuple(row)!r} {store!r} {store.resolve(login)!r}"
    assert "geheim" not in shown


def test_an_unknown_login_is_named(store: CredentialStore) -> None:
    with pytest.raises(UnknownName):
        store.resolve(999)
    with pytest.raises(UnknownName):
        store.keep_password(999, PASSWORD)
