"""Watches and their members over time, as the calculator and the reports ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, Engine, select

from domain.entity import EntityKey, EntityKind
from storage.tables import (
    AccountRow,
    ClientRow,
    EntityRow,
    ReadingRow,
    WatchMemberRow,
    WatchRow,
    WatchTargetRow,
)
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class WatchRecord:
    """A watch with the target of now; `enabled` False: ended, its unit costs stay."""

    id: int
    name: str
    client: str
    label: str
    target: int | None
    """Minor units of `currency` for one result."""
    currency: str | None
    enabled: bool


@dataclass(frozen=True, slots=True)
class MemberRecord:
    """One metric of one entity on a side (`spend`, `results`), for slots in [from, to)."""

    entity_id: int
    entity: EntityKey
    name: str
    side: str
    metric: str
    valid_from: datetime
    valid_to: datetime | None
    born_after: datetime | None
    known_at: datetime | None = None
    """When it became known (business time); None: at `valid_from`."""


class WatchBook:
    """All watches."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[WatchRecord, ...]:
        """Return every watch, also ended ones, by client and name."""
        rows = (
            select(
                WatchRow.id,
                WatchRow.name,
                ClientRow.name.label("client"),
                WatchRow.label,
                WatchTargetRow.target_won,
                WatchTargetRow.currency,
                WatchRow.enabled,
            )
            .join(ClientRow, ClientRow.id == WatchRow.client_id)
            .outerjoin(
                WatchTargetRow,
                (WatchTargetRow.watch_id == WatchRow.id) & WatchTargetRow.valid_to.is_(None),
            )
            .order_by(ClientRow.name, WatchRow.name)
        )
        with reading(self._engine) as connection:
            return tuple(WatchRecord(*row) for row in connection.execute(rows))

    def members(self, watch_id: int) -> tuple[MemberRecord, ...]:
        """Return the memberships of all times, each side by entity and time."""
        with reading(self._engine) as connection:
            return members_of(connection, watch_id)

    def members_of_each(self, watches: Collection[int]) -> Mapping[int, tuple[MemberRecord, ...]]:
        """Return the memberships of all times of each watch that has any."""
        with reading(self._engine) as connection:
            return members_of_each(connection, watches)

    def touched_by(self, entities: Collection[EntityKey]) -> frozenset[int]:
        """Return the watches of which any of the entities is, or ever was, a member.

        Also former members: their past days still settle.
        """
        wanted = frozenset(entities)
        rows = (
            select(
                WatchMemberRow.watch_id,
                AccountRow.site,
                AccountRow.external_id.label("account"),
                EntityRow.kind,
                EntityRow.external_id,
            )
            .join(EntityRow, EntityRow.id == WatchMemberRow.entity_id)
            .join(AccountRow, AccountRow.id == EntityRow.account_id)
            .where(
                AccountRow.site.in_({key.site for key in wanted}),
                AccountRow.external_id.in_({key.account for key in wanted}),
                EntityRow.external_id.in_({key.external_id for key in wanted}),
            )
            .distinct()
        )
        with reading(self._engine) as connection:
            return frozenset(
                row.watch_id
                for row in connection.execute(rows)
                if EntityKey(row.site, row.account, EntityKind(row.kind), row.external_id) in wanted
            )

    def were_read(self, watches: Collection[int], since: date, until: date) -> bool:
        """Whether any of their members, of whatever time, has a reading of these dates."""
        wanted = (
            select(WatchMemberRow.id)
            .join(
                ReadingRow,
                (ReadingRow.entity_id == WatchMemberRow.entity_id)
                & (ReadingRow.metric == WatchMemberRow.metric),
            )
            .where(
                WatchMemberRow.watch_id.in_(watches),
                ReadingRow.business_date.between(since, until),
            )
            .limit(1)
        )
        with reading(self._engine) as connection:
            return connection.scalar(wanted) is not None

    def targets(self, watch_id: int) -> tuple[tuple[datetime, datetime | None, int], ...]:
        """Return (from, to, minor units) of each target the watch ever had, oldest first."""
        rows = (
            select(WatchTargetRow.valid_from, WatchTargetRow.valid_to, WatchTargetRow.target_won)
            .where(WatchTargetRow.watch_id == watch_id)
            .order_by(WatchTargetRow.id)
        )
        with reading(self._engine) as connection:
            return tuple((row[0], row[1], row[2]) for row in connection.execute(rows))


def members_of(connection: Connection, watch_id: int) -> tuple[MemberRecord, ...]:
    """Return the memberships of all times in a transaction of the caller's."""
    return members_of_each(connection, [watch_id]).get(watch_id, ())


def members_of_each(
    connection: Connection, watches: Collection[int]
) -> dict[int, tuple[MemberRecord, ...]]:
    """Return the memberships of all times of each watch that has any."""
    rows = (
        select(
            WatchMemberRow.watch_id,
            WatchMemberRow.entity_id,
            AccountRow.site,
            AccountRow.external_id.label("account"),
            EntityRow.kind,
            EntityRow.external_id,
            EntityRow.name,
            WatchMemberRow.side,
            WatchMemberRow.metric,
            WatchMemberRow.valid_from,
            WatchMemberRow.valid_to,
            EntityRow.born_after,
            WatchMemberRow.known_at,
        )
        .join(EntityRow, EntityRow.id == WatchMemberRow.entity_id)
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .where(WatchMemberRow.watch_id.in_(watches))
        .order_by(WatchMemberRow.side, WatchMemberRow.entity_id, WatchMemberRow.valid_from)
    )
    found: defaultdict[int, list[MemberRecord]] = defaultdict(list)
    for row in connection.execute(rows):
        found[row.watch_id].append(
            MemberRecord(
                row.entity_id,
                EntityKey(row.site, row.account, EntityKind(row.kind), row.external_id),
                row.name,
                row.side,
                row.metric,
                row.valid_from,
                row.valid_to,
                row.born_after,
                row.known_at,
            )
        )
    return {watch: tuple(members) for watch, members in found.items()}
