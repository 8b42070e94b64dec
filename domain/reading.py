"""The one type that flows from a page to the cost calculator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from domain.entity import EntityKey


@dataclass(frozen=True, slots=True)
class Reading:
    """One value of one metric of one entity, seen at one moment.

    `value` is a whole number of the metric's unit (won: minor units of KRW, which has none).
    `business_date` is what the page or its answer says, in the site's time zone. `slot_at` is
    the visit's planned moment, `observed_at` when the page's data came (both aware UTC).
    `shown` is the text as the page displayed it.

    Two readings with the same entity, metric, business_date and slot_at are revisions of one
    another; storage numbers them from 0 and keeps all.
    """

    entity: EntityKey
    metric: str
    business_date: date
    value: int
    slot_at: datetime
    observed_at: datetime
    shown: str = ""
