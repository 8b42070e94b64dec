"""Signs of life of the processes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from storage.columns import JsonText, UtcDateTime
from storage.tables.declarative import Base


class WorkerHeartbeatRow(Base):
    """`seen_at` is on the database's clock.

    `key_ids` are the ids of the keys that it opens sessions with, newest first (NULL: none); `runs`
    are marks of its package, and of the policies and classes of sites that it goes by.
    """

    __tablename__ = "worker_heartbeat"

    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    key_ids: Mapped[list[str] | None] = mapped_column(JsonText)
    runs: Mapped[dict[str, Any] | None] = mapped_column(JsonText)
