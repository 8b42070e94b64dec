"""Sites and their policies, as workers read them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine, select

from domain.policy import SitePolicy
from storage.errors import UnknownName
from storage.policy_json import policy_from_json
from storage.tables import SiteRow
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """A site that is visited."""

    id: int
    name: str
    policy: SitePolicy


class SiteBook:
    """The sites that are not closed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[SiteRecord, ...]:
        """Return all of them by name."""
        rows = (
            select(SiteRow.id, SiteRow.name, SiteRow.policy)
            .where(SiteRow.enabled)
            .order_by(SiteRow.name)
        )
        with reading(self._engine) as connection:
            return tuple(
                SiteRecord(row.id, row.name, policy_from_json(row.policy))
                for row in connection.execute(rows)
            )

    def get(self, name: str) -> SiteRecord:
        """Return the site called `name`.

        Raises:
            UnknownName: there is none, or it is closed.
        """
        for site in self.all():
            if site.name == name:
                return site
        raise UnknownName(f"There is no site {name!r}")
