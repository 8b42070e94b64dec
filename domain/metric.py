"""A metric: the name of one number of an entity, its kind and its unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class MetricKind(StrEnum):
    """How a metric's value moves, and so what the difference of two readings means."""

    DAILY_CUMULATIVE = "daily_cumulative"
    """Grows from zero through one business date (spend today)."""
    LIFETIME_CUMULATIVE = "lifetime_cumulative"
    """Grows since the entity began (conversions since start)."""
    GAUGE = "gauge"
    """A level that rises and falls (friends); its difference is net."""


class Unit(StrEnum):
    """What one step of the whole number counts."""

    MONEY = "money"
    """Minor units of the account's currency: won, cents."""
    COUNT = "count"
    WON = MONEY
    """What classes called it that were written when there was only won."""


@dataclass(frozen=True, slots=True)
class Metric:
    """Declared by a site class: `Metric("spend", MetricKind.DAILY_CUMULATIVE, Unit.MONEY)`."""

    name: str
    kind: MetricKind
    unit: Unit
    is_judged: bool = True
    """Whether a value that jumps is held until the next confirms it; what people bring is not."""
