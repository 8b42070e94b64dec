"""Unit costs per slot, hour and day: derived from readings, rebuildable at any time.

A rebuild writes its rows under a new generation beside the old ones; `cost_month` says which one
counts, so that all of it changes at once. Rows of a month that never was rebuilt are those of
generation 0, and it has no row in `cost_month`.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import FourPlaces, JsonText, Key, UtcDateTime, Won
from storage.tables.declarative import TABLE_OPTIONS, Base


class UnitCostSlotRow(Base):
    """One interval of a watch, ending at `slot_at`. NULL is unknown, never zero."""

    __tablename__ = "unit_cost_slot"
    __table_args__ = (
        # Where all watches stand now.
        Index(None, "slot_at"),
        TABLE_OPTIONS,
    )

    watch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    slot_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    interval_start: Mapped[datetime] = mapped_column(UtcDateTime)
    spend: Mapped[int | None] = mapped_column(Won)
    results: Mapped[int | None] = mapped_column(Won)
    unit_cost: Mapped[Decimal | None] = mapped_column(FourPlaces)
    unpaired_spend: Mapped[int | None] = mapped_column(Won)
    spend_net: Mapped[Decimal | None] = mapped_column(FourPlaces)
    spend_basis: Mapped[Decimal | None] = mapped_column(FourPlaces)
    flags: Mapped[list[str]] = mapped_column(JsonText)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    generation: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, server_default="0"
    )


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
    spend_net: Mapped[Decimal | None] = mapped_column(FourPlaces)
    spend_basis: Mapped[Decimal | None] = mapped_column(FourPlaces)
    flags: Mapped[list[str]] = mapped_column(JsonText)
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    generation: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, server_default="0"
    )


class UnitCostDayRow(Base):
    """One business date of a watch: the sum of its hours."""

    __tablename__ = "unit_cost_day"
    __table_args__ = (
        # Reports show a date, or a span of dates, for all watches.
        Index(None, "business_date", "watch_id"),
        TABLE_OPTIONS,
    )

    watch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    spend: Mapped[int | None] = mapped_column(Won)
    results: Mapped[int | None] = mapped_column(Won)
    unit_cost: Mapped[Decimal | None] = mapped_column(FourPlaces)
    unpaired_spend: Mapped[int | None] = mapped_column(Won)
    spend_net: Mapped[Decimal | None] = mapped_column(FourPlaces)
    spend_basis: Mapped[Decimal | None] = mapped_column(FourPlaces)
    flags: Mapped[list[str]] = mapped_column(JsonText)
    is_final: Mapped[bool]
    computed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class CostMonthRow(Base):
    """Which generation of a watch's month counts; no row: generation 0, never rebuilt.

    `building` is the generation that a rebuild is writing: it gets new readings, too, and counts
    as soon as all of it is there.
    """

    __tablename__ = "cost_month"
    __table_args__ = (Index(None, "building"), TABLE_OPTIONS)

    watch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    last_date: Mapped[date]
    begins_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    generation: Mapped[int]
    building: Mapped[int | None]


class CostGenerationRow(Base):
    """One rebuild: of which months, by whom, and when what it wrote began to count."""

    __tablename__ = "cost_generation"

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    first_month: Mapped[date]
    last_month: Mapped[date]
    watch: Mapped[str | None] = mapped_column(String(100))
    begun_by: Mapped[str] = mapped_column(String(200))
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rows_differ: Mapped[int] = mapped_column(Won)
