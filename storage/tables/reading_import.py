"""Where readings come from that nobody visited: files that people brought."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import Base


class ReadingImportRow(Base):
    """One `danga reading import` that stored something, or the undoing of one.

    `imported_at` is business time. `series` names the metrics of entities that it stored, and
    `since`/`until` their slots, so that its readings are found by the index of the readings.
    """

    __tablename__ = "reading_import"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(250))
    sha256: Mapped[str] = mapped_column(String(64))
    readings: Mapped[int]
    series: Mapped[list[Any]] = mapped_column(JsonText)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    undoes: Mapped[int | None] = mapped_column(ForeignKey("reading_import.id"))
