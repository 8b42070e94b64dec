"""One value of a file, understood: of what, of when, how much."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum

from domain.entity import EntityKey
from domain.metric import Metric
from workers.sheets.table import Cell


class Grain(StrEnum):
    """How finely a file tells of a date."""

    DAY = "day"
    """One figure for the whole date."""
    HOUR = "hour"
    """What each hour brought (of a level: where it stood at its end)."""
    MOMENT = "moment"
    """The running figure at a moment of the date."""


@dataclass(frozen=True, slots=True)
class Target:
    """The series that a row speaks of: a metric of an entity; amounts in `currency`."""

    entity_id: int
    entity: EntityKey
    metric: Metric
    currency: str


@dataclass(frozen=True, slots=True)
class Brought:
    """A value in counts or minor units; `cell` is where it stands."""

    target: Target
    day: date
    value: int
    cell: Cell
    hour: int | None = None
    time: time | None = None

    @property
    def grain(self) -> Grain:
        """How finely its row tells."""
        if self.hour is not None:
            return Grain.HOUR
        return Grain.DAY if self.time is None else Grain.MOMENT
