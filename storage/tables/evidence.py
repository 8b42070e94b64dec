"""The index of the evidence files."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import UtcDateTime
from storage.tables.declarative import TABLE_OPTIONS, Base


class EvidenceRow(Base):
    """One sealed file of evidence: `path`, relative to the evidence folder of `machine`.

    `taken_at` is business time, `bytes` what the file takes on the disk.
    """

    __tablename__ = "evidence"
    __table_args__ = (Index(None, "taken_at"), TABLE_OPTIONS)

    id: Mapped[str] = mapped_column(String(60), primary_key=True)
    login: Mapped[str] = mapped_column(String(100))
    site: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[str] = mapped_column(String(20))
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime)
    bytes: Mapped[int] = mapped_column(BigInteger)
    machine: Mapped[str] = mapped_column(String(200))
    path: Mapped[str] = mapped_column(String(200))
