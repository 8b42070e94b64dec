"""A client who leaves, step by step in the database: close, then erase; each step once.

Numbers stay: what is erased are sessions, passwords, user names and evidence that nobody else
uses. Who calls these in which order is `workers/leaving.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update

from domain.account import AccountKey
from domain.audit import Actor, Deed
from domain.inventory import Change, changes
from domain.leaving import Leaving
from domain.visit import VisitState
from storage.audit import note_deed
from storage.client_secrets import ToErase, erase_logins, kept_of, login_ids
from storage.database_clock import database_now
from storage.declared import declared
from storage.ids import id_of
from storage.inventory import apply_changes
from storage.named_lock import named_lock
from storage.tables import (
    AccountRow,
    ClientLeaveRow,
    ClientRow,
    LoginRow,
    VisitRow,
    WatchRow,
)
from storage.transaction import reading, run_in_transaction


@dataclass(frozen=True, slots=True)
class LeaveRecord:
    """How far a leave has come; moments are on the database's clock."""

    begun_at: datetime
    begun_by: str
    exported_to: str | None
    exported_at: datetime | None
    erased_at: datetime | None
    finished_at: datetime | None


class ClientLeaveBook:
    """The leave of one client."""

    def __init__(self, engine: Engine, client: str) -> None:
        self._engine = engine
        self._client = client

    def leaving(self) -> Leaving:
        """Return what belongs to the client, open or closed.

        Raises:
            UnknownName: there never was such a client.
        """
        with reading(self._engine) as connection:
            return _leaving(connection, self._client)

    def record(self) -> LeaveRecord | None:
        """Return how far it has come, or None: nobody began, or the client has come back since."""
        with reading(self._engine) as connection:
            return _record(connection, id_of(connection, "client", self._client))

    def changes(self) -> tuple[Change, ...]:
        """Return what `begin` would close.

        Raises:
            BadInput: another client's watch reads one of the accounts.
        """
        with reading(self._engine) as connection:
            now = declared(connection)
            return changes(now, _leaving(connection, self._client).without(now))

    def begin(self, actor: Actor, reason: str, at: datetime) -> None:
        """Close all that is the client's, and drop its logins' visits; harmless if begun.

        Raises:
            BadInput: another client's watch reads one of the accounts.
        """

        def work(connection: Connection) -> None:
            client = id_of(connection, "client", self._client)
            if _record(connection, client) is not None:
                return
            leaving = _leaving(connection, self._client)
            closed = apply_changes(connection, leaving.without(declared(connection)), actor, at)
            connection.execute(delete(ClientLeaveRow).where(ClientLeaveRow.client_id == client))
            row = {"client_id": client, "begun_by": actor.name[:200]}
            row |= {"begun_at": database_now(connection)}
            connection.execute(insert(ClientLeaveRow).values(row))
            dropped = _drop_visits(connection, leaving.alone, self._client)
            detail = {"closed": len(closed), "visits_dropped": dropped}
            self._note(connection, actor, "begun", reason, detail)

        with named_lock(self._engine, "inventory"):
            run_in_transaction(self._engine, work)

    def exported(self, actor: Actor, folder: str, rows: int) -> None:
        """Note where its numbers were written."""

        def work(connection: Connection) -> None:
            now = database_now(connection)
            self._set(connection, exported_to=folder, exported_at=now)
            self._note(connection, actor, "exported", "", {"folder": folder, "rows": rows})

        run_in_transaction(self._engine, work)

    def to_erase(self) -> ToErase:
        """Return what is still kept of it."""
        with reading(self._engine) as connection:
            return kept_of(connection, _leaving(connection, self._client))

    def erase(self, actor: Actor) -> None:
        """Delete what was given for the logins alone: sessions, passwords, links, past messages.

        The caller holds their leases. Rows that were deleted may still stand in the database's
        files: `storage/scrub.py`.
        """

        def work(connection: Connection) -> None:
            gone = erase_logins(connection, _leaving(connection, self._client), actor)
            self._set(connection, erased_at=database_now(connection))
            self._note(connection, actor, "erased", "", gone)

        with named_lock(self._engine, "inventory"):  # nobody gives a login to others meanwhile
            run_in_transaction(self._engine, work)

    def finish(self, actor: Actor) -> None:
        """Note that nothing is left to do."""

        def work(connection: Connection) -> None:
            self._set(connection, finished_at=database_now(connection))
            self._note(connection, actor, "finished", "", {})

        run_in_transaction(self._engine, work)

    def _set(self, connection: Connection, **values: Any) -> None:
        client = id_of(connection, "client", self._client)
        mine = update(ClientLeaveRow).where(ClientLeaveRow.client_id == client)
        connection.execute(mine.values(values))

    def _note(
        self, connection: Connection, actor: Actor, step: str, reason: str, detail: dict[str, Any]
    ) -> None:
        deed = Deed(f"client.leave.{step}", f"client {self._client}", reason, detail)
        note_deed(connection, actor, deed)


def _record(connection: Connection, client: int) -> LeaveRecord | None:
    row = connection.execute(
        select(ClientLeaveRow, ClientRow.enabled)
        .join(ClientRow, ClientRow.id == ClientLeaveRow.client_id)
        .where(ClientLeaveRow.client_id == client)
    ).one_or_none()
    if row is None or (row.enabled and row.finished_at is not None):
        return None
    return LeaveRecord(
        row.begun_at,
        row.begun_by,
        row.exported_to,
        row.exported_at,
        row.erased_at,
        row.finished_at,
    )


def _leaving(connection: Connection, client: str) -> Leaving:
    key = id_of(connection, "client", client)
    mine = select(AccountRow.site, AccountRow.external_id).where(AccountRow.client_id == key)
    accounts = {AccountKey(row.site, row.external_id) for row in connection.execute(mine)}
    readers = select(AccountRow.login_id).where(AccountRow.client_id == key)
    reads = connection.execute(
        select(LoginRow.name, AccountRow.client_id, AccountRow.enabled)
        .join(LoginRow, LoginRow.id == AccountRow.login_id)
        .where(AccountRow.login_id.in_(readers))
    ).all()
    others = {row.name for row in reads if row.enabled and row.client_id != key}
    watches = connection.scalars(select(WatchRow.name).where(WatchRow.client_id == key))
    return Leaving(
        client,
        frozenset(watches),
        frozenset(accounts),
        alone=frozenset(row.name for row in reads) - others,
        shared=frozenset(others),
    )


def _drop_visits(connection: Connection, logins: Collection[str], client: str) -> int:
    dropped = connection.execute(
        update(VisitRow)
        .where(
            VisitRow.login_id.in_(login_ids(connection, logins)),
            VisitRow.state.in_((VisitState.PLANNED, VisitState.DEFERRED)),
        )
        .values(
            state=VisitState.MISSED,
            detail=f"{client} left",
            finished_at=database_now(connection),
        )
    )
    return dropped.rowcount
