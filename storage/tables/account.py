"""Accounts: what the sites call ad accounts and channels."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import FourPlaces, Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class AccountRow(Base):
    """`declared_name` was given by a person, `seen_name` by the site; the former wins.

    `login_id` NULL: people bring its numbers, nobody visits it.
    """

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("site", "external_id"),
        Index(None, "login_id"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    site: Mapped[str] = mapped_column(String(60))
    external_id: Mapped[str] = mapped_column(String(190))
    login_id: Mapped[int | None] = mapped_column(ForeignKey("login.id"))
    client_id: Mapped[int | None] = mapped_column(ForeignKey("client.id"))
    declared_name: Mapped[str | None] = mapped_column(String(200))
    seen_name: Mapped[str | None] = mapped_column(String(200))
    enabled: Mapped[bool]


class AccountTermsRow(Base):
    """How an account's money is to be understood, from when to when (business time)."""

    __tablename__ = "account_terms"
    __table_args__ = (Index(None, "account_id", "valid_from"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    currency: Mapped[str] = mapped_column(String(3))
    vat_included: Mapped[bool]
    vat_rate: Mapped[Decimal] = mapped_column(FourPlaces)
    time_zone: Mapped[str] = mapped_column(String(60))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)


class AccountListingRow(Base):
    """The last slot at which all entities of a kind in an account were listed."""

    __tablename__ = "account_listing"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    listed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AccountSightingRow(Base):
    """An account that a login can see, in the inventory or not (`danga entity discover`)."""

    __tablename__ = "account_sighting"

    login_id: Mapped[int] = mapped_column(ForeignKey("login.id"), primary_key=True)
    site: Mapped[str] = mapped_column(String(60), primary_key=True)
    external_id: Mapped[str] = mapped_column(String(190), primary_key=True)
    shown_name: Mapped[str] = mapped_column(String(200))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
