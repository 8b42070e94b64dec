"""Entities: what a site lists in an account, and which of it is followed.

Called by a visit after each page. A listing may come a page at a time (`follow`); only when the
last page was read (`listed`) is it known what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.inventory import EntityState
from storage.following import bring_into_line, rules_of
from storage.ids import account_id
from storage.tables import AccountListingRow, AccountRow, EntityRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class EntityRecord:
    """An entity of the inventory; all moments are slots."""

    id: int
    key: EntityKey
    name: str
    parent: str | None
    state: EntityState
    first_seen_at: datetime
    born_after: datetime | None
    resting_since: datetime | None


class EntityBook:
    """The entities of all accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def follow(
        self, account: AccountKey, found: Sequence[FoundEntity], slot_at: datetime
    ) -> frozenset[EntityKey]:
        """Note what a page listed, let join what the rules follow, return all that is followed.

        Watches whose rules match gain members from `slot_at` on. What rested and is listed
        again is followed again.

        Raises:
            UnknownName: the inventory does not hold the account.
        """

        def work(connection: Connection) -> frozenset[EntityKey]:
            key = _lock(connection, account)
            _note(connection, key, found, slot_at)
            bring_into_line(connection, key, slot_at)
            return _followed(connection, account)

        return run_in_transaction(self._engine, work)

    def listed(
        self,
        account: AccountKey,
        found: frozenset[EntityKey],
        slot_at: datetime,
        kinds: frozenset[EntityKind],
    ) -> frozenset[EntityKey]:
        """All of today's pages of `kinds` were read: what they no longer list rests; return it.

        Resting entities leave their watches at `slot_at`. An older slot than the last one that
        was listed says nothing any more.

        Raises:
            UnknownName: the inventory does not hold the account.
        """

        def work(connection: Connection) -> frozenset[EntityKey]:
            key = _lock(connection, account)
            listed = _kinds_listed(connection, key, kinds, slot_at)
            gone = [e for e in _of(connection, account, EntityState.FOLLOWED) if e.key not in found]
            gone = [entity for entity in gone if entity.key.kind in listed]
            _rest(connection, [entity.id for entity in gone], slot_at)
            _mark_listed(connection, key, listed, slot_at)
            bring_into_line(connection, key, slot_at)
            return frozenset(entity.key for entity in gone)

        return run_in_transaction(self._engine, work)

    def listed_since(self, account: AccountKey, slot_at: datetime) -> bool:
        """Whether a whole list of the account is known from this slot or a later one."""
        later = (
            select(AccountListingRow.kind)
            .join(AccountRow, AccountRow.id == AccountListingRow.account_id)
            .where(
                AccountRow.site == account.site,
                AccountRow.external_id == account.external_id,
                AccountListingRow.listed_at >= slot_at,
            )
            .limit(1)
        )
        with reading(self._engine) as connection:
            return connection.scalar(later) is not None

    def followed(self, account: AccountKey) -> frozenset[EntityKey]:
        """Return what is followed in an account now."""
        with reading(self._engine) as connection:
            return _followed(connection, account)

    def resting(self, account: AccountKey) -> frozenset[EntityKey]:
        """Return what was followed in an account until its site listed it no more."""
        with reading(self._engine) as connection:
            return frozenset(e.key for e in _of(connection, account, EntityState.RESTING))

    def levels(self, account: AccountKey) -> frozenset[EntityKind]:
        """Return the kinds of which anything is to be followed in an account.

        Raises:
            UnknownName: the inventory does not hold the account.
        """
        with reading(self._engine) as connection:
            rules = rules_of(connection, account_id(connection, account))
            return frozenset(EntityKind(kind) for kind in rules.kinds)

    def all(self, account: AccountKey | None = None) -> tuple[EntityRecord, ...]:
        """Return every entity ever listed, of one account or of all."""
        with reading(self._engine) as connection:
            return _of(connection, account, None)


def _lock(connection: Connection, account: AccountKey) -> int:
    """Two who bring the same account into line do it one after the other."""
    key = account_id(connection, account)
    connection.execute(select(AccountRow.id).where(AccountRow.id == key).with_for_update())
    return key


def _note(
    connection: Connection, account: int, found: Sequence[FoundEntity], slot_at: datetime
) -> None:
    known = {
        (row.kind, row.external_id): row
        for row in connection.execute(select(EntityRow).where(EntityRow.account_id == account))
    }
    listed = {
        row.kind: row.listed_at
        for row in connection.execute(
            select(AccountListingRow.kind, AccountListingRow.listed_at).where(
                AccountListingRow.account_id == account
            )
        )
    }
    fresh: dict[tuple[str, str], dict[str, Any]] = {}
    for one in found:
        natural = (one.key.kind, one.key.external_id)
        row = known.get(natural)
        if row is None:
            fresh[natural] = _newcomer(account, one, slot_at, listed.get(one.key.kind))
        elif _differs(row, one):
            _refresh(connection, row, one)
    if fresh:
        connection.execute(insert(EntityRow), list(fresh.values()))


def _newcomer(
    account: int, found: FoundEntity, slot_at: datetime, listed_at: datetime | None
) -> dict[str, Any]:
    return {
        "account_id": account,
        "kind": found.key.kind,
        "external_id": found.key.external_id,
        "name": found.name[:300],
        "parent": found.parent,
        "state": EntityState.SEEN,
        "first_seen_at": slot_at,
        "born_after": listed_at if listed_at and listed_at < slot_at else None,
        "resting_since": None,
    }


def _differs(row: Row[*tuple[Any, ...]], found: FoundEntity) -> bool:
    same = row.name == found.name[:300] and row.parent == found.parent
    return not same or row.state == EntityState.RESTING


def _refresh(connection: Connection, row: Row[*tuple[Any, ...]], found: FoundEntity) -> None:
    state = EntityState.FOLLOWED if row.state == EntityState.RESTING else row.state
    connection.execute(
        update(EntityRow)
        .where(EntityRow.id == row.id)
        .values(name=found.name[:300], parent=found.parent, state=state, resting_since=None)
    )


def _kinds_listed(
    connection: Connection, account: int, read: frozenset[EntityKind], slot_at: datetime
) -> frozenset[str]:
    """Only kinds that were read, and that rules ask for, count; and only a newer slot.

    A page of creatives may name a campaign in passing; that is no list of campaigns, and an
    old campaign found later would else pass for one born in between.
    """
    rules = rules_of(connection, account)
    later = connection.scalars(
        select(AccountListingRow.kind).where(
            AccountListingRow.account_id == account, AccountListingRow.listed_at >= slot_at
        )
    )
    return frozenset(rules.kinds.intersection(read).difference(later))


def _rest(connection: Connection, entities: Sequence[int], slot_at: datetime) -> None:
    if entities:
        connection.execute(
            update(EntityRow)
            .where(EntityRow.id.in_(entities))
            .values(state=EntityState.RESTING, resting_since=slot_at)
        )


def _mark_listed(
    connection: Connection, account: int, kinds: Iterable[str], slot_at: datetime
) -> None:
    rows = [{"account_id": account, "kind": kind, "listed_at": slot_at} for kind in sorted(kinds)]
    upsert(connection, AccountListingRow, rows)


def _followed(connection: Connection, account: AccountKey) -> frozenset[EntityKey]:
    return frozenset(e.key for e in _of(connection, account, EntityState.FOLLOWED))


def _of(
    connection: Connection, account: AccountKey | None, state: EntityState | None
) -> tuple[EntityRecord, ...]:
    wanted = (
        select(EntityRow, AccountRow.site, AccountRow.external_id.label("account"))
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .order_by(AccountRow.site, AccountRow.external_id, EntityRow.kind, EntityRow.external_id)
    )
    if account is not None:
        wanted = wanted.where(
            AccountRow.site == account.site, AccountRow.external_id == account.external_id
        )
    if state is not None:
        wanted = wanted.where(EntityRow.state == state)
    return tuple(_record(row) for row in connection.execute(wanted))


def _record(row: Row[*tuple[Any, ...]]) -> EntityRecord:
    return EntityRecord(
        row.id,
        EntityKey(row.site, row.account, EntityKind(row.kind), row.external_id),
        row.name,
        row.parent,
        EntityState(row.state),
        row.first_seen_at,
        row.born_after,
        row.resting_since,
    )
