"""Closed months: the figures of each watch and day as they were when an accountant kept them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import FourPlaces, UtcDateTime, Won
from storage.tables.declarative import Base


class ClosedMonthRow(Base):
    """Who closed a month and when; `is_provisional`: some of its days were not final."""

    __tablename__ = "closed_month"

    month: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_by: Mapped[str] = mapped_column(String(200))
    is_provisional: Mapped[bool]


class ClosedDayRow(Base):
    """One day of a watch, as `unit_cost_day` had it when its month was closed."""

    __tablename__ = "closed_day"

    watch_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    business_date: Mapped[date] = mapped_column(primary_key=True)
    spend: Mapped[int | None] = mapped_column(Won)
    spend_net: Mapped[Decimal | None] = mapped_column(FourPlaces)
    results: Mapped[int | None] = mapped_column(Won)
    unit_cost: Mapped[Decimal | None] = mapped_column(FourPlaces)
    unpaired_spend: Mapped[int | None] = mapped_column(Won)
    is_final: Mapped[bool]
