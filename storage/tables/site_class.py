"""Which versions of a site's class were met, and whether their readings are believed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class SiteClassRow(Base):
    """`fingerprint` is a hash of the class's source; `since` is on the database's clock.

    `canary` is the account (the site's id) that a changed class reads first.
    """

    __tablename__ = "site_class"
    __table_args__ = (TABLE_OPTIONS,)

    site: Mapped[str] = mapped_column(String(60), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64), primary_key=True)
    state: Mapped[str] = mapped_column(String(20))
    canary: Mapped[str | None] = mapped_column(String(190))
    detail: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
