"""Which login goes through which proxy, and which proxies rest."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import Base


class ProxyAssignmentRow(Base):
    """A login keeps its proxy across restarts; moves are counted per business date."""

    __tablename__ = "proxy_assignment"

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), primary_key=True)
    proxy_id: Mapped[str] = mapped_column(String(100))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    moves_today: Mapped[int]
    refused_moves_today: Mapped[int]
    moves_date: Mapped[date]


class ProxyRestRow(Base):
    """A proxy that failed or was refused; its moments are on the database's clock.

    The row stays after the rest until a page comes through the proxy; `probed_at` says that a
    probe found it well before.
    """

    __tablename__ = "proxy_rest"

    proxy_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    rested_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resting_until: Mapped[datetime] = mapped_column(UtcDateTime)
    probed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failures: Mapped[int]
    reason: Mapped[str] = mapped_column(Text)
