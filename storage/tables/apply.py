"""Who changed the inventory when."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import Base


class InventoryApplyRow(Base):
    """One `danga apply` that changed something; `changes` as it was shown."""

    __tablename__ = "inventory_apply"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    applied_at: Mapped[datetime] = mapped_column(UtcDateTime)
    author: Mapped[str] = mapped_column(String(100))
    changes: Mapped[list[Any]] = mapped_column(JsonText)
