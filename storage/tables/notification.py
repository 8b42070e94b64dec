"""Who is told what: people, the causes that are or were there, and the messages about them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class PersonRow(Base):
    """Somebody who is told; `targets` are names of variables, never the urls they hold."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    roles: Mapped[list[str]] = mapped_column(JsonText)
    language: Mapped[str] = mapped_column(String(2))
    targets: Mapped[list[str]] = mapped_column(JsonText)
    quiet: Mapped[str | None] = mapped_column(String(11))
    wake: Mapped[bool]
    starts: Mapped[str] = mapped_column(String(5))
    digest: Mapped[str] = mapped_column(String(10))
    enabled: Mapped[bool]


class CauseRow(Base):
    """Something that is wrong, from when it was first seen until it was over; business time.

    `open_key` (`kind subject`) is unique while the cause is there and NULL afterwards, so that
    two schedulers open it once. `told_at` is when it had held for long enough to count,
    `gone_at` since when it is absent: it is over only when it stays so.
    """

    __tablename__ = "cause"
    __table_args__ = (UniqueConstraint("open_key"), Index(None, "over_at"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(200))
    open_key: Mapped[str | None] = mapped_column(String(240))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    gone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(JsonText)


class NotificationRow(Base):
    """One message to one address of one person: the outbox.

    `about` is its natural key besides (`12 begin`, `12 over`, `remind 2026-03-04`), so that two
    schedulers write it once. `made_at` and `held_until` are business time, the others are the
    database's clock. A row whose `not_before` lies ahead may be in somebody's hands.
    """

    __tablename__ = "notification"
    __table_args__ = (
        UniqueConstraint("about", "person", "target"),
        # The sender's question: what waits?
        Index(None, "state", "not_before"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    cause_id: Mapped[int | None] = mapped_column(ForeignKey("cause.id"))
    about: Mapped[str] = mapped_column(String(60))
    person: Mapped[str] = mapped_column(String(100))
    target: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(250))
    body: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int]
    state: Mapped[str] = mapped_column(String(20))
    last_error: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
