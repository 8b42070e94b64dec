"""What was given for a client alone and opens a door or shows a page: found, and erased."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, false, func, or_, select, update

from domain.audit import Actor, Deed
from domain.cause import CauseKind
from domain.leaving import Leaving
from domain.session import SessionState
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.outbox import MessageState
from storage.proof_pages import count_of, erase
from storage.tables import (
    AccountSightingRow,
    Base,
    CauseRow,
    EvidenceRow,
    LoginCredentialRow,
    LoginRow,
    NotificationRow,
    ProxyAssignmentRow,
    SessionVersionRow,
    SignInLinkRow,
    SignInRow,
    VisitPageRow,
    WantedDayRow,
)

_OF_A_LOGIN = (CauseKind.NEEDS_HUMAN, CauseKind.CONTESTED, CauseKind.SESSION_ENDING)


@dataclass(frozen=True, slots=True)
class ToErase:
    """What of the client is still kept: rows of each kind, and ids of evidence by machine."""

    sessions: int
    passwords: int
    proof: int
    """Pages of its accounts that are kept as proof."""
    evidence: dict[str, str]
    """Id -> the machine whose disk holds it."""
    from_environment: tuple[str, ...]
    """`env:NAME` of passwords that only a person can remove."""


def kept_of(connection: Connection, leaving: Leaving) -> ToErase:
    """Return what is still kept of a client."""
    logins = login_ids(connection, leaving.alone)
    return ToErase(
        sessions=_count(connection, SessionVersionRow, logins),
        passwords=_count(connection, LoginCredentialRow, logins),
        proof=count_of(connection, leaving.accounts),
        evidence=_evidence(connection, leaving),
        from_environment=_from_environment(connection, logins),
    )


def erase_logins(connection: Connection, leaving: Leaving, actor: Actor) -> dict[str, int]:
    """Delete what belongs to the logins that are the client's alone, and the pages of its accounts.

    Returns rows by table.
    """
    logins = sorted(login_ids(connection, leaving.alone))
    gone = {
        kind.__tablename__: _delete(connection, kind, logins)
        for kind in (SessionVersionRow, LoginCredentialRow, AccountSightingRow)
    }
    # Whose watches read its accounts as well was refused before.
    gone["proof_page"] = erase(connection, leaving.accounts)
    # Should the login be declared again, a link that nobody used yet would open it, and days that
    # are still wanted would be read.
    for left in (ProxyAssignmentRow, SignInRow, SignInLinkRow, WantedDayRow):
        _delete(connection, left, logins)
    _forget_messages(connection, leaving.alone)
    _forget_logins(connection, logins, actor, leaving.client)
    return gone


def login_ids(connection: Connection, logins: Collection[str]) -> frozenset[int]:
    """Return the keys of logins by their names."""
    return frozenset(connection.scalars(select(LoginRow.id).where(LoginRow.name.in_(logins))))


def _delete(connection: Connection, kind: type[Base], logins: Collection[int]) -> int:
    gone = connection.execute(delete(kind).where(kind.__table__.c.login_id.in_(logins)))
    return gone.rowcount


def _forget_messages(connection: Connection, logins: Collection[str]) -> None:
    """Delete causes that are over and were those of a login, with their messages."""
    waiting = select(NotificationRow.cause_id).where(
        NotificationRow.cause_id.is_not(None), NotificationRow.state == MessageState.WAITING
    )
    past = select(CauseRow.id).where(
        CauseRow.kind.in_(_OF_A_LOGIN),
        CauseRow.subject.in_(logins),
        CauseRow.open_key.is_(None),
        CauseRow.id.not_in(waiting),
    )
    causes = connection.scalars(past).all()
    connection.execute(delete(NotificationRow).where(NotificationRow.cause_id.in_(causes)))
    connection.execute(delete(CauseRow).where(CauseRow.id.in_(causes)))


def _count(connection: Connection, kind: Any, logins: Collection[int]) -> int:
    rows = select(func.count()).select_from(kind).where(kind.login_id.in_(logins))
    return connection.scalar(rows) or 0


def _evidence(connection: Connection, leaving: Leaving) -> dict[str, str]:
    """All of the logins alone; of shared ones the pages that show an account of the client."""
    pages = select(VisitPageRow.evidence_id).where(
        VisitPageRow.evidence_id.is_not(None),
        or_(
            false(),
            *(
                and_(VisitPageRow.site == key.site, VisitPageRow.account == key.external_id)
                for key in leaving.accounts
            ),
        ),
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
