"""What each of the views for BI shows: one query per view."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, exists, func, or_, select, type_coerce
from sqlalchemy.orm import aliased

from costs.flag import Flag
from costs.member import Side
from domain.session import FOR_A_PERSON
from storage.cost_months import is_live
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    ClientOwnerRow,
    ClientRow,
    EntityRow,
    LoginRow,
    OwnerRow,
    ReadingRow,
    UnitCostDayRow,
    UnitCostHourRow,
    UnitCostSlotRow,
    VisitRow,
    WatchMemberRow,
    WatchRow,
    WatchRuleRow,
    WatchTargetRow,
)
from storage.view_words import Words

Query = Select[*tuple[Any, ...]]
STALE = timedelta(days=35)
"""`v_freshness` looks no further back: a question of now opens two months at most."""
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


def readings(words: Words) -> Query:
    """The latest revision of every reading; none where an import was taken back."""
    row, later = ReadingRow, aliased(ReadingRow)
    return (
        select(
            ClientRow.name.label("client"),
            AccountRow.site,
            AccountRow.external_id.label("account_id"),
            _account_name(),
            EntityRow.kind,
            EntityRow.external_id.label("entity_id"),
            EntityRow.name.label("entity"),
            row.metric,
            row.business_date,
            row.slot_at,
            words.local(row.slot_at).label("slot_local"),
            row.observed_at,
            row.value,
            row.shown,
            row.revision,
        )
        .join(EntityRow, EntityRow.id == row.entity_id)
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .join(ClientRow, ClientRow.id == AccountRow.client_id, isouter=True)
        .where(
            row.value.is_not(None),
            ~exists().where(
                later.entity_id == row.entity_id,
                later.metric == row.metric,
                later.slot_at == row.slot_at,
                later.business_date == row.business_date,
                later.revision > row.revision,
            ),
        )
    )


def visits(words: Words) -> Query:
    """Every visit."""
    row = VisitRow
    return select(
        row.id.label("visit_id"),
        LoginRow.name.label("login"),
        LoginRow.home_site.label("site"),
        row.kind,
        row.planned_at,
        words.local(row.planned_at).label("planned_local"),
        row.business_date,
        row.state,
        row.verdict,
        row.detail,
        row.attempts,
        row.pages_read,
        row.pages_failed,
        row.readings,
        row.requests,
        row.bytes_received,
        row.started_at,
        row.finished_at,
    ).join(LoginRow, LoginRow.id == row.login_id)


def freshness(words: Words) -> Query:
    """Each account that an open watch needs: its newest slot, and the state of its login."""
    member, one = WatchMemberRow, ReadingRow
    newest = (
        select(one.slot_at)
        .where(
            one.entity_id == member.entity_id,
            one.metric == member.metric,
            one.slot_at > words.ago(STALE),
        )
        .order_by(one.slot_at.desc())
        .limit(1)
        .correlate(member)
        .scalar_subquery()
    )
    members = (
        select(member.watch_id, member.side, EntityRow.account_id, newest.label("slot_at"))
        .join(EntityRow, EntityRow.id == member.entity_id)
        .where(member.valid_to.is_(None))
        .subquery("m")
    )
    sides = (
        select(
            members.c.watch_id,
            members.c.account_id,
            members.c.side,
            func.max(members.c.slot_at).label("last_slot_at"),
        )
        .group_by(members.c.watch_id, members.c.account_id, members.c.side)
        .subquery("s")
    )
    return (
        select(
            *_WATCH,
            sides.c.side,
            AccountRow.site,
            AccountRow.external_id.label("account_id"),
            _account_name(),
            LoginRow.name.label("login"),
            LoginRow.state.label("login_state"),
            LoginRow.state_since.label("login_state_since"),
            sides.c.last_slot_at,
            words.local(sides.c.last_slot_at).label("last_slot_local"),
            words.minutes_since(sides.c.last_slot_at).label("age_minutes"),
        )
        .select_from(sides)
        .join(WatchRow, WatchRow.id == sides.c.watch_id)
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .join(AccountRow, AccountRow.id == sides.c.account_id)
        .join(LoginRow, LoginRow.id == AccountRow.login_id)
        .where(WatchRow.enabled)
    )


VIEWS: Mapping[str, Callable[[Words], Query]] = {
    "v_unit_cost_now": unit_cost_now,
    "v_unit_cost_hourly": unit_cost_hourly,
    "v_unit_cost_daily": unit_cost_daily,
    "v_reading": readings,
    "v_visit": visits,
    "v_freshness": freshness,
}


def _amounts(words: Words, row: Any) -> tuple[Any, ...]:
    return (
        row.spend,
        row.results,
        words.decimal(row.unit_cost).label("unit_cost"),
        row.unpaired_spend,
        row.flags,
        row.computed_at,
    )


def _account_name() -> ColumnElement[Any]:
    return func.coalesce(AccountRow.declared_name, AccountRow.seen_name).label("account")


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
    return (
        select(
            row.watch_id,
            spend.label("spend"),
            results.label("results"),
            words.unit_cost(spend, results).label("unit_cost"),
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
