"""Which readings are too strange to be used before the next one confirms them.

A page can show a wrong number in the right place (a cached total, another unit, yesterday's
sum under today's date). A value that jumps out of its own series is *held*: it counts only
once the next reading keeps at least half of the jump. If the next reading is back where the
series was, the held one is left out for good.

Two rules, by kind of metric:

- `daily_cumulative`: it rose more than `rise_times` the pace of its day so far (after midnight:
  of the day before), and by at least the floor. A fall is a refund and is never held.
- `lifetime_cumulative` and `gauge`: it moved by more than `move_percent` of its value, and by
  at least the floor.

A reading is judged by its two predecessors of the same or the preceding business date and by
its successor of the same date and membership, never by anything further away; so a
recalculation that begins a day earlier judges as one that begins at the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.business_day import BusinessDay
from domain.metric import Metric, MetricKind, Unit
from domain.reading import Reading
from domain.slot import SLOT

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a value may jump."""

    rise_times: int = 20
    move_percent: int = 50
    floor_money: int = 100_000
    """In minor units: 100,000 won, 1,000.00 dollars."""
    floor_count: int = 100

    def floor(self, unit: Unit) -> int:
        """Return the jump below which nothing is held."""
        return self.floor_money if unit is Unit.MONEY else self.floor_count


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the readings of one series.

    `together` says whether two slots lie in the same membership: one that a member's return
    after a rest confirmed would change rows long past.
    """

    metric: Metric
    day: BusinessDay
    limits: Limits
    together: Callable[[datetime, datetime], bool]

    def held(self, series: Sequence[Reading]) -> frozenset[datetime]:
        """Return the slots whose reading is held; `series` ascends by slot."""
        if not self.metric.is_judged:
            return frozenset()
        return frozenset(
            reading.slot_at for at, reading in enumerate(series) if not self._usable(series, at)
        )

    def _usable(self, series: Sequence[Reading], at: int) -> bool:
        reference = self._reference(series, at)
        if reference is None or not self._jumps(reference, series[at]):
            return True
        if at + 1 == len(series):
            return False
        reading, following = series[at], series[at + 1]
        if reading.business_date != following.business_date:
            return False
        confirms = self._keeps(reference, reading, following)
        return confirms and self.together(reading.slot_at, following.slot_at)

    def _reference(self, series: Sequence[Reading], at: int) -> Reading | None:
        """Return the predecessor to compare with: the last, unless it was refuted by this one."""
        oldest = series[at].business_date - _ONE_DAY
        near = [r for r in series[max(0, at - 2) : at] if r.business_date >= oldest]
        if len(near) == 2 and self._jumps(near[0], near[1]):
            confirmed = self._keeps(near[0], near[1], series[at])
            return near[1] if confirmed else near[0]
        return near[-1] if near else None

    def _jumps(self, before: Reading, after: Reading) -> bool:
        rise = self._move(before, after)
        if abs(rise) < self.limits.floor(self.metric.unit) or before.value <= 0:
            return False
        if self.metric.kind is not MetricKind.DAILY_CUMULATIVE:
            return abs(rise) * 100 > before.value * self.limits.move_percent
        so_far = max(before.slot_at - self.day.starts(before.business_date), SLOT)
        since = max(before.slot_at, self.day.starts(after.business_date))
        gap = max(after.slot_at - since, SLOT)
        usual_by_so_far = before.value * _seconds(gap)
        return rise * _seconds(so_far) > self.limits.rise_times * usual_by_so_far

    def _keeps(self, before: Reading, held: Reading, after: Reading) -> bool:
        """Whether at least half of the jump to `held` is still there at `after`."""
        jump = self._move(before, held)
        daily = self.metric.kind is MetricKind.DAILY_CUMULATIVE
        if daily and after.business_date != held.business_date:
            return False
        left = jump + after.value - held.value
        return 2 * left >= jump if jump > 0 else 2 * left <= jump

    def _move(self, before: Reading, after: Reading) -> int:
        daily = self.metric.kind is MetricKind.DAILY_CUMULATIVE
        if daily and after.business_date != before.business_date:
            return after.value
        return after.value - before.value


def _seconds(span: timedelta) -> int:
    return span // timedelta(seconds=1)
