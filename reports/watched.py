"""The watches that a report is about: their client, owners, target, currency and logins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Select, and_, or_, select

from costs.member import Side
from domain.currency import KRW
from domain.metric import Metric, MetricKind
from domain.session import SessionState
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    ClientOwnerRow,
    ClientRow,
    LoginRow,
    OwnerRow,
    WatchMemberRow,
    WatchRow,
    WatchRuleRow,
    WatchTargetRow,
)
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class Scope:
    """Which watches: of an owner, of a client, one by name; None: whichever."""

    owner: str | None = None
    client: str | None = None
    watch: str | None = None


EVERYTHING = Scope()

Metrics = Mapping[str, Mapping[str, Metric]]
"""What the class of each site declares: site -> name -> metric."""
NO_METRICS: Metrics = {}
"""Nobody asked the classes: no results are said to be net."""


@dataclass(frozen=True, slots=True)
class Sides:
    """What the rules of a watch say of its accounts, now.

    `waiting`: its logins that wait for a person, and since when (operational time).
    """

    currency: str = KRW
    result_metrics: frozenset[tuple[str, str]] = frozenset()
    """Site and metric of the result side, of an ended watch what they last were."""
    waiting: Mapping[str, datetime] = field(default_factory=dict)
    empty: frozenset[Side] = frozenset()
    """The sides on which no entity stands: none matches, or all are gone."""

    def are_net(self, metrics: Metrics) -> bool:
        """Whether the results are the change of a level (friends), which is net."""
        return any(
            (found := metrics.get(site, {}).get(name)) and found.kind is MetricKind.GAUGE
            for site, name in self.result_metrics
        )


@dataclass(frozen=True, slots=True)
class Watched:
    """An open watch. `target`: minor units of its currency for one result."""

    id: int
    client: str
    watch: str
    label: str
    target: int | None
    owners: tuple[str, ...] = ()
    sides: Sides = field(default_factory=Sides)
    daily_budget: int | None = None


def watched(engine: Engine, scope: Scope, at: datetime) -> tuple[Watched, ...]:
    """Return the open watches of `scope` by client and name, with what holds at `at`.

    Four queries, however many watches.
    """
    return _select(engine, _watches(scope, at).where(WatchRow.enabled), at)


def ever_watched(engine: Engine, scope: Scope, at: datetime) -> tuple[Watched, ...]:
    """Return also those that have ended: their numbers stay."""
    return _select(engine, _watches(scope, at), at)


class Targets:
    """Which target held when, for some watches."""

    def __init__(self, engine: Engine, watches: Collection[int]) -> None:
        row = WatchTargetRow
        wanted = (
            select(row.watch_id, row.target_won, row.valid_from, row.valid_to)
            .where(row.watch_id.in_(watches))
            .order_by(row.watch_id, row.id)
        )
        self._of: defaultdict[int, list[Any]] = defaultdict(list)
        with reading(engine) as connection:
            for one in connection.execute(wanted):
                self._of[one.watch_id].append(one)

    def at(self, watch: int, moment: datetime) -> int | None:
        """Return the target in minor units for one result, or None: there was none."""
        for one in reversed(self._of[watch]):
            if one.valid_from <= moment and (one.valid_to is None or moment < one.valid_to):
                target: int = one.target_won
                return target
        return None


def _select(engine: Engine, wanted: Select[*tuple[Any, ...]], at: datetime) -> tuple[Watched, ...]:
    with reading(engine) as connection:
        rows = connection.execute(wanted).all()
        owners = _owners(connection, {row.client_id for row in rows}, at)
        watches = [row.id for row in rows]
        sides, empty = _sides(connection, watches, at), _empty(connection, watches, at)
    return tuple(
        Watched(
            row.id,
            row.client,
            row.name,
            row.label,
            row.target_won,
            owners.get(row.client_id, ()),
            replace(_in_currency(sides.get(row.id, Sides()), row.currency), empty=empty[row.id]),
            row.daily_budget,
        )
        for row in rows
    )


def _in_currency(sides: Sides, currency: str | None) -> Sides:
    """What the watch's amounts are in; an account's terms may have become others since."""
    return sides if currency is None else replace(sides, currency=currency)


def _holds(row: type[Any], at: datetime) -> ColumnElement[bool]:
    """Whether a row with a validity holds at that moment."""
    return and_(row.valid_from <= at, or_(row.valid_to.is_(None), row.valid_to > at))


def _watches(scope: Scope, at: datetime) -> Select[*tuple[Any, ...]]:
    wanted: Select[*tuple[Any, ...]] = (
        select(
            WatchRow.id,
            WatchRow.client_id,
            ClientRow.name.label("client"),
            WatchRow.name,
            WatchRow.label,
            WatchTargetRow.target_won,
            WatchTargetRow.currency,
            WatchTargetRow.daily_budget,
        )
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .outerjoin(
            WatchTargetRow,
            (WatchTargetRow.watch_id == WatchRow.id) & _holds(WatchTargetRow, at),
        )
        .order_by(ClientRow.name, WatchRow.name)
    )
    if scope.client is not None:
        wanted = wanted.where(ClientRow.name == scope.client)
    if scope.watch is not None:
        wanted = wanted.where(WatchRow.name == scope.watch)
    if scope.owner is not None:
        theirs = (
            select(ClientOwnerRow.client_id)
            .join(OwnerRow, OwnerRow.id == ClientOwnerRow.owner_id)
            .where(OwnerRow.name == scope.owner, _holds(ClientOwnerRow, at))
        )
        wanted = wanted.where(WatchRow.client_id.in_(theirs))
    return wanted


def _owners(
    connection: Connection, clients: Collection[int], at: datetime
) -> dict[int, tuple[str, ...]]:
    rows = (
        select(ClientOwnerRow.client_id, OwnerRow.name)
        .join(OwnerRow, OwnerRow.id == ClientOwnerRow.owner_id)
        .where(ClientOwnerRow.client_id.in_(clients), _holds(ClientOwnerRow, at))
        .order_by(OwnerRow.name)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for client, name in connection.execute(rows):
        found[client].append(name)
    return {client: tuple(names) for client, names in found.items()}


def _sides(connection: Connection, watches: Collection[int], at: datetime) -> dict[int, Sides]:
    """Return what the rules say: of now, and of an ended watch what they said last."""
    rows = (
        select(
            WatchRuleRow.watch_id,
            WatchRuleRow.side,
            WatchRuleRow.metric,
            _holds(WatchRuleRow, at).label("holds"),
            AccountRow.site,
            AccountTermsRow.currency,
            LoginRow.name.label("login"),
            LoginRow.state,
            LoginRow.state_since,
        )
        .join(AccountRow, AccountRow.id == WatchRuleRow.account_id)
        .join(LoginRow, LoginRow.id == AccountRow.login_id)
        .join(AccountTermsRow, AccountTermsRow.account_id == AccountRow.id)
        .where(WatchRuleRow.watch_id.in_(watches))
        .order_by(WatchRuleRow.watch_id, WatchRuleRow.id, AccountTermsRow.id)
    )
    found: defaultdict[int, list[Any]] = defaultdict(list)
    for row in connection.execute(rows):
        found[row.watch_id].append(row)
    return {watch: _side_facts(rules) for watch, rules in found.items()}


def _empty(
    connection: Connection, watches: Collection[int], at: datetime
) -> dict[int, frozenset[Side]]:
    row = WatchMemberRow
    wanted = select(row.watch_id, row.side).where(row.watch_id.in_(watches), _holds(row, at))
    there = {(one.watch_id, one.side) for one in connection.execute(wanted.distinct())}
    return {
        watch: frozenset(side for side in Side if (watch, side) not in there) for watch in watches
    }


def _side_facts(rules: Collection[Any]) -> Sides:
    held = [rule for rule in rules if rule.holds]
    paid = [rule.currency for rule in held or rules if rule.side == Side.SPEND]
    return Sides(
        paid[-1] if paid else KRW,
        frozenset((rule.site, rule.metric) for rule in held or rules if rule.side == Side.RESULTS),
        {rule.login: rule.state_since for rule in held if SessionState(rule.state).waits},
    )
