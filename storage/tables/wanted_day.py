"""Past days that an operator asked for (`danga backfill`)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class WantedDayRow(Base):
    """A past date that a login is to read. `asked_at` and `planned_at` are business time.

    The scheduler makes a visit of it when there is room, so that a request for months lives longer
    than any visit does. `tries` counts the visits that failed; `visit_id` is the last one.
    """

    __tablename__ = "wanted_day"
    __table_args__ = (
        # The scheduler's question each minute: what waits, the oldest date first?
        Index(None, "state", "business_date"),
        TABLE_OPTIONS,
    )

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), primary_key=True)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    tries: Mapped[int]
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(200))
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"))
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    detail: Mapped[str] = mapped_column(Text)
