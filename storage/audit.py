"""The audit: written together with what it tells of, read by people, changed by nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from domain.audit import Actor, Deed
from storage.database_clock import database_now
from storage.tables import AuditRow
from storage.transaction import reading, run_in_transaction

_LONGEST_SUBJECT = 250
_LONGEST_ACTOR = 200


@dataclass(frozen=True, slots=True)
class Audited:
    """A line of the audit; `at` is on the database's clock."""

    id: int
    at: datetime
    actor: Actor
    deed: Deed


def note_deed(connection: Connection, actor: Actor, deed: Deed) -> None:
    """Write one line in the transaction that does the deed: both are there, or neither."""
    connection.execute(
        insert(AuditRow).values(
            at=database_now(connection),
            actor=actor.name[:_LONGEST_ACTOR],
            is_person=actor.is_person,
            action=deed.action,
            subject=deed.subject[:_LONGEST_SUBJECT],
            reason=deed.reason,
            detail=deed.detail,
        )
    )


class AuditBook:
    """All that was done."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def note(self, actor: Actor, deed: Deed) -> None:
        """Write one line of something that was done outside the database.

        Raises:
            DatabaseAway: nothing was written.
        """
        run_in_transaction(self._engine, lambda connection: note_deed(connection, actor, deed))

    def newest(
        self,
        subject: str | None = None,
        action: str | None = None,
        since: datetime | None = None,
        only_people: bool = False,
        limit: int = 100,
    ) -> Sequence[Audited]:
        """Return lines, the newest first: of one subject, of actions that begin so, since then."""
        rows = select(AuditRow).order_by(AuditRow.id.desc()).limit(limit)
        if subject is not None:
            rows = rows.where(AuditRow.subject == subject)
        if action is not None:
            rows = rows.where(AuditRow.action.startswith(action, autoescape=True))
        if since is not None:
            rows = rows.where(AuditRow.at >= since)
        if only_people:
            rows = rows.where(AuditRow.is_person)
        with reading(self._engine) as connection:
            return tuple(audited(row) for row in connection.execute(rows))


def audited(row: Any) -> Audited:
    """Return the line of a row."""
    return Audited(
        row.id,
        row.at,
        Actor(row.actor, row.is_person),
        Deed(row.action, row.subject, row.reason, row.detail),
    )
