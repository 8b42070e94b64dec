"""Visits: one browser session of one login in one slot, and the pages it read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class VisitRow(Base):
    """`planned_at` is business time (the slot); all other moments are the database's clock.

    `token` is that of the lease under which it ran last. Counts add up over all attempts.
    """

    __tablename__ = "visit"
    __table_args__ = (
        UniqueConstraint("login_id", "planned_at", "kind"),
        # The dispatcher's question each minute: what is due, longest waiting first?
        Index(None, "state", "not_before"),
        # `danga visits`: the newest first.
        Index(None, "planned_at"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"))
    planned_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    business_date: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20))
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    token: Mapped[int] = mapped_column(BigInteger)
    worker: Mapped[str | None] = mapped_column(String(200))
    verdict: Mapped[str | None] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text)
    requests: Mapped[int]
    bytes_received: Mapped[int] = mapped_column(BigInteger)
    pages_read: Mapped[int]
    pages_failed: Mapped[int]
    readings: Mapped[int]
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class VisitPageRow(Base):
    """One page of a visit, in the order in which they were visited.

    `progress` lets a later attempt go on where an earlier one ended; it is keyed by its `url`.
    """

    __tablename__ = "visit_page"
    # `danga site load`: what a site got since a moment.
    __table_args__ = (Index(None, "site", "visited_at"), TABLE_OPTIONS)

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    site: Mapped[str] = mapped_column(String(60))
    page_kind: Mapped[str] = mapped_column(String(60))
    path: Mapped[str] = mapped_column(Text)
    account: Mapped[str | None] = mapped_column(String(190))
    verdict: Mapped[str] = mapped_column(String(20))
    detail: Mapped[str] = mapped_column(Text)
    requests: Mapped[int]
    bytes_received: Mapped[int] = mapped_column(BigInteger)
    readings: Mapped[int]
    steps: Mapped[list[str]] = mapped_column(JsonText)
    evidence_id: Mapped[str | None] = mapped_column(String(60))
    progress: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    visited_at: Mapped[datetime] = mapped_column(UtcDateTime)
