"""Clients (광고주) and the owners (담당자) who look after them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class ClientRow(Base):
    """An advertiser."""

    __tablename__ = "client"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    enabled: Mapped[bool]


class OwnerRow(Base):
    """A marketer; `locale` is the language of what is sent."""

    __tablename__ = "owner"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    locale: Mapped[str] = mapped_column(String(20))
    enabled: Mapped[bool]


class ClientOwnerRow(Base):
    """Who looked after a client from when to when (business time)."""

    __tablename__ = "client_owner"
    __table_args__ = (Index(None, "client_id", "valid_from"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    client_id: Mapped[int] = mapped_column(ForeignKey("client.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("owner.id"))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
