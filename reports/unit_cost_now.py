"""Where each watch stands now: unit cost of the last hour and of today, and how old that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Engine

from costs.rows import HourCost, SlotCost, grouped
from domain.business_day import BusinessDay
from storage.accounts import AccountBook
from storage.inventory import InventoryStore
from storage.logins import LoginBook
from storage.unit_costs import UnitCostStore
from storage.watches import WatchBook

LAST_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Amounts:
    """Spend (won), results and unit cost over intervals that know both sides."""

    spend: int
    results: int
    unit_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class WatchNow:
    """One watch; `last_slot_at` None: nothing was computed for it yet.

    `waits_since` is when a login of it began to wait for a person: older figures would look new.
    """

    client: str
    watch: str
    label: str
    target_won: int | None
    last_hour: Amounts
    today: Amounts
    last_slot_at: datetime | None
    age: timedelta | None
    flags: frozenset[str]
    waiting_logins: tuple[str, ...]
    waits_since: datetime | None


def unit_costs_now(engine: Engine, now: datetime, day: BusinessDay) -> tuple[WatchNow, ...]:
    """Return every open watch by client and name; `day` says when today began."""
    midnight = day.starts(day.date_of(now))
    store = UnitCostStore(engine)
    waiting = _waiting(engine)
    standings = []
    for watch in WatchBook(engine).all():
        if not watch.enabled:
            continue
        slots = store.slots(watch.id, min(midnight, now - LAST_HOUR), now)
        last = slots[-1] if slots else _last(store, watch.id, now)
        logins = waiting.get(watch.name, {})
        standings.append(
            WatchNow(
                watch.client,
                watch.name,
                watch.label,
                watch.target_won,
                _within(slots, now - LAST_HOUR),
                _amounts(store.hours(watch.id, midnight, now)),
                last.slot_at if last else None,
                now - last.slot_at if last else None,
                frozenset(last.flags) if last else frozenset(),
                tuple(sorted(logins)),
                min(logins.values(), default=None),
            )
        )
    return tuple(standings)


def _last(store: UnitCostStore, watch_id: int, now: datetime) -> SlotCost | None:
    """The last row of a watch that was not computed today."""
    slots = store.slots(watch_id, now - timedelta(days=30), now)
    return slots[-1] if slots else None


def _within(slots: tuple[SlotCost, ...], since: datetime) -> Amounts:
    """Sum the intervals that lie after `since`: one that began earlier says less of now."""
    return _amounts(slot for slot in slots if slot.interval_start >= since)


def _amounts(rows: Iterable[SlotCost | HourCost]) -> Amounts:
    return Amounts(*grouped(rows))


def _waiting(engine: Engine) -> dict[str, dict[str, datetime]]:
    """Return, per watch, its logins that wait for a person, and since when."""
    logins = {login.id: login for login in LoginBook(engine).all() if login.waits}
    if not logins:
        return {}
    of_account = {one.key: logins.get(one.login_id) for one in AccountBook(engine).all()}
    return {
        watch.name: {
            login.name: login.state_since
            for rule in watch.spend | watch.results
            if (login := of_account.get(rule.account)) is not None
        }
        for watch in InventoryStore(engine).declared().watches
    }
