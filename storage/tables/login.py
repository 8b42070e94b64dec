"""Logins, and the one lock of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class LoginRow(Base):
    """An identity on one or several sites; it signs in at the first, `home_site`.

    `credential_source` is `stored`, `env:NAME`, or NULL: a person or an import signs in.
    `state` is a `SessionState`; `state_since`, `signed_in_at` (when its session began, NULL: not
    known) and `alive_at` (when the last page was read with it) are operational time.
    """

    __tablename__ = "login"
    __table_args__ = (Index(None, "home_site"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    name: Mapped[str] = mapped_column(String(100), unique=True)
    sites: Mapped[list[str]] = mapped_column(JsonText)
    home_site: Mapped[str] = mapped_column(String(60))
    username: Mapped[str | None] = mapped_column(String(200))
    credential_source: Mapped[str | None] = mapped_column(String(200))
    proxy: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
    state: Mapped[str] = mapped_column(String(20))
    state_reason: Mapped[str] = mapped_column(Text)
    state_since: Mapped[datetime] = mapped_column(UtcDateTime)
    enabled: Mapped[bool]
    signed_in_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alive_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class LoginLeaseRow(Base):
    """Who works with a login; `expires_at` is on the database's clock.

    `token` only grows: whoever comes with an older one is refused. Free: `holder` is NULL.
    """

    __tablename__ = "login_lease"

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    token: Mapped[int] = mapped_column(BigInteger)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
