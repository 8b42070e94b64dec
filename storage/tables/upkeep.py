"""What keeps the database in order: when it was done, and how far back readings reach."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import Base


class ChoreRow(Base):
    """Work that one process does now and then; `begun_at` is on the database's clock."""

    __tablename__ = "chore"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ReadingsKeptRow(Base):
    """From which slot on (business time) readings are kept; no row: all of them, ever since."""

    __tablename__ = "readings_kept"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
