"""What the views of collecting show: readings, visits, and how fresh accounts are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import aliased

from storage.tables import (
    AccountRow,
    ClientRow,
    EntityRow,
    LoginRow,
    ReadingRow,
    VisitRow,
    WatchMemberRow,
    WatchRow,
)
from storage.view_words import Words

Query = Select[*tuple[Any, ...]]
STALE = timedelta(days=35)
"""`v_freshness` looks no further back: a question of now opens two months at most."""


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
            WatchRow.id.label("watch_id"),
            ClientRow.name.label("client"),
            WatchRow.name.label("watch"),
            WatchRow.label,
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


def _account_name() -> ColumnElement[Any]:
    return func.coalesce(AccountRow.declared_name, AccountRow.seen_name).label("account")
