"""Watches that cannot be computed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import Base


class WatchTroubleRow(Base):
    """Why a watch keeps the rows it had; gone as soon as it is computed again.

    `since` is business time; `cure` is what a person does about it.
    """

    __tablename__ = "watch_trouble"

    watch_id: Mapped[int] = mapped_column(ForeignKey("watch.id"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(Text)
    cure: Mapped[str] = mapped_column(Text)
