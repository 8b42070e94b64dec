"""What the views of unit costs show: one query per view, of the generations that count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, func, or_, select, type_coerce

from costs.flag import Flag
from costs.member import Side
from domain.session import FOR_A_PERSON
from storage.cost_months import is_live
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    ClientOwnerRow,
    ClientRow,
    LoginRow,
    OwnerRow,
    UnitCostDayRow,
    UnitCostHourRow,
    UnitCostSlotRow,
    WatchRow,
    WatchRuleRow,
    WatchTargetRow,
)
from storage.view_words import Words

Query = Select[*tuple[Any, ...]]
_HOUR = timedelta(hours=1)
_WATCH = (
    WatchRow.id.label("watch_id"),
    ClientRow.name.label("client"),
    WatchRow.name.label("watch"),
    WatchRow.label,
)


def unit_cost_hourly(words: Words) -> Query:
    """The hours of all watches."""
    row = UnitCostHourRow
    return (
        select(
            *_WATCH,
            _currency(),
            _target(row.hour_at),
            row.business_date,
            row.hour,
            row.hour_at,
            *_amounts(words, row),
        )
        .join(WatchRow, WatchRow.id == row.watch_id)
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .where(is_live(row))
    )


def unit_cost_daily(words: Words) -> Query:
    """The business dates of all watches."""
    row = UnitCostDayRow
    return (
        select(
            *_WATCH,
            _currency(),
            row.business_date,
            row.is_final,
            *_amounts(words, row),
        )
        .join(WatchRow, WatchRow.id == row.watch_id)
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .where(is_live(row))
    )


def unit_cost_now(words: Words) -> Query:
    """Each open watch: its last hour, today, and how old that is."""
    hour, today = _last_hour(words), _today(words)
    newest = (
        select(
            *_WATCH,
            WatchRow.client_id,
            _newest_slot().label("last_slot_at"),
            _waiting(words).label("waiting_logins"),
        )
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .where(WatchRow.enabled)
        .subquery("w")
    )
    return (
        select(
            newest.c.watch_id,
            newest.c.client,
            newest.c.watch,
            newest.c.label,
            _owners(words, newest.c.client_id),
            _currency(newest.c.watch_id),
            _target(words.ago(timedelta()), newest.c.watch_id),
            hour.c.spend.label("last_hour_spend"),
            hour.c.results.label("last_hour_results"),
            hour.c.unit_cost.label("last_hour_unit_cost"),
            today.c.spend.label("today_spend"),
            today.c.results.label("today_results"),
            words.decimal(today.c.unit_cost).label("today_unit_cost"),
            newest.c.last_slot_at,
            words.local(newest.c.last_slot_at).label("last_slot_local"),
            words.minutes_since(newest.c.last_slot_at).label("age_minutes"),
            newest.c.waiting_logins,
        )
        .select_from(newest)
        .join(hour, hour.c.watch_id == newest.c.watch_id, isouter=True)
        .join(today, today.c.watch_id == newest.c.watch_id, isouter=True)
    )


def _amounts(words: Words, row: Any) -> tuple[Any, ...]:
    return (
        row.spend,
        row.results,
        words.decimal(row.unit_cost).label("unit_cost"),
        row.unpaired_spend,
        words.decimal(row.spend_net).label("spend_net"),
        words.decimal(row.spend_basis).label("spend_basis"),
        row.flags,
        row.computed_at,
    )


def _currency(watch: Any = WatchRow.id) -> ColumnElement[Any]:
    """That of the accounts whose spend it counts."""
    return (
        select(func.min(AccountTermsRow.currency))
        .join(WatchRuleRow, WatchRuleRow.account_id == AccountTermsRow.account_id)
        .where(
            WatchRuleRow.watch_id == watch,
            WatchRuleRow.side == Side.SPEND,
            AccountTermsRow.valid_to.is_(None),
        )
        .scalar_subquery()
        .label("currency")
    )


def _target(at: Any, watch: Any = WatchRow.id) -> ColumnElement[Any]:
    row = WatchTargetRow
    return (
        select(func.min(row.target_won))
        .where(row.watch_id == watch, row.valid_from <= at)
        .where(or_(row.valid_to.is_(None), row.valid_to > at))
        .scalar_subquery()
        .label("target")
    )


def _owners(words: Words, client: Any) -> ColumnElement[Any]:
    return (
        select(words.names(OwnerRow.name))
        .join(ClientOwnerRow, ClientOwnerRow.owner_id == OwnerRow.id)
        .where(ClientOwnerRow.client_id == client, ClientOwnerRow.valid_to.is_(None))
        .scalar_subquery()
        .label("owners")
    )


def _waiting(words: Words) -> ColumnElement[Any]:
    return (
        select(words.names(LoginRow.name))
        .join(AccountRow, AccountRow.login_id == LoginRow.id)
        .join(WatchRuleRow, WatchRuleRow.account_id == AccountRow.id)
        .where(
            WatchRuleRow.watch_id == WatchRow.id,
            WatchRuleRow.valid_to.is_(None),
            LoginRow.state.in_(sorted(FOR_A_PERSON)),
        )
        .scalar_subquery()
    )


def _newest_slot() -> ColumnElement[Any]:
    """The newest slot at which both sides were read."""
    row = UnitCostSlotRow
    return (
        select(row.slot_at)
        .where(
            row.watch_id == WatchRow.id,
            type_coerce(row.flags, Text).not_like(f'%"{Flag.ONE_SIDED}"%'),
            is_live(row),
        )
        .order_by(row.slot_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _last_hour(words: Words) -> Any:
    """The intervals that lie wholly within the last 60 minutes, and know both sides."""
    row, since = UnitCostSlotRow, words.ago(_HOUR)
    spend, results = func.sum(row.spend), func.sum(row.results)
    # Rows from before the basis was kept were counted as read.
    basis = func.sum(func.coalesce(words.decimal(row.spend_basis), row.spend))
    return (
        select(
            row.watch_id,
            spend.label("spend"),
            results.label("results"),
            words.unit_cost(basis, results).label("unit_cost"),
        )
        .where(
            and_(row.slot_at > since, row.slot_at <= words.ago(timedelta())),
            row.interval_start >= since,
            row.spend.is_not(None),
            row.results.is_not(None),
            is_live(row),
        )
        .group_by(row.watch_id)
        .subquery("h")
    )


def _today(words: Words) -> Any:
    row = UnitCostDayRow
    return (
        select(row.watch_id, row.spend, row.results, row.unit_cost)
        .where(row.business_date == words.today(), is_live(row))
        .subquery("d")
    )
