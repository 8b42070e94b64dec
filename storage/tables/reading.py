"""Readings: append-only, the source of every number."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime, Won
from storage.tables.declarative import TABLE_OPTIONS, Base


class ReadingRow(Base):
    """One value of one metric of one entity; NULL: an import was undone, and nothing is known.

    MySQL partitions it by the month of `slot_at` (`storage/partitions.py`): so no foreign keys
    and no auto-increment, and every unique key holds `slot_at`. There is one key and no further
    index: the calculator asks for a span of slots of an entity's metric, and so do all others.
    """

    __tablename__ = "reading"
    __table_args__ = ({**TABLE_OPTIONS, "sqlite_with_rowid": False},)

    entity_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    metric: Mapped[str] = mapped_column(String(40), primary_key=True)
    slot_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int | None] = mapped_column(Won)
    observed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    shown: Mapped[str] = mapped_column(String(100))
    visit_id: Mapped[int | None] = mapped_column(BigInteger)
    known_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    import_id: Mapped[int | None] = mapped_column(BigInteger)
