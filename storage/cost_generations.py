"""The rebuilds there were, and the end of what they replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Engine, select

from storage.tables import CostGenerationRow
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class Generation:
    """One rebuild; `watch` None: of all watches, `live_at` None: it never counted."""

    id: int
    first_month: date
    last_month: date
    watch: str | None
    begun_by: str
    begun_at: datetime
    live_at: datetime | None
    rows_differ: int


def generations(engine: Engine, most: int = 50) -> Sequence[Generation]:
    """Return the rebuilds, the newest first."""
    columns = CostGenerationRow.__table__.columns
    wanted = select(*columns).order_by(columns.id.desc()).limit(most)
    with reading(engine) as connection:
        return [Generation(*row) for row in connection.execute(wanted)]
