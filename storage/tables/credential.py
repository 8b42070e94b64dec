"""Passwords, sealed under a key of their own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Sealed, UtcDateTime
from storage.tables.declarative import Base


class LoginCredentialRow(Base):
    """The password of a login whose `credential_source` is `stored`.

    `set_at` is on the database's clock.
    """

    __tablename__ = "login_credential"

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), primary_key=True)
    ciphertext: Mapped[bytes] = mapped_column(Sealed)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)
