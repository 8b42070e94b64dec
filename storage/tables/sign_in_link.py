"""The one-time links by which people sign logins in."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class SignInLinkRow(Base):
    """One link. All moments are on the database's clock; the digests are SHA-256, in hex.

    Free: `browser_digest` is NULL. `claimed_by` is the name the person gave.
    """

    __tablename__ = "sign_in_link"
    __table_args__ = (Index(None, "login_id"), Index(None, "browser_digest"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"))
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    made_by: Mapped[str] = mapped_column(String(200))
    made_for: Mapped[str] = mapped_column(String(200))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str | None] = mapped_column(String(200))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    browser_digest: Mapped[str | None] = mapped_column(String(64))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(Text)
