"""A budget that a person changed for a while, without touching danga.yaml."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from domain.request_budget import RequestBudget


@dataclass(frozen=True, slots=True)
class PaceOverride:
    """What holds instead of the policy until `until`; None: as the policy says.

    `since` and `until` are on the database's clock.
    """

    site: str
    by: str
    reason: str
    since: datetime
    until: datetime
    requests_per_second: float | None = None
    burst: int | None = None
    concurrent_visits: int | None = None

    @property
    def changes(self) -> Iterator[tuple[str, float]]:
        """Each setting that it changes, and its value."""
        for name in ("requests_per_second", "burst", "concurrent_visits"):
            value = getattr(self, name)
            if value is not None:
                yield name, value

    def applied_to(self, budget: RequestBudget) -> RequestBudget:
        """Return the budget that holds meanwhile; its floor is never above its rate."""
        changed: dict[str, float | None] = dict(self.changes)
        rate = self.requests_per_second
        if rate is not None and budget.floor_per_second is not None:
            changed["floor_per_second"] = min(budget.floor_per_second, rate)
        return replace(budget, **changed)  # type: ignore[arg-type]

    def __str__(self) -> str:
        """Say it as a person reads it."""
        what = ", ".join(f"{name} {value:g}" for name, value in self.changes)
        return f"{what} until {self.until:%Y-%m-%d %H:%M} UTC by {self.by}"
