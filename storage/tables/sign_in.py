"""Every signing in of a login, and the session that came of it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class SignInRow(Base):
    """`at` is on the database's clock; `began_at`, `alive_at` and `ended_at` are business time.

    `token` is that of the lease under which it was done. `password_mark` is a keyed hash of the
    password that the site refused, so that it is never typed again; NULL otherwise.
    """

    __tablename__ = "sign_in"
    __table_args__ = (Index(None, "login_id", "id"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"))
    kind: Mapped[str] = mapped_column(String(20))
    who: Mapped[str] = mapped_column(String(200))
    token: Mapped[int | None] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20))
    verdict: Mapped[str | None] = mapped_column(String(20))
    alive_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expired: Mapped[bool]
    password_mark: Mapped[str | None] = mapped_column(String(64))
