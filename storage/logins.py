"""Logins: who visits which sites, and in which state their sessions are."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, select, update

from domain.audit import Actor, Deed
from domain.inventory import ProxyWish
from domain.session import SessionState
from domain.together import merged
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.declared import proxy_wish
from storage.errors import UnknownName
from storage.leases import HeldLease, require_token
from storage.tables import AccountRow, LoginLeaseRow, LoginRow, WatchRow, WatchRuleRow
from storage.transaction import reading, run_in_transaction

_ENABLED_BY_HAND = (SessionState.DISABLED, SessionState.CONTESTED)


@dataclass(frozen=True, slots=True)
class LoginRecord:
    """A login with its state; `sites[0]` is where it signs in.

    `signed_in_at` is when its session began, `alive_at` when the last page was read with it.
    """

    id: int
    name: str
    sites: tuple[str, ...]
    username: str | None
    credential_source: str | None
    proxy: ProxyWish | None
    state: SessionState
    state_reason: str
    state_since: datetime
    enabled: bool
    signed_in_at: datetime | None = None
    alive_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether its visits wait for a person."""
        return self.state.waits


class LoginBook:
    """All logins, also those that are closed (`enabled` says which)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[LoginRecord, ...]:
        """Return the logins that are not closed, by name."""
        return self._select(LoginRow.enabled)

    def get(self, name: str) -> LoginRecord:
        """Return the login called `name`.

        Raises:
            UnknownName: there is none.
        """
        for login in self._select(LoginRow.name == name):
            return login
        raise UnknownName(f"There is no login {name!r}")

    def still_open(self, name: str) -> LoginRecord:
        """Return the login called `name` for whoever would give it a session or a password.

        Raises:
            UnknownName: there is none, or it was closed: its secrets may have been erased.
        """
        login = self.get(name)
        if not login.enabled:
            cure = "Declare it in danga.yaml and run `danga apply`."
            raise UnknownName(f"The login {name} is closed", advice=cure)
        return login

    def with_id(self, login_id: int) -> LoginRecord:
        """Return the login with that key.

        Raises:
            UnknownName: there is none.
        """
        for login in self._select(LoginRow.id == login_id):
            return login
        raise UnknownName(f"There is no login with the key {login_id}")

    def set_state(
        self,
        login_id: int,
        state: SessionState,
        who: Actor,
        why: str = "",
        lease: HeldLease | None = None,
    ) -> None:
        """Say where its session stands, who found out, and why; a transition goes to the audit.

        `state_since` moves only when the state changes. A login that was switched off stays so
        (`enable`). A visit says under which `lease` it found out.

        Raises:
            StaleToken: the lease was lost; somebody else knows better by now.
        """

        def work(connection: Connection) -> None:
            if lease is not None:
                require_token(connection, lease.login_id, lease.token)
            change_state(connection, login_id, state, who, why)

        run_in_transaction(self._engine, work)

    def enable(self, login_id: int, who: Actor, why: str = "") -> bool:
        """Let a login go on that was switched off or is contested; return whether it was either.

        Its next visit proves its session; one that never read a page is new again.
        """

        def work(connection: Connection) -> bool:
            login = _locked(connection, login_id)
            if login is None or login.state not in _ENABLED_BY_HAND:
                return False
            state = SessionState.NEW if login.alive_at is None else SessionState.SUSPECT
            _put_state(connection, login, state, who, why)
            return True

        return run_in_transaction(self._engine, work)

    def give_back_claims(self, who: Actor) -> int:
        """Let logins wait again whose person's process died meanwhile; return how many."""

        def work(connection: Connection) -> int:
            held = select(LoginLeaseRow.login_id).where(
                LoginLeaseRow.holder.is_not(None),
                LoginLeaseRow.expires_at > database_now(connection),
            )
            abandoned = connection.execute(
                select(LoginRow.id, LoginRow.name).where(
                    LoginRow.state == SessionState.CLAIMED, LoginRow.id.not_in(held)
                )
            ).all()
            for row in abandoned:
                why = f"a person's sign-in was cut off. Next: danga session refresh {row.name}"
                change_state(connection, row.id, SessionState.NEEDS_HUMAN, who, why)
            return len(abandoned)

        return run_in_transaction(self._engine, work)

    def alive(self, login_id: int, lease: HeldLease) -> None:
        """Note that a page was read with its session just now.

        Raises:
            StaleToken: the lease was lost.
        """

        def work(connection: Connection) -> None:
            require_token(connection, lease.login_id, lease.token)
            now = database_now(connection)
            connection.execute(update(LoginRow).where(LoginRow.id == login_id).values(alive_at=now))

        run_in_transaction(self._engine, work)

    def together(self) -> tuple[frozenset[int], ...]:
        """Return the logins in groups that watches join, each login in exactly one group.

        The sides of a watch have to be read within 120 s, so a group starts together.
        """
        alone = [{login.id} for login in self.all()]
        open_ones = {login for one in alone for login in one}
        joined = [one & open_ones for one in self._joined_by_watches()]
        return tuple(sorted(merged([*alone, *joined]), key=min))

    def _joined_by_watches(self) -> list[set[int]]:
        rows = (
            select(WatchRuleRow.watch_id, AccountRow.login_id)
            .join(AccountRow, AccountRow.id == WatchRuleRow.account_id)
            .join(WatchRow, WatchRow.id == WatchRuleRow.watch_id)
            .where(WatchRuleRow.valid_to.is_(None), WatchRow.enabled, AccountRow.enabled)
        )
        joined = defaultdict(set)
        with reading(self._engine) as connection:
            for row in connection.execute(rows):
                joined[row.watch_id].add(row.login_id)
        return list(joined.values())

    def _select(self, condition: ColumnElement[bool] | Any) -> tuple[LoginRecord, ...]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(LoginRow).where(condition).order_by(LoginRow.name))
            return tuple(_record(row) for row in rows)


def _record(row: Row[*tuple[Any, ...]]) -> LoginRecord:
    return LoginRecord(
        row.id,
        row.name,
        tuple(row.sites),
        row.username,
        row.credential_source,
        proxy_wish(row.proxy),
        SessionState(row.state),
        row.state_reason,
        row.state_since,
        row.enabled,
        row.signed_in_at,
        row.alive_at,
    )


def change_state(
    connection: Connection, login_id: int, state: SessionState, who: Actor, why: str
) -> None:
    """Change a login's state in a transaction of the caller's, as `LoginBook.set_state` does."""
    login = _locked(connection, login_id)
    if login is not None and login.state != SessionState.DISABLED:
        _put_state(connection, login, state, who, why)


def _locked(connection: Connection, login_id: int) -> Row[*tuple[Any, ...]] | None:
    """Return the login; nobody changes it before the commit."""
    return connection.execute(
        select(LoginRow.id, LoginRow.name, LoginRow.state, LoginRow.alive_at)
        .where(LoginRow.id == login_id)
        .with_for_update()
    ).one_or_none()


def _put_state(
    connection: Connection, login: Row[*tuple[Any, ...]], state: SessionState, who: Actor, why: str
) -> None:
    values: dict[str, Any] = {"state": state, "state_reason": why}
    if login.state != state:
        values["state_since"] = database_now(connection)
        detail = {"from": login.state, "to": str(state)}
        note_deed(connection, who, Deed("session.state", f"login {login.name}", why, detail))
    connection.execute(update(LoginRow).where(LoginRow.id == login.id).values(values))
