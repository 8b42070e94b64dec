"""The line of the last 24 hours: where it runs in a small picture. Pure.

An hour without a unit cost is a gap, never a zero; one in which money was spent for nothing is
a mark at the top.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from costs.rows import Glance

WIDTH, HEIGHT, MARGIN = 120, 32, 3
_HIGHEST = 3
"""One hour of ten times the target would flatten all others: above three times it is cut."""


@dataclass(frozen=True, slots=True)
class Spark:
    """Where to draw. `line` is the path, `dots` are hours that have no neighbour."""

    line: str
    dots: tuple[tuple[int, int], ...]
    last: tuple[int, int] | None
    for_nothing: tuple[int, ...]
    """Where an hour spent money and had no result."""
    target: int | None
    lowest: Decimal | None
    highest: Decimal | None


def spark_of(hours: Sequence[Glance], target: int | None) -> Spark:
    """Return the picture of some hours, oldest first."""
    costs = [hour.unit_cost for hour in hours]
    known = [cost for cost in costs if cost is not None]
    top = _top(known, target)
    points = [
        None if cost is None else (_x(place, len(hours)), _y(cost, top))
        for place, cost in enumerate(costs)
    ]
    runs = _runs(points)
    return Spark(
        line="".join(_path(run) for run in runs if len(run) > 1),
        dots=tuple(run[0] for run in runs if len(run) == 1),
        last=next((point for point in reversed(points) if point is not None), None),
        for_nothing=tuple(
            _x(place, len(hours))
            for place, hour in enumerate(hours)
            if hour.unit_cost is None and (hour.spend or 0) > 0
        ),
        target=None if not target else _y(Decimal(target), top),
        lowest=min(known, default=None),
        highest=max(known, default=None),
    )


def _top(known: Sequence[Decimal], target: int | None) -> Decimal:
    highest = max(known, default=Decimal(1))
    if not target:
        return max(highest, Decimal(1))
    return max(min(highest, Decimal(_HIGHEST * target)), Decimal(target) * 5 / 4)


def _x(place: int, places: int) -> int:
    return MARGIN + round(place * (WIDTH - 2 * MARGIN) / max(places - 1, 1))


def _y(cost: Decimal, top: Decimal) -> int:
    share = min(cost / top, Decimal(1))
    return HEIGHT - MARGIN - round(share * (HEIGHT - 2 * MARGIN))


def _runs(points: Sequence[tuple[int, int] | None]) -> list[list[tuple[int, int]]]:
    runs: list[list[tuple[int, int]]] = [[]]
    for point in points:
        if point is not None:
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def _path(run: Sequence[tuple[int, int]]) -> str:
    (x, y), *others = run
    return f"M{x} {y}" + "".join(f"L{x} {y}" for x, y in others)
