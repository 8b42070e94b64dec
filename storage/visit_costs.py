"""How many requests visits took of late: what another one will cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, func, select

from domain.visit import VisitKind
from storage.tables import LoginRow, VisitRow
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class Taken:
    """What visits of one kind took: requests of all of them, in so many slots."""

    visits: int = 0
    slots: int = 0
    requests: int = 0

    @property
    def per_visit(self) -> int | None:
        """Requests of a visit, rounded up; None: there was none."""
        return -(-self.requests // self.visits) if self.visits else None

    @property
    def per_slot(self) -> int:
        """Requests of a slot, rounded up; 0 where there was none."""
        return -(-self.requests // self.slots) if self.slots else 0


class VisitCosts:
    """The visits of logins that sign in at one site."""

    def __init__(self, engine: Engine, site: str) -> None:
        self._engine = engine
        self._site = site

    def taken(self, kind: VisitKind, since: datetime) -> Taken:
        """Return what visits took that read a page, in slots after `since` (business time).

        Where a visit reads several sites its requests are counted whole: rather too many.
        """
        wanted = (
            select(
                func.count(),
                func.count(VisitRow.planned_at.distinct()),
                func.coalesce(func.sum(VisitRow.requests), 0),
            )
            .join(LoginRow, LoginRow.id == VisitRow.login_id)
            .where(
                LoginRow.home_site == self._site,
                VisitRow.kind == kind,
                VisitRow.planned_at > since,
                VisitRow.pages_read > 0,
            )
        )
        with reading(self._engine) as connection:
            # What MySQL sums up comes as a decimal.
            return Taken(*(int(one) for one in connection.execute(wanted).one()))
