"""Sites with their policy of now and its history."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class SiteRow(Base):
    """`policy`: class reference, base url, request budget, what follows a refusal."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    policy: Mapped[dict[str, Any]] = mapped_column(JsonText)
    enabled: Mapped[bool]


class SitePolicyRow(Base):
    """Which policy held from when to when (business time), and who applied it."""

    __tablename__ = "site_policy"
    __table_args__ = (Index(None, "site_id", "valid_from"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    policy: Mapped[dict[str, Any]] = mapped_column(JsonText)
    author: Mapped[str] = mapped_column(String(100))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
