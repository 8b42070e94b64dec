"""Read back, from the open rows, what was declared: the inventory as it is applied now."""

from __future__ import annotations

from collections import defaultdict
from datetime import time
from typing import Any

from sqlalchemy import Connection, select

from domain.account import AccountKey
from domain.entity import EntityKind
from domain.inventory import (
    AccountSpec,
    AccountTerms,
    ClientSpec,
    FollowRule,
    InventorySpec,
    LoginSpec,
    MemberRule,
    OwnerSpec,
    ProxyWish,
    SiteSpec,
    Vat,
    WatchSpec,
)
from domain.person import DigestDays, Language, PersonSpec, Role
from domain.request_budget import QuietHours
from storage.policy_json import policy_from_json
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    ClientOwnerRow,
    ClientRow,
    FollowRuleRow,
    LoginRow,
    OwnerRow,
    PersonRow,
    SiteRow,
    WatchRow,
    WatchRuleRow,
    WatchTargetRow,
)


def declared(connection: Connection) -> InventorySpec:
    """Return everything that is applied and not closed."""
    return InventorySpec(
        sites=_sites(connection),
        owners=_owners(connection),
        clients=_clients(connection),
        logins=_logins(connection),
        accounts=_accounts(connection),
        follow=_follow(connection),
        watches=_watches(connection),
        people=people(connection),
    )


def people(connection: Connection) -> tuple[PersonSpec, ...]:
    """Return who is told, by name."""
    rows = connection.execute(select(PersonRow).where(PersonRow.enabled).order_by(PersonRow.name))
    return tuple(
        PersonSpec(
            row.name,
            frozenset(Role(role) for role in row.roles),
            tuple(row.targets),
            Language(row.language),
            None if row.quiet is None else QuietHours.parse(row.quiet),
            row.wake,
            time.fromisoformat(row.starts),
            DigestDays(row.digest),
        )
        for row in rows
    )


def proxy_wish(plain: dict[str, Any] | None) -> ProxyWish | None:
    """Return the wish that a login's row holds."""
    return None if plain is None else ProxyWish(**plain)


def _sites(connection: Connection) -> tuple[SiteSpec, ...]:
    rows = connection.execute(select(SiteRow.name, SiteRow.policy).where(SiteRow.enabled))
    return tuple(SiteSpec(row.name, policy_from_json(row.policy)) for row in rows)


def _owners(connection: Connection) -> tuple[OwnerSpec, ...]:
    rows = connection.execute(select(OwnerRow.name, OwnerRow.locale).where(OwnerRow.enabled))
    return tuple(OwnerSpec(row.name, row.locale) for row in rows)


def _clients(connection: Connection) -> tuple[ClientSpec, ...]:
    owners = defaultdict(set)
    for row in connection.execute(
        select(ClientOwnerRow.client_id, OwnerRow.name)
        .join(OwnerRow, OwnerRow.id == ClientOwnerRow.owner_id)
        .where(ClientOwnerRow.valid_to.is_(None))
    ):
        owners[row.client_id].add(row.name)
    rows = connection.execute(select(ClientRow.id, ClientRow.name).where(ClientRow.enabled))
    return tuple(ClientSpec(row.name, frozenset(owners[row.id])) for row in rows)


def _logins(connection: Connection) -> tuple[LoginSpec, ...]:
    rows = connection.execute(
        select(
            LoginRow.name,
            LoginRow.sites,
            LoginRow.username,
            LoginRow.credential_source,
            LoginRow.proxy,
        ).where(LoginRow.enabled)
    )
    return tuple(
        LoginSpec(
            row.name, tuple(row.sites), row.username, row.credential_source, proxy_wish(row.proxy)
        )
        for row in rows
    )


def _accounts(connection: Connection) -> tuple[AccountSpec, ...]:
    rows = connection.execute(
        select(
            AccountRow.site,
            AccountRow.external_id,
            AccountRow.declared_name,
            LoginRow.name.label("login"),
            ClientRow.name.label("client"),
            AccountTermsRow.currency,
            AccountTermsRow.vat_included,
            AccountTermsRow.vat_rate,
            AccountTermsRow.time_zone,
        )
        .outerjoin(LoginRow, LoginRow.id == AccountRow.login_id)
        .outerjoin(ClientRow, ClientRow.id == AccountRow.client_id)
        .join(AccountTermsRow, AccountTermsRow.account_id == AccountRow.id)
        .where(AccountRow.enabled, AccountTermsRow.valid_to.is_(None))
    )
    return tuple(
        AccountSpec(
            AccountKey(row.site, row.external_id),
            row.login,
            row.client,
            row.declared_name,
            AccountTerms(row.currency, row.vat_included, row.vat_rate, row.time_zone),
        )
        for row in rows
    )


def _follow(connection: Connection) -> frozenset[FollowRule]:
    rows = connection.execute(
        select(
            FollowRuleRow.level,
            FollowRuleRow.name,
            AccountRow.site,
            AccountRow.external_id,
            LoginRow.name.label("login"),
        )
        .outerjoin(AccountRow, AccountRow.id == FollowRuleRow.account_id)
        .outerjoin(LoginRow, LoginRow.id == FollowRuleRow.login_id)
        .where(FollowRuleRow.valid_to.is_(None))
    )
    return frozenset(
        FollowRule(
            EntityKind(row.level),
            row.name,
            None if row.site is None else AccountKey(row.site, row.external_id),
            row.login,
        )
        for row in rows
    )


def _watches(connection: Connection) -> tuple[WatchSpec, ...]:
    sides = _member_rules(connection)
    rows = connection.execute(
        select(
            WatchRow.id,
            WatchRow.name,
            WatchRow.label,
            ClientRow.name.label("client"),
            WatchTargetRow.target_won,
            WatchTargetRow.currency,
            WatchTargetRow.daily_budget,
            WatchTargetRow.vat,
        )
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .join(WatchTargetRow, WatchTargetRow.watch_id == WatchRow.id)
        .where(WatchRow.enabled, WatchTargetRow.valid_to.is_(None))
    )
    return tuple(
        WatchSpec(
            row.name,
            row.client,
            row.target_won,
            frozenset(sides[row.id, "spend"]),
            frozenset(sides[row.id, "results"]),
            row.label,
            row.currency,
            row.daily_budget,
            None if row.vat is None else Vat(row.vat),
        )
        for row in rows
    )


def _member_rules(connection: Connection) -> dict[tuple[int, str], list[MemberRule]]:
    rules: dict[tuple[int, str], list[MemberRule]] = defaultdict(list)
    for row in connection.execute(
        select(WatchRuleRow, AccountRow.site, AccountRow.external_id)
        .join(AccountRow, AccountRow.id == WatchRuleRow.account_id)
        .where(WatchRuleRow.valid_to.is_(None))
    ):
        rules[row.watch_id, row.side].append(
            MemberRule(
                AccountKey(row.site, row.external_id),
                EntityKind(row.kind),
                row.metric,
                row.name,
                frozenset(row.external_ids or ()),
            )
        )
    return rules
