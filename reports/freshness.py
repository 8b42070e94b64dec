"""When each account was read last, and how many of today's slots were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, Select, func, select

from domain.account import AccountKey
from domain.business_day import BusinessDay
from domain.policy import SitePolicy
from domain.session import SessionState
from domain.slot import next_slot, slot_of
from domain.verdict import VerdictKind
from domain.visit import VisitKind
from reports.watched import Scope, watched
from storage.policy_json import policy_from_json
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    ClientRow,
    LoginRow,
    SiteRow,
    VisitPageRow,
    VisitRow,
    WatchRuleRow,
)
from storage.transaction import reading

LOOK_BACK = timedelta(days=30)
"""An account that was not read for so long has no last reading here."""


@dataclass(frozen=True, slots=True)
class Freshness:
    """One account that is read. `waits_since` is operational time; None: its visits go on.

    `slots_due`: today's slots since the account was declared that are over, without the site's
    quiet hours, and those read.
    """

    account: AccountKey
    account_name: str | None
    client: str | None
    login: str
    state: SessionState
    waits_since: datetime | None
    last_reading_at: datetime | None
    slot: timedelta
    slots_read: int
    slots_due: int

    def is_stale(self, now: datetime) -> bool:
        """Whether two slots have gone by without a reading."""
        return self.last_reading_at is None or now - self.last_reading_at > 2 * self.slot


def freshness(
    engine: Engine, scope: Scope, now: datetime, day: BusinessDay
) -> tuple[Freshness, ...]:
    """Return the accounts that the watches of `scope` need, or all; by client and account.

    Two queries besides those that choose the watches.
    """
    midnight = day.starts(day.date_of(now))
    wanted = _accounts(now)
    if scope != Scope():
        chosen = [one.id for one in watched(engine, scope, now)]
        rules = select(WatchRuleRow.account_id).where(
            WatchRuleRow.watch_id.in_(chosen), WatchRuleRow.valid_to.is_(None)
        )
        wanted = wanted.where(AccountRow.id.in_(rules))
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
        read = _read_today(connection, midnight, now)
    return tuple(_freshness(row, read.get(row.id, set()), midnight, now) for row in rows)


def _accounts(now: datetime) -> Select[*tuple[Any, ...]]:
    newest = (
        select(VisitRow.planned_at)
        .join(VisitPageRow, VisitPageRow.visit_id == VisitRow.id)
        .where(
            VisitRow.login_id == AccountRow.login_id,
            VisitRow.planned_at.between(now - LOOK_BACK, now),
            VisitRow.kind == VisitKind.REGULAR,
            VisitPageRow.site == AccountRow.site,
            VisitPageRow.account == AccountRow.external_id,
            VisitPageRow.verdict == VerdictKind.OK,
        )
        .order_by(VisitRow.planned_at.desc())
        .limit(1)
        .correlate(AccountRow)
        .scalar_subquery()
    )
    declared = (
        select(func.min(AccountTermsRow.valid_from))
        .where(AccountTermsRow.account_id == AccountRow.id)
        .correlate(AccountRow)
        .scalar_subquery()
    )
    return (
        select(
            AccountRow.id,
            AccountRow.site,
            AccountRow.external_id,
            func.coalesce(AccountRow.declared_name, AccountRow.seen_name).label("shown_name"),
            ClientRow.name.label("client"),
            LoginRow.name.label("login"),
            LoginRow.state,
            LoginRow.state_since,
            SiteRow.policy,
            newest.label("last_reading_at"),
            declared.label("declared_at"),
        )
        .join(LoginRow, LoginRow.id == AccountRow.login_id)
        .join(SiteRow, SiteRow.name == AccountRow.site)
        .outerjoin(ClientRow, ClientRow.id == AccountRow.client_id)
        .where(AccountRow.enabled)
        .order_by(ClientRow.name, AccountRow.site, AccountRow.external_id)
    )


def _read_today(
    connection: Connection, midnight: datetime, now: datetime
) -> Mapping[int, set[datetime]]:
    """Return the slots of today at which a page of each account was read."""
    rows = (
        select(AccountRow.id, VisitRow.planned_at)
        .join(VisitPageRow, VisitPageRow.visit_id == VisitRow.id)
        .join(
            AccountRow,
            (AccountRow.site == VisitPageRow.site)
            & (AccountRow.external_id == VisitPageRow.account)
            & (AccountRow.login_id == VisitRow.login_id),
        )
        .where(
            VisitRow.planned_at.between(midnight, now),
            VisitRow.kind == VisitKind.REGULAR,
            VisitPageRow.verdict == VerdictKind.OK,
        )
        .distinct()
    )
    found: defaultdict[int, set[datetime]] = defaultdict(set)
    for account, slot_at in connection.execute(rows):
        found[account].add(slot_at)
    return found


def _freshness(row: Any, read: set[datetime], midnight: datetime, now: datetime) -> Freshness:
    policy = policy_from_json(row.policy)
    slot = timedelta(minutes=policy.slot_minutes)
    slots = {slot_of(at, slot) for at in read}
    due = slots | set(_over(policy, slot, max(midnight, row.declared_at), now))
    state = SessionState(row.state)
    return Freshness(
        AccountKey(row.site, row.external_id),
        row.shown_name,
        row.client,
        row.login,
        state,
        row.state_since if state.waits else None,
        row.last_reading_at,
        slot,
        len(slots),
        len(due),
    )


def _over(
    policy: SitePolicy, slot: timedelta, since: datetime, now: datetime
) -> Iterator[datetime]:
    """Yield the slots since a moment that have ended, without those of the site's quiet hours."""
    quiet, zone = policy.budget.quiet, ZoneInfo(policy.budget.time_zone)
    at = slot_of(since, slot)
    while at + slot <= now:
        if at >= since and not (quiet and quiet.hold(at.astimezone(zone).time())):
            yield at
        at = next_slot(at, slot)
