"""The last page of each account and business date, kept as proof."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import Sealed, UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class ProofPageRow(Base):
    """One page as it was read last of a business date; a later page of that date replaces it.

    `taken_at` and `slot_at` are business time, `bytes` those of `ciphertext`.
    """

    __tablename__ = "proof_page"
    __table_args__ = (
        Index(None, "business_date"),
        Index(None, "site", "account", "business_date"),
        TABLE_OPTIONS,
    )

    id: Mapped[str] = mapped_column(String(330), primary_key=True)
    site: Mapped[str] = mapped_column(String(60))
    account: Mapped[str] = mapped_column(String(190))
    business_date: Mapped[date]
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    slot_at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    visit_id: Mapped[int] = mapped_column(BigInteger)
    ciphertext: Mapped[bytes] = mapped_column(Sealed)
    bytes: Mapped[int]
