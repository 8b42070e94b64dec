"""How a number grows through one business date: whole numbers, never falling.

A day has a total and 24 hourly weights, drawn from the seed. Between hours it grows evenly by
the second. Everything is integer arithmetic, so every machine tells the same truth.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import accumulate
from random import Random

DAY_SECONDS = 86_400
USUAL_HOURS = (4, 2, 1, 1, 1, 2, 4, 7, 9, 11, 12, 12, 13, 12, 11, 11, 11, 12, 13, 14, 15, 14, 11, 7)


@dataclass(frozen=True, slots=True)
class DayCurve:
    """The growth of one metric of one thing on one date."""

    total: int
    weights: tuple[int, ...]
    before: tuple[int, ...]
    """Sum of the weights of the hours before each hour; the 25th is the sum of all."""

    def at(self, second: int) -> int:
        """Return the value `second` seconds after midnight; before 0 it is 0, then the total."""
        inside = min(max(second, 0), DAY_SECONDS)
        hour, rest = divmod(inside, 3600)
        if hour == 24:
            return self.total
        reached = self.before[hour] * 3600 + self.weights[hour] * rest
        return self.total * reached // (self.before[24] * 3600)


@lru_cache(maxsize=200_000)
def day_curve(key: str, day: date, total: int) -> DayCurve:
    """Return the curve of what `key` names on `day`; the same key always gives the same curve."""
    draw = Random(f"{key}:{day}:shape")
    weights = tuple(usual * draw.randint(60, 140) for usual in USUAL_HOURS)
    return DayCurve(total, weights, (0, *accumulate(weights)))
