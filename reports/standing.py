"""Where each open watch stands now: what marketers, their pages and their alerts look at.

A handful of queries, however many watches. A number that is not known is None, and its age is
always said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine

from costs.member import Side
from costs.rows import Glance
from costs.statistics import Range, unit_cost_range
from domain.business_day import BusinessDay
from reports.amounts import Amounts, amounts_of
from reports.costs import Costs
from reports.standing_rows import LAST_HOUR, StandingRows
from reports.watched import NO_METRICS, Metrics, Scope, Watched, watched
from storage.cost_reader import CostReader
from storage.watch_troubles import WatchTrouble, watch_troubles


@dataclass(frozen=True, slots=True)
class Standing:
    """One open watch. Money is in minor units of `currency`, as read.

    The clock hours compared are `this_hour`, the one in which the newest reading lies (the
    running one where nothing was read in the last 60 minutes), the hour before it, and the same
    hour of the day before and of the same weekday last week.
    """

    watch_id: int
    client: str
    watch: str
    label: str
    owners: tuple[str, ...]
    currency: str
    target: int | None
    net_results: bool
    """The results are the change of a level (friends): shown as net, 순증."""
    last_hour: Amounts
    """The intervals that lie wholly within the last 60 minutes."""
    this_hour: Amounts
    previous_hour: Amounts
    hour_yesterday: Amounts
    hour_last_week: Amounts
    today: Amounts
    yesterday: Amounts
    spark: tuple[Glance, ...]
    """The last 24 clock hours up to `this_hour`, oldest first."""
    low: Decimal | None
    """The 90 % interval of the last hour's unit cost; without results only its lower end."""
    high: Decimal | None
    usual_share: Decimal | None
    """Which share of a day's spend is usually spent by now; None: too few days to tell."""
    projected_spend: int | None
    daily_budget: int | None
    last_slot_at: datetime | None
    """The newest slot at which both sides were read; None: never."""
    age: timedelta | None
    is_provisional: bool
    """Yesterday's amounts may still change. Today's always may."""
    waiting_logins: tuple[str, ...]
    waits_since: datetime | None
    """When the first of them began to wait (operational time): older figures would look new."""
    used_share: Decimal | None = None
    """소진율: today's spend, paired or not, as a share of the daily budget."""
    empty_sides: tuple[Side, ...] = ()
    """Where no entity stands any more, or none ever did: nothing new comes."""
    trouble: WatchTrouble | None = None
    """It cannot be computed any more: all amounts are those of before."""


def standings(
    engine: Engine,
    now: datetime,
    day: BusinessDay,
    *,
    owner: str | None = None,
    client: str | None = None,
    watch: str | None = None,
    metrics: Metrics = NO_METRICS,
    costs: Costs | None = None,
) -> tuple[Standing, ...]:
    """Return the open watches by client and name; `day` says when days begin and settle.

    `metrics` tell which results are net; without them nothing is said to be. `costs` may be
    what was known at another moment; then `now` is that moment.
    """
    chosen = watched(engine, Scope(owner, client, watch), now)
    if not chosen:
        return ()
    ids = frozenset(one.id for one in chosen)
    facts = StandingRows.read(costs or CostReader(engine), ids, now, day)
    known = watch_troubles(engine)
    troubles = {one.watch_id: one for one in known.values() if one.since <= now}
    return tuple(
        replace(_standing(one, facts, metrics), trouble=troubles.get(one.id)) for one in chosen
    )


def _standing(watch: Watched, facts: StandingRows, metrics: Metrics) -> Standing:
    now, day = facts.now, facts.day
    slots, read_at = facts.slots.get(watch.id, ()), facts.read_at.get(watch.id)
    clock, days = facts.clock(watch.id), facts.days_of(watch.id)
    today, yesterday = day.date_of(now), day.date_of(now) - timedelta(days=1)
    last_hour = amounts_of(one for one in slots if one.interval_start >= now - LAST_HOUR)
    likely = _range(last_hour)
    pacing = facts.pacing(watch.id, watch.daily_budget)
    waiting = watch.sides.waiting
    return Standing(
        watch_id=watch.id,
        client=watch.client,
        watch=watch.watch,
        label=watch.label,
        owners=watch.owners,
        currency=watch.sides.currency,
        target=watch.target,
        net_results=watch.sides.are_net(metrics),
        last_hour=last_hour,
        this_hour=clock.at(clock.hour_at),
        previous_hour=clock.at(clock.hour_at - timedelta(hours=1)),
        hour_yesterday=clock.days_before(1),
        hour_last_week=clock.days_before(7),
        today=amounts_of(days.get(today, ())),
        yesterday=amounts_of(days.get(yesterday, ())),
        spark=clock.spark(),
        low=None if likely is None else likely.low,
        high=None if likely is None else likely.high,
        usual_share=pacing.usual_share,
        projected_spend=pacing.projected,
        daily_budget=watch.daily_budget,
        last_slot_at=read_at,
        age=None if read_at is None else now - read_at,
        is_provisional=facts.is_provisional(watch.id, yesterday),
        waiting_logins=tuple(sorted(waiting)),
        waits_since=min(waiting.values(), default=None),
        used_share=pacing.used_share,
        empty_sides=tuple(sorted(watch.sides.empty)),
    )


def _range(amounts: Amounts) -> Range | None:
    if amounts.spend_basis is None or amounts.results is None:
        return None
    return unit_cost_range(amounts.spend_basis, amounts.results)
