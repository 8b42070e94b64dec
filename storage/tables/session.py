"""The versions of each login's session, sealed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Sealed, UtcDateTime
from storage.tables.declarative import Base


class SessionVersionRow(Base):
    """One saved session; versions count from 1 per login, the newest is in use.

    All but `ciphertext` is for people's eyes and holds no secret. `saved_by` is a visit or a
    person. `ends_at` is when the last dated cookie ends (NULL: none has a date). `created_at`
    is on the database's clock.
    """

    __tablename__ = "session_version"

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ciphertext: Mapped[bytes] = mapped_column(Sealed)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    saved_by: Mapped[str] = mapped_column(String(200))
    user_agent: Mapped[str | None] = mapped_column(String(500))
    cookies_count: Mapped[int]
    ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
