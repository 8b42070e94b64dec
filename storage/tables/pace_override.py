"""Request budgets that a person changed for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Double, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import Base


class PaceOverrideRow(Base):
    """No row, or one whose `until` is over: the policy of the site holds. On the database's clock.

    A setting that is NULL is as the policy says.
    """

    __tablename__ = "pace_override"

    site: Mapped[str] = mapped_column(String(60), primary_key=True)
    by: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    requests_per_second: Mapped[float | None] = mapped_column(Double)
    burst: Mapped[int | None]
    concurrent_visits: Mapped[int | None]
