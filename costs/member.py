"""A member of a watch: one metric of one entity on one side, for a span of slots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.entity import EntityKey
from domain.metric import Metric


class Side(StrEnum):
    """The two sides of the division."""

    SPEND = "spend"
    RESULTS = "results"


@dataclass(frozen=True, slots=True)
class Member:
    """Valid for slots in [valid_from, valid_to).

    `born_after` is a fact about the entity: the last slot at which its account's whole list was
    read and the entity was not yet there. None where nobody saw it missing (it was there
    from the first list on, or came by hand). It is never set anew when an entity that had
    rested returns, as such an entity does not begin at zero.
    """

    entity: EntityKey
    metric: Metric
    side: Side
    valid_from: datetime
    valid_to: datetime | None = None
    born_after: datetime | None = None

    def valid_at(self, slot_at: datetime) -> bool:
        """Whether the slot belongs to the membership."""
        return self.valid_from <= slot_at and (self.valid_to is None or slot_at < self.valid_to)
