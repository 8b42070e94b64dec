"""All numbers of a client, table by table, as plain rows for a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Select, select

from storage.cost_months import CostTable, is_live
from storage.ids import id_of
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    EntityRow,
    ReadingRow,
    UnitCostDayRow,
    UnitCostHourRow,
    UnitCostSlotRow,
    WatchMemberRow,
    WatchRow,
    WatchTargetRow,
)
from storage.transaction import reading

_AT_ONCE = 2000
_ENTITY = (
    AccountRow.site,
    AccountRow.external_id.label("account"),
    EntityRow.kind,
    EntityRow.external_id.label("id"),
    EntityRow.name,
)
_AMOUNTS = (
    "spend",
    "results",
    "unit_cost",
    "unpaired_spend",
    "spend_net",
    "spend_basis",
    "flags",
    "computed_at",
)
_NOT_MOMENTS = {"watch_id", "generation", *_AMOUNTS}


@dataclass(frozen=True, slots=True)
class NumberTable:
    """One table: its columns, and the columns whose sums prove that a copy is whole.

    Where `sums_by` is set they are summed apart for each value of that column.
    """

    name: str
    query: Select[*tuple[Any, ...]]
    sums: tuple[str, ...] = ()
    sums_by: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, in order."""
        return tuple(self.query.selected_columns.keys())

    def rows(self, engine: Engine) -> Iterator[tuple[Any, ...]]:
        """Yield the rows, a few thousand in memory at a time."""
        with reading(engine) as connection:
            found = connection.execution_options(yield_per=_AT_ONCE).execute(self.query)
            yield from (tuple(row) for row in found)


def number_tables(engine: Engine, client: str) -> tuple[NumberTable, ...]:
    """Return the tables of a client's numbers: of its accounts, and of what its watches follow.

    Raises:
        UnknownName: there never was such a client.
    """
    with reading(engine) as connection:
        key = id_of(connection, "client", client)
    return (
        NumberTable("accounts", _accounts(key)),
        NumberTable("watches", _targets(key)),
        NumberTable("watch_members", _members(key)),
        NumberTable("readings", _readings(key), ("value",), "metric"),
        NumberTable("unit_cost_slots", _costs(key, UnitCostSlotRow), ("spend", "results"), "watch"),
        NumberTable("unit_cost_hours", _costs(key, UnitCostHourRow), ("spend", "results"), "watch"),
        NumberTable("unit_cost_days", _costs(key, UnitCostDayRow), ("spend", "results"), "watch"),
    )


def _accounts(client: int) -> Select[*tuple[Any, ...]]:
    terms = AccountTermsRow
    return (
        select(
            AccountRow.site,
            AccountRow.external_id.label("account"),
            AccountRow.declared_name,
            AccountRow.seen_name,
            terms.currency,
            terms.vat_included,
            terms.vat_rate,
            terms.time_zone,
            terms.valid_from,
            terms.valid_to,
        )
        .join(terms, terms.account_id == AccountRow.id)
        .where(AccountRow.client_id == client)
        .order_by(AccountRow.site, AccountRow.external_id, terms.id)
    )


def _targets(client: int) -> Select[*tuple[Any, ...]]:
    target = WatchTargetRow
    return (
        select(
            WatchRow.name.label("watch"),
            WatchRow.label,
            target.target_won.label("target"),
            target.currency,
            target.daily_budget,
            target.vat,
            target.valid_from,
            target.valid_to,
        )
        .join(target, target.watch_id == WatchRow.id)
        .where(WatchRow.client_id == client)
        .order_by(WatchRow.name, target.id)
    )


def _members(client: int) -> Select[*tuple[Any, ...]]:
    member = WatchMemberRow
    return (
        select(
            WatchRow.name.label("watch"),
            member.side,
            member.metric,
            *_ENTITY[:-1],
            EntityRow.name.label("entity"),
            member.valid_from,
            member.valid_to,
            member.known_at,
        )
        .join(member, member.watch_id == WatchRow.id)
        .join(EntityRow, EntityRow.id == member.entity_id)
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .where(WatchRow.client_id == client)
        .order_by(WatchRow.name, member.id)
    )


def _readings(client: int) -> Select[*tuple[Any, ...]]:
    one = ReadingRow
    followed = (
        select(WatchMemberRow.entity_id)
        .join(WatchRow, WatchRow.id == WatchMemberRow.watch_id)
        .where(WatchRow.client_id == client)
    )
    return (
        select(
            *_ENTITY,
            one.metric,
            one.business_date,
            one.slot_at,
            one.revision,
            one.value,
            one.shown,
            one.observed_at,
            one.known_at,
            one.import_id,
        )
        .join(EntityRow, EntityRow.id == one.entity_id)
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .where((AccountRow.client_id == client) | one.entity_id.in_(followed))
        .order_by(one.entity_id, one.metric, one.business_date, one.slot_at, one.revision)
    )


def _costs(client: int, kind: CostTable) -> Select[*tuple[Any, ...]]:
    table = kind.__table__
    moments = [column for column in table.c if column.name not in _NOT_MOMENTS]
    return (
        select(WatchRow.name.label("watch"), *moments, *(table.c[name] for name in _AMOUNTS))
        .join(WatchRow, WatchRow.id == table.c.watch_id)
        .where(WatchRow.client_id == client, is_live(kind))
        .order_by(WatchRow.name, moments[0])
    )
