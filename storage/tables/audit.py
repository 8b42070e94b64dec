"""Who did what: append-only."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class AuditRow(Base):
    """One action of a person, or one change that the program made by itself.

    `at` is on the database's clock. `detail` holds plain values and never a secret.
    """

    __tablename__ = "audit"
    __table_args__ = (Index(None, "subject", "id"), Index(None, "at"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor: Mapped[str] = mapped_column(String(200))
    is_person: Mapped[bool]
    action: Mapped[str] = mapped_column(String(60))
    subject: Mapped[str] = mapped_column(String(250))
    reason: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JsonText)
