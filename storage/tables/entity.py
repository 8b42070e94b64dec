"""Entities, and the rules by which new ones are followed."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Key, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class EntityRow(Base):
    """A campaign, ad group, creative or channel; all moments are slots.

    `born_after`: the last slot at which all of the account's entities of this kind were listed
    and this one was not among them. NULL: nobody saw it missing. Never set anew.
    """

    __tablename__ = "entity"
    __table_args__ = (
        UniqueConstraint("account_id", "kind", "external_id"),
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[str] = mapped_column(String(20))
    external_id: Mapped[str] = mapped_column(String(190))
    name: Mapped[str] = mapped_column(String(300))
    parent: Mapped[str | None] = mapped_column(String(190))
    state: Mapped[str] = mapped_column(String(20))
    first_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    born_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resting_since: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FollowRuleRow(Base):
    """What is followed in an account, or in all accounts of a login, from when to when."""

    __tablename__ = "follow_rule"
    __table_args__ = (Index(None, "account_id"), Index(None, "login_id"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(Key, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    login_id: Mapped[int | None] = mapped_column(ForeignKey("login.id"))
    level: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(300))
    valid_from: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_to: Mapped[datetime | None] = mapped_column(UtcDateTime)
