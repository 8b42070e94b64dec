"""Which entities of an account are followed, and which watches they are members of.

One function brings entities and members into line with the open rules, at a moment: when a
page listed something new, when the whole list was read, when rules were applied. It changes
only what differs, so it may be called as often as one likes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, insert, or_, select, update

from domain.inventory import EntityState
from storage.tables import AccountRow, EntityRow, FollowRuleRow, WatchMemberRow, WatchRuleRow

AnyRow = Row[*tuple[Any, ...]]
_Member = tuple[int, str, int, str]
"""Watch, side, entity, metric."""


@dataclass(frozen=True, slots=True)
class AccountRules:
    """The open rules that concern one account."""

    follow: Sequence[AnyRow]
    watch: Sequence[AnyRow]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of which anything is followed."""
        return frozenset([rule.level for rule in self.follow] + [rule.kind for rule in self.watch])

    def want(self, entity: AnyRow) -> bool:
        """Whether any rule follows the entity; what a watch names is followed too."""
        return any(
            rule.level == entity.kind and fnmatchcase(entity.name, rule.name)
            for rule in self.follow
        ) or any(_stands_on(rule, entity) for rule in self.watch)

    def memberships(self, entity: AnyRow) -> Iterator[_Member]:
        """Yield the places that the entity takes in watches."""
        for rule in self.watch:
            if _stands_on(rule, entity):
                yield rule.watch_id, rule.side, entity.id, rule.metric


def rules_of(connection: Connection, account: int) -> AccountRules:
    """Return the account's open rules; a closed account has none."""
    row = connection.execute(
        select(AccountRow.login_id, AccountRow.enabled).where(AccountRow.id == account)
    ).one()
    if not row.enabled:
        return AccountRules((), ())
    follow = select(FollowRuleRow.level, FollowRuleRow.name).where(
        or_(FollowRuleRow.account_id == account, *_of_its_login(row.login_id)),
        FollowRuleRow.valid_to.is_(None),
    )
    watch = select(
        WatchRuleRow.watch_id,
        WatchRuleRow.side,
        WatchRuleRow.kind,
        WatchRuleRow.metric,
        WatchRuleRow.name,
        WatchRuleRow.external_ids,
    ).where(WatchRuleRow.account_id == account, WatchRuleRow.valid_to.is_(None))
    return AccountRules(connection.execute(follow).all(), connection.execute(watch).all())


def _of_its_login(login: int | None) -> Sequence[ColumnElement[bool]]:
    # `= NULL` would become `IS NULL`, which is true of every rule of an account.
    return () if login is None else (FollowRuleRow.login_id == login,)


def bring_into_line(connection: Connection, account: int, at: datetime) -> None:
    """Make states and memberships what the rules say, from `at` on; the account is locked."""
    rules = rules_of(connection, account)
    entities = connection.execute(
        select(
            EntityRow.id, EntityRow.kind, EntityRow.external_id, EntityRow.name, EntityRow.state
        ).where(EntityRow.account_id == account)
    ).all()
    wanted = {entity.id for entity in entities if rules.want(entity)}
    _set_states(connection, entities, wanted)
    _set_members(
        connection,
        {entity.id for entity in entities},
        {
            member
            for entity in entities
            if entity.id in wanted and entity.state != EntityState.RESTING
            for member in rules.memberships(entity)
        },
        at,
    )


def _stands_on(rule: AnyRow, entity: AnyRow) -> bool:
    if rule.kind != entity.kind:
        return False
    if rule.external_ids:
        return entity.external_id in rule.external_ids
    return fnmatchcase(entity.name, rule.name)


def _set_states(
    connection: Connection, entities: Sequence[AnyRow], wanted: Collection[int]
) -> None:
    join = [e.id for e in entities if e.id in wanted and e.state == EntityState.SEEN]
    leave = [e.id for e in entities if e.id not in wanted and e.state != EntityState.SEEN]
    for ids, state in ((join, EntityState.FOLLOWED), (leave, EntityState.SEEN)):
        if ids:
            connection.execute(
                update(EntityRow)
                .where(EntityRow.id.in_(ids))
                .values(state=state, resting_since=None)
            )


def _set_members(
    connection: Connection, entities: set[int], wanted: set[_Member], at: datetime
) -> None:
    if not entities:
        return
    rows = connection.execute(
        select(
            WatchMemberRow.id,
            WatchMemberRow.watch_id,
            WatchMemberRow.side,
            WatchMemberRow.entity_id,
            WatchMemberRow.metric,
        ).where(WatchMemberRow.entity_id.in_(entities), WatchMemberRow.valid_to.is_(None))
    )
    now: dict[_Member, int] = {
        (row.watch_id, row.side, row.entity_id, row.metric): row.id for row in rows
    }
    ended = [key for member, key in now.items() if member not in wanted]
    if ended:
        closing = update(WatchMemberRow).where(WatchMemberRow.id.in_(ended))
        connection.execute(closing.values(valid_to=at))
    opened = [
        dict(zip(("watch_id", "side", "entity_id", "metric"), member, strict=True), valid_from=at)
        for member in sorted(wanted - now.keys())
    ]
    if opened:
        connection.execute(insert(WatchMemberRow), opened)
