"""Clients who leave, and how far that has come."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import Base


class ClientLeaveRow(Base):
    """The last leave of a client: begun, then its numbers exported, its secrets erased, finished.

    All moments are on the database's clock.
    """

    __tablename__ = "client_leave"

    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"), primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    begun_by: Mapped[str] = mapped_column(String(200))
    exported_to: Mapped[str | None] = mapped_column(Text)
    exported_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    erased_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
