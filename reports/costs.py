"""Where a report takes the calculator's rows from: as they stand, or as they once were known."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from costs.rows import DayCost, Glance, HourCost, SlotCost
from costs.spend_pacing import HourSpend


class Costs(Protocol):
    """Rows by watch, ascending; a watch without rows is left out. `CostReader` is the usual one."""

    def slots(
        self, watches: Collection[int], since: datetime, until: datetime
    ) -> Mapping[int, tuple[SlotCost, ...]]:
        """Return the intervals that end in [since, until]."""
        ...

    def hours_at(
        self, watches: Collection[int], moments: Collection[datetime]
    ) -> Mapping[int, tuple[HourCost, ...]]:
        """Return the hours that begin at these moments."""
        ...

    def glances(
        self, watches: Collection[int], since: datetime, until: datetime
    ) -> Mapping[int, Mapping[datetime, Glance]]:
        """Return what a small picture shows of the hours that begin in [since, until)."""
        ...

    def dated_hours(
        self, watches: Collection[int], since: date, until: date
    ) -> Mapping[int, tuple[HourCost, ...]]:
        """Return the hours of the business dates `since` to `until`, both included."""
        ...

    def spend_around(
        self, watches: Collection[int], dates: Collection[date], hour: int
    ) -> Mapping[int, Mapping[date, tuple[HourSpend, ...]]]:
        """Return all spend of some dates; hours may be summed up.

        But for `hour` and the one before it, which stand alone.
        """
        ...

    def days(
        self, watches: Collection[int], since: date, until: date
    ) -> Mapping[int, tuple[DayCost, ...]]:
        """Return the business dates `since` to `until`, both included."""
        ...

    def last_pair_points(self, watches: Collection[int], until: datetime) -> Mapping[int, datetime]:
        """Return the newest slot of each watch, up to `until`, at which both sides were read."""
        ...
