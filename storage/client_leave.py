"""A client who leaves, step by step in the database: close, then erase; each step once.

Numbers stay: what is erased are sessions, passwords, user names and evidence that nobody else
uses. Who calls these in which order is `workers/leaving.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, and_, delete, func, insert, or_, select, update

from domain.account import AccountKey
from domain.audit import Actor, Deed
from domain.inventory import Change, changes
from domain.leaving import Leaving
from domain.session import SessionState
from domain.visit import VisitState
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.declared import declared
from storage.ids import id_of
from storage.inventory import apply_changes
from storage.named_lock import named_lock
from storage.tables import (
    AccountRow,
    AccountSightingRow,
    Base,
    ClientLeaveRow,
    ClientRow,
    EvidenceRow,
    LoginCredentialRow,
    LoginRow,
    ProxyAssignmentRow,
    SessionVersionRow,
    VisitPageRow,
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


@dataclass(frozen=True, slots=True)
class ToErase:
    """What of the client is still kept: rows of each kind, and ids of evidence by machine."""

    sessions: int
    passwords: int
    evidence: dict[str, str]
    """Id -> the machine whose disk holds it."""
    from_environment: tuple[str, ...]
    """`env:NAME` of passwords that only a person can remove."""


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
            leaving = _leaving(connection, self._client)
            logins = _ids(connection, leaving.alone)
            return ToErase(
                sessions=_count(connection, SessionVersionRow, logins),
                passwords=_count(connection, LoginCredentialRow, logins),
                evidence=_evidence(connection, leaving),
                from_environment=_from_environment(connection, logins),
            )

    def erase(self, actor: Actor) -> None:
        """Delete sessions, passwords, user names, proxies and sightings of the logins alone.

        The caller holds their leases. Rows that were deleted may still stand in the database's
        files: `storage/scrub.py`.
        """

        def work(connection: Connection) -> None:
            logins = sorted(_ids(connection, _leaving(connection, self._client).alone))
            gone = {
                kind.__tablename__: _delete(connection, kind, logins)
                for kind in (SessionVersionRow, LoginCredentialRow, AccountSightingRow)
            }
            _delete(connection, ProxyAssignmentRow, logins)
            _forget_logins(connection, logins, actor, self._client)
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


def _delete(connection: Connection, kind: type[Base], logins: Collection[int]) -> int:
    gone = connection.execute(delete(kind).where(kind.__table__.c.login_id.in_(logins)))
    return gone.rowcount


def _ids(connection: Connection, logins: Collection[str]) -> frozenset[int]:
    return frozenset(connection.scalars(select(LoginRow.id).where(LoginRow.name.in_(logins))))


def _count(connection: Connection, kind: Any, logins: Collection[int]) -> int:
    rows = select(func.count()).select_from(kind).where(kind.login_id.in_(logins))
    return connection.scalar(rows) or 0


def _evidence(connection: Connection, leaving: Leaving) -> dict[str, str]:
    """All of the logins alone; of shared ones the pages that show an account of the client."""
    pages = select(VisitPageRow.evidence_id).where(
        VisitPageRow.evidence_id.is_not(None),
        or_(
            *(
                and_(VisitPageRow.site == key.site, VisitPageRow.account == key.external_id)
                for key in leaving.accounts
            )
        )
        if leaving.accounts
        else VisitPageRow.visit_id.is_(None),
    )
    rows = select(EvidenceRow.id, EvidenceRow.machine).where(
        or_(EvidenceRow.login.in_(leaving.alone), EvidenceRow.id.in_(pages))
    )
    return {row.id: row.machine for row in connection.execute(rows)}


def _from_environment(connection: Connection, logins: Collection[int]) -> tuple[str, ...]:
    sources = select(LoginRow.credential_source).where(
        LoginRow.id.in_(logins), LoginRow.credential_source.startswith("env:")
    )
    return tuple(sorted(source for source in connection.scalars(sources) if source))


def _drop_visits(connection: Connection, logins: Collection[str], client: str) -> int:
    dropped = connection.execute(
        update(VisitRow)
        .where(
            VisitRow.login_id.in_(_ids(connection, logins)),
            VisitRow.state.in_((VisitState.PLANNED, VisitState.DEFERRED)),
        )
        .values(
            state=VisitState.MISSED,
            detail=f"{client} left",
            finished_at=database_now(connection),
        )
    )
    return dropped.rowcount


def _forget_logins(
    connection: Connection, logins: Collection[int], actor: Actor, client: str
) -> None:
    """A login that comes back one day begins anew: without session, user name or password."""
    rows = connection.execute(
        select(LoginRow.id, LoginRow.name, LoginRow.state).where(LoginRow.id.in_(logins))
    ).all()
    for row in rows:
        connection.execute(
            update(LoginRow)
            .where(LoginRow.id == row.id)
            .values(
                username=None,
                credential_source=None,
                state=SessionState.NEW,
                state_reason="",
                state_since=database_now(connection),
                signed_in_at=None,
                alive_at=None,
            )
        )
        detail = {"from": row.state, "to": SessionState.NEW}
        deed = Deed("session.erase", f"login {row.name}", f"{client} left", detail)
        note_deed(connection, actor, deed)
