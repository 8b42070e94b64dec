"""When a watch burns money, and when the spend of a running ad has stopped. Pure.

What is raised and what is over follows from the rows and from whether somebody was told: the same
rows give the same answer whoever asks, how often, and after any restart. The figures behind every
constant are in `docs/decisions/0022-when-a-cost-is-an-alert.md`; `bench-numbers` measures them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from costs.rows import SlotCost
from costs.statistics import chance_over

TOO_MUCH = Decimal("1.2")
"""So many times the target is worth a message."""
LIKELY = 0.9
"""How sure one is, in each of two slots, that the unit cost is `TOO_MUCH`."""
CERTAIN = 0.9999
"""How sure, once, that it is over the target at all: 504 looks a week find chance everywhere."""
EVEN = 0.5
"""No more likely over the target than under it."""
CALM_SLOTS = 3
HOUR = timedelta(hours=1)
SPANS = tuple(timedelta(minutes=minutes) for minutes in (20, 40, 60, 120, 240, 480, 1440))
"""What is looked at, up to the newest slot: an ad that spends fast is known after a slot or two,
one that spends slowly after a night."""
STOPPED_FOR = HOUR
RAN_FOR = timedelta(hours=3)
LOOK_BACK = timedelta(hours=28)
"""How far back the rows have to reach."""
_DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a span up to the newest slot shows: money in minor units, as read."""

    span: timedelta
    spend: int
    results: int


def burning(
    rows: Sequence[SlotCost], target: int, told: bool, since: datetime | None = None
) -> Evidence | None:
    """Return the span that shows that the watch costs too much, or None: it does not.

    `rows` ascend and reach back `LOOK_BACK`. Where nobody was told yet, the last two slots both
    have to say so, and one span has to be certain. Once it was `told` it goes on until three
    slots in a row are no longer more likely over the target than under it; then the evidence is
    that of the last hour. Rows that began before `since` (when the last alert was over) are the
    past, and those whose amounts wait for a final figure say nothing.

    A row's net loss (friends who leave, a corrected conversion) counts as no result and never
    against results that came; a refund lowers the spend.

    >>> at = [datetime(2026, 3, 3, 10, 20 * n) for n in (0, 1, 2)]
    >>> def row(end, results):
    ...     return SlotCost(end, end - SPANS[0], 120_000, results, None, 0, frozenset())
    >>> burning([row(at[0], 4), row(at[1], 0), row(at[2], 0)], 30_000, told=False)
    Evidence(span=datetime.timedelta(seconds=2400), spend=240000, results=0)
    >>> burning([row(at[0], 4), row(at[1], 4), row(at[2], 0)], 30_000, told=False) is None
    True

    Raises:
        NoTarget: the target is 0 or less.
    """
    known = [row for row in rows if row.spend is not None and row.results is not None]
    if since is not None:
        known = [row for row in known if row.interval_start >= since]
    if told:
        calm = [_is_calm(known[: len(known) - back], target) for back in range(CALM_SLOTS)]
        return None if len(known) >= CALM_SLOTS and all(calm) else _within(known, HOUR)
    if len(known) < 2 or not _looks_bad(known[:-1], target) or not _looks_bad(known, target):
        return None
    found = [one for one in _too_much(known, target) if _chance(one, target) >= CERTAIN]
    return max(found, key=lambda one: _chance(one, target), default=None)


def stopped_since(
    rows: Sequence[SlotCost], week_ago: Sequence[SlotCost], told: bool
) -> datetime | None:
    """Return since when the spend of a running ad stands still, or None: it does not, or rests
    at this time of other days too.

    `week_ago`: the rows around the same time a week before, empty where nothing was read then.
    Running: each slot of the three hours before spent, and each of those hours around the same
    time yesterday and a week ago. Once `told`, it stands still until a slot spends again.
    """
    still = _standing_still(rows)
    if not still:
        return None
    begin = still[0].interval_start
    if told:
        return begin
    if still[-1].slot_at - begin < STOPPED_FOR or not _ran(rows, begin - RAN_FOR, begin):
        return None
    around = (begin - HOUR, begin - HOUR + RAN_FOR)
    if not _ran(rows, *(moment - _DAY for moment in around)):
        return None
    if week_ago and not _ran(week_ago, *(moment - WEEK for moment in around)):
        return None
    return begin


def _looks_bad(rows: Sequence[SlotCost], target: int) -> bool:
    """Whether the newest slot, for its own part, would raise the alert."""
    return not _is_calm(rows, target) and bool(_too_much(rows, target))


def _too_much(rows: Sequence[SlotCost], target: int) -> list[Evidence]:
    limit = target * TOO_MUCH
    shown = (_within(rows, span) for span in SPANS)
    return [
        one
        for one in shown
        if one.spend >= target and chance_over(one.spend, one.results, limit) >= LIKELY
    ]


def _is_calm(rows: Sequence[SlotCost], target: int) -> bool:
    return _chance(_within(rows, HOUR), target) <= EVEN


def _chance(shown: Evidence, target: int) -> float:
    return chance_over(shown.spend, shown.results, Decimal(target))


def _within(rows: Sequence[SlotCost], span: timedelta) -> Evidence:
    """Sum the intervals that lie within the span up to the newest slot."""
    spend = results = 0
    if rows:
        since = rows[-1].slot_at - span
        for row in reversed(rows):
            if row.interval_start < since:
                break
            spend += _counted(row)
            results += max(row.results or 0, 0)
    return Evidence(span, spend, results)


def _counted(row: SlotCost) -> int:
    """Return the spend as the watch compares it with its target: with VAT or without."""
    return row.spend or 0 if row.spend_basis is None else round(row.spend_basis)


def _standing_still(rows: Sequence[SlotCost]) -> list[SlotCost]:
    """Return the newest rows that spent nothing; one that is not known is not one of them."""
    still: list[SlotCost] = []
    for row in reversed(rows):
        if row.spend != 0 or (still and row.slot_at != still[-1].interval_start):
            break
        still.append(row)
    return still[::-1]


def _ran(rows: Sequence[SlotCost], since: datetime, until: datetime) -> bool:
    """Whether the span was read from end to end, and each of its rows spent."""
    inside = [row for row in rows if row.slot_at > since and row.interval_start < until]
    if not inside or inside[0].interval_start > since or inside[-1].slot_at < until:
        return False
    return all(row.spend is not None and row.spend > 0 for row in inside)
