"""The outbox: messages that wait to be sent, are sent, or were given up; nothing is ever lost.

A message is written once however many schedulers run, and marked as sent only after its service
took it. Whoever takes one in hand puts its next try ahead: if that process dies, somebody else
sends it then.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, and_, func, or_, select, update
from sqlalchemy.orm import aliased

from storage.database_clock import database_now
from storage.tables import NotificationRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import insert_new

IN_HAND_SECONDS = 180.0
"""Longer than a service may take; after that the sender is believed dead."""


class MessageState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    SENT = "sent"
    GIVEN_UP = "given_up"
    """Too old: its service did not take it for a day."""
    DROPPED = "dropped"
    """Its cause was over before the quiet time was; the next message tells the whole of it."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to one address; `about` names it within a person's messages.

    `made_at` and `held_until` (quiet time) are business time.
    """

    about: str
    person: str
    target: str
    title: str
    body: str
    made_at: datetime
    held_until: datetime | None = None
    cause_id: int | None = None


@dataclass(frozen=True, slots=True)
class MessageRecord:
    """A row of the outbox."""

    id: int
    about: str
    person: str
    target: str
    title: str
    body: str
    made_at: datetime
    held_until: datetime | None
    tries: int
    state: MessageState
    last_error: str
    ended_at: datetime | None


def put_messages(connection: Connection, messages: Collection[NewMessage]) -> None:
    """Write the messages that are not there yet, in the transaction of what they tell."""
    now = database_now(connection)
    rows: list[dict[str, Any]] = [
        {
            "cause_id": one.cause_id,
            "about": one.about,
            "person": one.person,
            "target": one.target,
            "title": one.title[:250],
            "body": one.body,
            "made_at": one.made_at,
            "held_until": one.held_until,
            "not_before": now,
            "tries": 0,
            "state": MessageState.WAITING,
            "last_error": "",
        }
        for one in messages
    ]
    insert_new(connection, NotificationRow, rows)


class Outbox:
    """All messages."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def put(self, messages: Collection[NewMessage]) -> None:
        """Write the messages that are not there yet."""
        if messages:
            run_in_transaction(self._engine, lambda to: put_messages(to, messages))

    def told(self, about: str) -> frozenset[tuple[str, str]]:
        """Return (person, target) of every message of that name, whatever became of it."""
        rows = select(NotificationRow.person, NotificationRow.target).where(
            NotificationRow.about == about
        )
        with reading(self._engine) as connection:
            return frozenset((row.person, row.target) for row in connection.execute(rows))

    def due(self, now: datetime, limit: int = 50) -> tuple[MessageRecord, ...]:
        """Return what may be sent at `now` (business time): of each address the oldest only,
        so that nobody reads of the end before the beginning."""
        earlier = aliased(NotificationRow)
        with reading(self._engine) as connection:
            clock = database_now(connection)
            oldest = (
                select(func.min(earlier.id))
                .where(
                    earlier.state == MessageState.WAITING,
                    earlier.person == NotificationRow.person,
                    earlier.target == NotificationRow.target,
                    _free(earlier, now),
                )
                .scalar_subquery()
            )
            rows = (
                select(NotificationRow)
                .where(
                    NotificationRow.state == MessageState.WAITING,
                    NotificationRow.not_before <= clock,
                    NotificationRow.id == oldest,
                )
                .order_by(NotificationRow.id)
                .limit(limit)
            )
            return tuple(_record(row) for row in connection.execute(rows))

    def take(self, message: MessageRecord) -> bool:
        """Take a message in hand; False: somebody else has it."""

        def work(connection: Connection) -> bool:
            now = database_now(connection)
            taken = connection.execute(
                update(NotificationRow)
                .where(
                    NotificationRow.id == message.id,
                    NotificationRow.state == MessageState.WAITING,
                    NotificationRow.tries == message.tries,
                    NotificationRow.not_before <= now,
                )
                .values(
                    tries=message.tries + 1,
                    not_before=now + timedelta(seconds=IN_HAND_SECONDS),
                )
            )
            return bool(taken.rowcount)

        return run_in_transaction(self._engine, work)

    def sent(self, message_id: int) -> None:
        """Its service took it."""
        self._end(message_id, MessageState.SENT, "")

    def give_up(self, message_id: int, because: str) -> None:
        """Try no more."""
        self._end(message_id, MessageState.GIVEN_UP, because)

    def later(self, message_id: int, seconds: float, because: str) -> None:
        """Try again in so many seconds."""

        def work(connection: Connection) -> None:
            again = database_now(connection) + timedelta(seconds=seconds)
            connection.execute(
                update(NotificationRow)
                .where(NotificationRow.id == message_id)
                .values(not_before=again, last_error=because)
            )

        run_in_transaction(self._engine, work)

    def recent(self, limit: int = 50) -> tuple[MessageRecord, ...]:
        """Return the newest messages, the newest first."""
        rows = select(NotificationRow).order_by(NotificationRow.id.desc()).limit(limit)
        with reading(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(rows))

    def _end(self, message_id: int, state: MessageState, because: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute(
                update(NotificationRow)
                .where(NotificationRow.id == message_id)
                .values(state=state, last_error=because, ended_at=database_now(connection))
            )

        run_in_transaction(self._engine, work)


def drop_held(connection: Connection, about: str, now: datetime) -> None:
    """Drop what a quiet time still holds back: it is no longer so."""
    connection.execute(
        update(NotificationRow)
        .where(
            NotificationRow.about == about,
            NotificationRow.state == MessageState.WAITING,
            NotificationRow.held_until > now,
        )
        .values(state=MessageState.DROPPED, ended_at=database_now(connection))
    )


def _free(row: Any, now: datetime) -> ColumnElement[bool]:
    return or_(row.held_until.is_(None), and_(row.held_until <= now))


def _record(row: Row[*tuple[Any, ...]]) -> MessageRecord:
    return MessageRecord(
        row.id,
        row.about,
        row.person,
        row.target,
        row.title,
        row.body,
        row.made_at,
        row.held_until,
        row.tries,
        MessageState(row.state),
        row.last_error,
        row.ended_at,
    )
