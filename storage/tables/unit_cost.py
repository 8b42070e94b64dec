"""Unit costs per slot and per hour: derived from readings, rebuildable at any time."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import FourPlaces, JsonText, UtcDateTime, Won
from storage.tables.declarative import TABLE_OPTIONS, Base


class UnitCostSlotRow(Base):
    """One interval of a watch, ending at `slot_at`. NULL is unknown, never zero."""

    __tablename__ = "unit_cost_slot"

    watch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    slot_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(UtcDateTime)
    spend: Mapped[int | None] = mapped_column(Won)
    results: Mapped[int | None] = mapped_column(Won)
    unit_cost: Mapped[Decimal | None] = mapped_column(FourPlaces)
    unpaired_spend: Mapped[int | None] = mapped_column(Won)
    flags: Mapped[list[str]] = mapped_column(JsonText)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class UnitCostHourRow(Base):
    """One hour of a watch on the site's wall; `hour_at` is its beginning in UTC."""

    __tablename__ = "unit_cost_hour"
    __table_args__ = (
        # Reports show a business date hour by hour, for all watches.
        Index(None, "business_date", "watch_id"),
        TABLE_OPTIONS,
    )

    watch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    hour_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    business_date: Mapped[date]
    hour: Mapped[int]
    spend: Mapped[int | None] = mapped_column(Won)
    results: Mapped[int | None] = mapped_column(Won)
    unit_cost: Mapped[Decimal | None] = mapped_column(FourPlaces)
    unpaired_spend: Mapped[int | None] = mapped_column(Won)
    flags: Mapped[list[str]] = mapped_column(JsonText)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
