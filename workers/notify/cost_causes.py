"""Which cost alerts are there, from the rows of the watches and from what was told. Pure.

A watch has at most one of `BURNING` at a time, and keeps the one that it began with. What is not
fresh, or is muted, begins nothing and ends nothing: old numbers are told as that (`stale`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from costs.alerting import Evidence, burning, stopped_since
from costs.rows import SlotCost
from domain.cause import BURNING, Cause, CauseKind, CostShown
from domain.money import show_money
from storage.causes import CauseRecord
from workers.notify.causes import LATE_SLOTS, Present

FRESH_SLOTS = LATE_SLOTS + 1
"""So many slots after the newest one the numbers are no longer of now."""


@dataclass(frozen=True, slots=True)
class WatchCosts:
    """A watch and its rows, ascending; `slot` is how often its sites are visited.

    `target`: minor units of `currency`; None: nothing to hold its unit cost against. `week_ago`:
    the rows around the same time a week before.
    """

    name: str
    client: str
    owners: tuple[str, ...]
    currency: str
    target: int | None
    slot: timedelta
    rows: tuple[SlotCost, ...]
    week_ago: tuple[SlotCost, ...] = ()
    muted: bool = False

    @property
    def known(self) -> tuple[SlotCost, ...]:
        """The rows that know both sides."""
        return tuple(row for row in self.rows if row.spend is not None and row.results is not None)

    def is_fresh(self, now: datetime) -> bool:
        """Whether its numbers are those of now."""
        known = self.known
        return bool(known) and now - known[-1].slot_at < FRESH_SLOTS * self.slot


@dataclass(frozen=True, slots=True)
class CostFacts:
    """All that is looked at: `told` are the open alerts by key, `over` when a watch's last
    burning was over."""

    now: datetime
    watches: tuple[WatchCosts, ...] = ()
    told: Mapping[str, CauseRecord] = field(default_factory=dict)
    over: Mapping[str, datetime] = field(default_factory=dict)


def cost_causes(facts: CostFacts) -> Iterator[Present]:
    """Yield every cost alert that is there at this moment."""
    for watch in facts.watches:
        kinds = (*BURNING, CauseKind.SPEND_STOPPED)
        open_ones = {kind: facts.told.get(f"{kind} {watch.name}") for kind in kinds}
        if watch.muted or not watch.is_fresh(facts.now):
            yield from (Present(one.cause, follows=True) for one in open_ones.values() if one)
            continue
        over = facts.over.get(watch.name)
        # Its last interval began a slot before, or somewhat later.
        since = None if over is None else over - watch.slot
        yield from _burning(watch, open_ones, since)
        yield from _stopped(watch, told=open_ones[CauseKind.SPEND_STOPPED] is not None)


def may_have_stopped(watch: WatchCosts) -> bool:
    """Whether only last week can say if its spend has stopped."""
    return stopped_since(watch.rows, (), told=False) is not None


def _burning(
    watch: WatchCosts, open_ones: Mapping[CauseKind, CauseRecord | None], since: datetime | None
) -> Iterator[Present]:
    if not watch.target:
        return
    told = next((kind for kind in BURNING if open_ones[kind] is not None), None)
    shown = burning(watch.rows, watch.target, told is not None, since)
    if shown is not None:
        kind = told or (CauseKind.COST_HIGH if shown.results else CauseKind.NO_RESULTS)
        yield Present(_cause(watch, kind, shown, watch.known[-1].slot_at - shown.span))


def _stopped(watch: WatchCosts, told: bool) -> Iterator[Present]:
    since = stopped_since(watch.rows, watch.week_ago, told)
    if since is not None:
        span = watch.rows[-1].slot_at - since
        yield Present(_cause(watch, CauseKind.SPEND_STOPPED, Evidence(span, 0, 0), since))


def _cause(watch: WatchCosts, kind: CauseKind, shown: Evidence, since: datetime) -> Cause:
    cost = CostShown(
        watch.client,
        watch.owners,
        watch.currency,
        watch.target or 0,
        shown.spend,
        shown.results,
        shown.span,
    )
    return Cause(kind, watch.name, _for_the_log(cost), since, cost=cost)


def _for_the_log(cost: CostShown) -> str:
    """Return what was seen, for the log and `danga notify list`; messages say it in their words."""
    minutes = round(cost.span.total_seconds() / 60)
    spend = show_money(cost.spend, cost.currency)
    return f"{spend} for {cost.results} in {minutes} min"
