"""The vault: every login's session, version by version, pickled, then sealed.

Real sites rotate cookies at each page, so a session is saved after each. Two who save after
the same version cannot both win: the second gets `SessionMovedOn`. What is sealed names its
login and its version, so that a row copied to another place does not open there. Loading
checks the MAC before anything is unpickled, and then unpickles plain values only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Engine, delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from domain.audit import Actor, Deed
from domain.session import BrowserSession, SessionState
from storage import guarded_pickle
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.errors import (
    PickleRefused,
    SessionMovedOn,
    SessionOfAnother,
    SessionTampered,
    SessionTooLarge,
    SessionUnusable,
    UnknownName,
)
from storage.keyring import Keyring, Purpose
from storage.leases import require_token
from storage.logins import change_state
from storage.seal import InvalidToken, seal, unseal
from storage.session_payload import SessionSummary, from_plain, summarise, to_plain
from storage.tables.login import LoginRow
from storage.tables.session import SessionVersionRow
from storage.transaction import reading, run_in_transaction

KEPT_VERSIONS = 10
_LONGEST_SAVED_BY = 200


class SavedSession(NamedTuple):
    """A session as the vault holds it. Versions count from 1 per login."""

    version: int
    session: BrowserSession


@dataclass(frozen=True, slots=True)
class SessionVersion:
    """What `session show` lists of a version without opening it."""

    version: int
    created_at: datetime
    saved_by: str
    user_agent: str | None
    cookies_count: int
    ends_at: datetime | None


class SessionVault:
    """Loads and saves the sessions of all logins; keeps the last `kept_versions` of each."""

    def __init__(
        self, engine: Engine, keyring: Keyring, *, kept_versions: int = KEPT_VERSIONS
    ) -> None:
        self._engine = engine
        self._fernet = keyring.fernet(Purpose.SESSION)
        self._kept_versions = kept_versions

    def load(self, login_id: int, version: int | None = None) -> SavedSession | None:
        """Return the newest version (or the one asked for), None where there is none.

        Raises:
            SessionTampered: it was changed, or the key is not the one it was saved with.
            SessionOfAnother: it was saved for another login.
        """
        chosen = (
            select(SessionVersionRow.version, SessionVersionRow.ciphertext, LoginRow.name)
            .join(LoginRow, LoginRow.id == SessionVersionRow.login_id)
            .where(SessionVersionRow.login_id == login_id)
            .order_by(SessionVersionRow.version.desc())
            .limit(1)
        )
        if version is not None:
            chosen = chosen.where(SessionVersionRow.version == version)
        with reading(self._engine) as connection:
            row = connection.execute(chosen).one_or_none()
        return None if row is None else self._open(login_id, *row)

    def save(
        self,
        login_id: int,
        session: BrowserSession,
        after_version: int,
        saved_by: str,
        token: int | None = None,
    ) -> int:
        """Save as the version after `after_version` (0: there was none) and return its number.

        `token` is that of the lease under which a visit saves; a person's import has none.

        Raises:
            SessionMovedOn: `after_version` is not the newest any more.
            SessionTooLarge: it does not fit, or holds what JSON does not know.
            StaleToken: the lease is lost.
            UnknownName: there is no such login.
        """
        row = self._seal(login_id, session, after_version + 1)
        row["saved_by"] = saved_by

        return run_in_transaction(
            self._engine, lambda connection: self._swap(connection, row, token)
        )

    def roll_back(self, login_id: int, to_version: int, by: Actor, token: int) -> int:
        """Save an earlier version again as the newest, and return its number.

        The login is then suspect, and the audit names `by`. Nothing is taken away: the versions
        in between stay as long as any other.

        Raises:
            UnknownName: there is no such version (any more).
            SessionTampered, SessionOfAnother: it does not open, and nothing was changed.
            SessionMovedOn, StaleToken: as `save`.
        """
        earlier = self.load(login_id, to_version)
        newest = self.newest_version(login_id)
        if earlier is None:
            raise UnknownName(f"No version {to_version} of this session is kept")
        row = self._seal(login_id, earlier.session, newest + 1)
        row["saved_by"] = f"rollback to version {to_version} by {by.name}"[:_LONGEST_SAVED_BY]
        detail = {"from": newest, "to": to_version, "version": newest + 1}

        def swap(connection: Connection) -> int:
            version = self._swap(connection, row, token)
            name = connection.scalar(select(LoginRow.name).where(LoginRow.id == login_id))
            note_deed(connection, by, Deed("session.rollback", f"login {name}", detail=detail))
            why = f"rolled back to version {to_version} by {by.name}"
            change_state(connection, login_id, SessionState.SUSPECT, by, why)
            return version

        return run_in_transaction(self._engine, swap)

    def newest_version(self, login_id: int) -> int:
        """Return the number of the newest version, 0 where there is none; opens nothing."""
        with reading(self._engine) as connection:
            return _newest(connection, login_id)

    def ends_at(self, login_id: int) -> datetime | None:
        """Return when the last dated cookie of the newest version ends; None: nobody knows."""
        with reading(self._engine) as connection:
            return newest_end(connection, login_id)

    def versions(self, login_id: int) -> list[SessionVersion]:
        """Return what may be seen of each version, the newest first; opens nothing."""
        columns = [getattr(SessionVersionRow, name) for name in SessionVersion.__slots__]
        listed = (
            select(*columns)
            .where(SessionVersionRow.login_id == login_id)
            .order_by(SessionVersionRow.version.desc())
        )
        with reading(self._engine) as connection:
            return [SessionVersion(*row) for row in connection.execute(listed)]

    def summary(self, login_id: int, version: int | None = None) -> SessionSummary | None:
        """Return names, hosts and ends of what a version holds, never a value.

        Raises: as `load`.
        """
        saved = self.load(login_id, version)
        return None if saved is None else summarise(saved.session)

    def _seal(self, login_id: int, session: BrowserSession, version: int) -> dict[str, Any]:
        bound = {"login": login_id, "version": version, "session": to_plain(session)}
        try:
            pickled = guarded_pickle.dumps(bound)
        except PickleRefused as error:
            raise SessionTooLarge(
                f"The session of login {login_id} is not saved: {error}"
            ) from None
        return {
            "login_id": login_id,
            "version": version,
            "ciphertext": seal(self._fernet, pickled),
            "user_agent": session.user_agent and session.user_agent[:500],
            "cookies_count": len(session.cookies),
            "ends_at": summarise(session).ends_at,
        }

    def _swap(self, connection: Connection, row: dict[str, Any], token: int | None) -> int:
        """Insert the row where it follows the newest version, and return its number."""
        login_id, version = row["login_id"], row["version"]
        if token is not None:
            require_token(connection, login_id, token)
        _require_newest(connection, login_id, version - 1)
        _insert(connection, row)
        self._prune(connection, login_id, version)
        return int(version)

    def _open(self, login_id: int, version: int, ciphertext: bytes, login: str) -> SavedSession:
        try:
            bound = guarded_pickle.loads(unseal(self._fernet, ciphertext))
            session = from_plain(bound["session"])
            places = bound.get("login"), bound.get("version")
        except InvalidToken:
            raise _refused(login, version, "was changed, or saved with another key") from None
        except (PickleRefused, ValueError, LookupError, TypeError, AttributeError) as error:
            raise _refused(login, version, f"cannot be read: {error}") from None
        if places[0] != login_id:
            what = f"was saved for the login with the key {places[0]}"
            raise _refused(login, version, what, SessionOfAnother)
        if places[1] != version:
            raise _refused(login, version, f"was saved as version {places[1]}")
        return SavedSession(version, session)

    def _prune(self, connection: Connection, login_id: int, newest: int) -> None:
        connection.execute(
            delete(SessionVersionRow).where(
                SessionVersionRow.login_id == login_id,
                SessionVersionRow.version <= newest - self._kept_versions,
            )
        )


def _refused(
    login: str, version: int, what: str, kind: type[SessionUnusable] = SessionTampered
) -> SessionUnusable:
    advice = (
        "Restore the key it was saved with. If none is missing, "
        f"`danga session rollback {login}` takes the version before, "
        f"`danga session refresh {login}` a new one."
    )
    return kind(f"Version {version} of the session of login {login} {what}", advice=advice)


def newest_end(connection: Connection, login_id: int) -> datetime | None:
    """Return when the last dated cookie of the newest version ends; None: nobody knows."""
    return connection.scalar(
        select(SessionVersionRow.ends_at)
        .where(SessionVersionRow.login_id == login_id)
        .order_by(SessionVersionRow.version.desc())
        .limit(1)
    )


def _newest(connection: Connection, login_id: int) -> int:
    newest = select(func.max(SessionVersionRow.version)).where(
        SessionVersionRow.login_id == login_id
    )
    return connection.scalar(newest) or 0


def _require_newest(connection: Connection, login_id: int, after_version: int) -> None:
    newest = _newest(connection, login_id)
    if newest != after_version:
        raise SessionMovedOn(
            f"The session of login {login_id} is at version {newest}, not {after_version}"
        )


def _insert(connection: Connection, row: dict[str, Any]) -> None:
    """Insert the version; the primary key decides between two who came this far together."""
    try:
        connection.execute(
            insert(SessionVersionRow).values(**row, created_at=database_now(connection))
        )
    except IntegrityError:
        _require_newest(connection, row["login_id"], row["version"] - 1)
        raise UnknownName(f"There is no login {row['login_id']}") from None
