"""Watches whose cost alerts nobody wants to hear for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import Base


class AlertMuteRow(Base):
    """No row, or one whose `until` is over: its alerts are told. Business time."""

    __tablename__ = "alert_mute"

    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
