"""Passwords: sealed in the database, or in an environment variable that the login names.

What is sealed names its login and its user name: a row copied to another login does not open
there, and a password is never tried for a user name it was not entered for (platforms lock
accounts after a few wrong ones). No error, repr or log holds a password.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, Engine, delete, insert, select

from domain.audit import Actor, Deed
from domain.credentials import Credentials
from domain.errors import BadInput, Fault
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.errors import CredentialsUnusable, UnknownName
from storage.keyring import Keyring, Purpose
from storage.seal import InvalidToken, seal, unseal
from storage.tables.credential import LoginCredentialRow
from storage.tables.login import LoginRow
from storage.transaction import reading, run_in_transaction

STORED = "stored"
_ENVIRONMENT = "env:"
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_OUR_OWN = "DANGA_"


def variable_of(source: str, where: str) -> str:
    """Return the variable that `env:NAME` names; `where` is where the reference is written.

    Raises:
        BadInput: it names none, or one of our own settings (which hold the key, and would be
            typed into a site's form).
    """
    name = source.removeprefix(_ENVIRONMENT)
    if not source.startswith(_ENVIRONMENT) or not _VARIABLE.fullmatch(name):
        raise BadInput(Fault(where, "names no environment variable", "write env:KIM_PASSWORD"))
    if name.upper().startswith(_OUR_OWN):
        raise BadInput(Fault(where, f"{name} is a setting of Danga's own", "use another variable"))
    return name


class _Login(NamedTuple):
    id: int
    name: str
    username: str | None
    source: str | None


class CredentialStore:
    """Keeps and hands out the credentials of logins; `environment` holds what `env:` names."""

    def __init__(self, engine: Engine, keyring: Keyring, environment: Mapping[str, str]) -> None:
        self._engine = engine
        self._keyring = keyring
        self._fernet = keyring.fernet(Purpose.CREDENTIALS)
        self._environment = environment

    def __repr__(self) -> str:
        return f"<CredentialStore on {self._engine.dialect.name}>"

    def marks(self, login_id: int, credentials: Credentials) -> tuple[str, ...]:
        """Return keyed hashes by which a refused password is known again; the newest first."""
        bound = json.dumps([login_id, credentials.username, credentials.password])
        return self._keyring.marks(Purpose.REFUSED, bound.encode("ascii"))

    def keep_password(self, login_id: int, password: str, by: Actor | None = None) -> None:
        """Seal the password of a login, replacing an earlier one; `by` whom, for the audit.

        Raises:
            CredentialsUnusable: it is empty, the login has no user name, or takes its password
                from the environment.
            UnknownName: there is no such login.
        """
        if not password:
            raise CredentialsUnusable("An empty password is none; nothing was stored")
        run_in_transaction(
            self._engine, lambda connection: self._keep(connection, login_id, password, by)
        )

    def forget(self, login_id: int) -> bool:
        """Delete the sealed password of a login; return whether there was one."""
        gone = delete(LoginCredentialRow).where(LoginCredentialRow.login_id == login_id)
        return run_in_transaction(
            self._engine, lambda connection: connection.execute(gone).rowcount > 0
        )

    def resolve(self, login_id: int) -> Credentials | None:
        """Return what the site's form takes, or None: a person or an import signs in.

        Raises:
            CredentialsUnusable: they are promised but missing, changed, or for somebody else.
            UnknownName: there is no such login.
        """
        with reading(self._engine) as connection:
            login = _login(connection, login_id)
            ciphertext = connection.scalar(
                select(LoginCredentialRow.ciphertext).where(LoginCredentialRow.login_id == login_id)
            )
        password = self._password(login, ciphertext)
        return None if password is None else Credentials(_username(login), password)

    def _password(self, login: _Login, ciphertext: bytes | None) -> str | None:
        source = login.source
        if source is not None and source != STORED:
            return self._from_environment(login.name, source)
        if ciphertext is not None:
            return self._open(login, ciphertext)
        if source == STORED:
            raise CredentialsUnusable(
                f"Login {login.name}: no password is stored", advice=_enter(login.name)
            )
        return None

    def _from_environment(self, login: str, source: str) -> str:
        variable = variable_of(source, f"login {login}: password")
        password = self._environment.get(variable, "")
        if not password:
            raise CredentialsUnusable(
                f"Login {login}: the environment variable {variable} is not set",
                advice=f"Set {variable} where the visits run, for example in .env.",
            )
        return password

    def _keep(self, connection: Connection, login_id: int, password: str, by: Actor | None) -> None:
        login = _login(connection, login_id)
        if login.source not in (None, STORED):
            raise CredentialsUnusable(
                f"Login {login.name} takes its password from {login.source}",
                advice="Remove that line from danga.yaml, `danga apply` it, and come again.",
            )
        bound = {"login": login_id, "username": _username(login), "password": password}
        row = {
            "login_id": login_id,
            "ciphertext": seal(self._fernet, json.dumps(bound).encode("ascii")),
            "set_at": database_now(connection),
        }
        connection.execute(
            delete(LoginCredentialRow).where(LoginCredentialRow.login_id == login_id)
        )
        connection.execute(insert(LoginCredentialRow).values(row))
        if by is not None:
            note_deed(connection, by, Deed("login.password", f"login {login.name}"))

    def _open(self, login: _Login, ciphertext: bytes) -> str:
        try:
            bound = json.loads(unseal(self._fernet, ciphertext))
        except InvalidToken:
            what = "was changed, or stored with another key"
            raise _unusable(login.name, what) from None
        if bound["login"] != login.id:
            raise _unusable(login.name, "belongs to another login")
        if bound["username"] != login.username:
            raise _unusable(login.name, "was entered for another user name")
        password: str = bound["password"]
        return password


def _login(connection: Connection, login_id: int) -> _Login:
    columns = (LoginRow.id, LoginRow.name, LoginRow.username, LoginRow.credential_source)
    row = connection.execute(select(*columns).where(LoginRow.id == login_id)).one_or_none()
    if row is None:
        raise UnknownName(f"There is no login {login_id}")
    return _Login(*row)


def _username(login: _Login) -> str:
    if login.username is None:
        raise CredentialsUnusable(
            f"Login {login.name} has a password but no user name",
            advice="Write `username:` into danga.yaml and `danga apply` it.",
        )
    return login.username


def _unusable(login: str, what: str) -> CredentialsUnusable:
    return CredentialsUnusable(f"Login {login}: the stored password {what}", advice=_enter(login))


def _enter(login: str) -> str:
    return f"Run `danga login password {login}`."
