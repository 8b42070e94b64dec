"""Gather the rows from which cost alerts are derived: three questions, however many watches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from costs.alerting import LOOK_BACK, WEEK
from domain.cause import BURNING, COSTS
from domain.slot import SLOT
from reports.watched import EVERYTHING, watched
from storage.alert_mutes import MuteBook
from storage.causes import CauseRecord
from storage.cost_reader import CostReader
from workers.house import House
from workers.notify.cost_causes import CostFacts, WatchCosts, may_have_stopped
from workers.notify.facts import Facts


def cost_facts(house: House, facts: Facts, known: Collection[CauseRecord]) -> CostFacts:
    """Return the facts at the moment of `facts`; `known` are the causes of the last day."""
    now, reader = facts.now, CostReader(house.engine)
    chosen = watched(house.engine, EVERYTHING, now)
    rows = reader.slots([one.id for one in chosen], now - LOOK_BACK, now) if chosen else {}
    muted, slots = MuteBook(house.engine).holding(now), _slots(facts)
    found = {
        one.id: WatchCosts(
            one.watch,
            one.client,
            one.owners,
            one.sides.currency,
            one.target,
            slots.get(one.watch, SLOT),
            rows[one.id],
            muted=one.id in muted,
        )
        for one in chosen
        if one.id in rows
    }
    return CostFacts(now, _with_last_week(reader, found, now), _told(known), _over(known))


def _with_last_week(
    reader: CostReader, found: Mapping[int, WatchCosts], now: datetime
) -> tuple[WatchCosts, ...]:
    """Add last week's rows where they decide."""
    asked = [key for key, watch in found.items() if may_have_stopped(watch)]
    if not asked:
        return tuple(found.values())
    since = now - WEEK - LOOK_BACK
    week_ago = reader.slots(asked, since, now - WEEK + timedelta(hours=2))
    return tuple(replace(watch, week_ago=week_ago.get(key, ())) for key, watch in found.items())


def _slots(facts: Facts) -> Mapping[str, timedelta]:
    """Return how often each watch gets a number: as often as the rarer of its sites."""
    found: defaultdict[str, timedelta] = defaultdict(timedelta)
    for account in facts.watched:
        times = facts.sites.get(account.key.site)
        for _client, watch in account.watches:
            found[watch] = max(found[watch], times.slot if times else SLOT)
    return found


def _told(known: Collection[CauseRecord]) -> Mapping[str, CauseRecord]:
    return {
        one.cause.key: one
        for one in known
        if one.cause.kind in COSTS and one.told_at is not None and one.over_at is None
    }


def _over(known: Collection[CauseRecord]) -> Mapping[str, datetime]:
    """Return when the last burning of each watch was over."""
    found: dict[str, datetime] = {}
    for one in known:
        if one.cause.kind in BURNING and one.over_at is not None:
            found[one.cause.subject] = max(one.over_at, found.get(one.cause.subject, one.over_at))
    return found
