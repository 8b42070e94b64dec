"""Watches: what marketers follow, with its target, its rules and its members over time."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime, Won
from storage.tables.declarative import TABLE_OPTIONS, Base


class WatchRow(Base):
    """`label` is what the client calls this unit cost (CPA, DB단가, 친구 추가 단가)."""

    __tablename__ = "watch"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    label: Mapped[str] = mapped_column(String(100))
    enabled: Mapped[bool]


class WatchTargetRow(Base):
    """What a watch is held against from when to when (business time), in its currency.

    `target_won` (for one result) and `daily_budget` are minor units of `currency`; `vat` is
    `included`, `excluded`, or NULL: as the accounts read it.
    """

    # Named when there was only won; revisions expand and rename nothing (storage/schema.py).

    __tablename__ = "watch_target"
    __table_args__ = (Index(None, "watch_id", "valid_from"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"))
    target_won: Mapped[int] = mapped_column(Won)
    currency: Mapped[str] = mapped_column(String(3), server_default="KRW")
    daily_budget: Mapped[int | None] = mapped_column(Won)
    vat: Mapped[str | None] = mapped_column(String(10))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WatchRuleRow(Base):
    """Which entities stand on a side: by name pattern, or by ids where `external_ids` is set."""

    __tablename__ = "watch_rule"
    __table_args__ = (Index(None, "watch_id"), Index(None, "account_id"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"))
    side: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(20))
    metric: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(300))
    external_ids: Mapped[list[str] | None] = mapped_column(JsonText)
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)


class WatchMemberRow(Base):
    """One metric of one entity on a side of a watch, for slots in [valid_from, valid_to).

    `known_at` (business time) is when it became known; NULL: at `valid_from`, as a rule.
    """

    __tablename__ = "watch_member"
    __table_args__ = (
        Index(None, "watch_id", "valid_from"),
        # From the entities of a page to the watches they touch.
        Index(None, "entity_id", "valid_to"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"))
    side: Mapped[str] = mapped_column(String(10))
    entity_id: Mapped[int] = mapped_column(ForeignKey("entity.id"))
    metric: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
    known_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
