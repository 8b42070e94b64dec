"""Write one declaration of each noun: its row, and the rows that hold from a moment on.

Each function may be repeated; what is already so stays. Called by `InventoryStore.apply` with
the inventory locked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from domain.entity import EntityKind
from domain.inventory import (
    AccountSpec,
    ClientSpec,
    EntityState,
    FollowRule,
    LoginSpec,
    MemberRule,
    OwnerSpec,
    SiteSpec,
    WatchSpec,
)
from domain.person import PersonSpec
from domain.session import SessionState
from storage.database_clock import database_now
from storage.ids import account_id, id_of
from storage.policy_json import policy_to_json
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    Base,
    ClientOwnerRow,
    ClientRow,
    EntityRow,
    FollowRuleRow,
    LoginLeaseRow,
    LoginRow,
    OwnerRow,
    PersonRow,
    SitePolicyRow,
    SiteRow,
    WatchRow,
    WatchRuleRow,
    WatchTargetRow,
)
from storage.validity import keep_open


@dataclass(frozen=True, slots=True)
class Declaring:
    """Who applies, when (business time), in which transaction."""

    connection: Connection
    at: datetime
    author: str

    def keep(self, kind: type[Base], owner: dict[str, Any], wanted: list[dict[str, Any]]) -> None:
        """Make `wanted` the open rows of `owner`."""
        keep_open(self.connection, kind, owner, wanted, self.at)

    def put(self, kind: type[Base], natural: dict[str, Any], values: dict[str, Any]) -> int:
        """Write the row that `natural` names and return its key; a closed one opens again."""
        table = kind.__table__
        values = {**values, "enabled": True}
        where = [table.c[name] == value for name, value in natural.items()]
        found = self.connection.scalar(select(table.c.id).where(*where))
        if found is None:
            made = self.connection.execute(insert(kind).values({**natural, **values}))
            assert made.inserted_primary_key is not None
            return int(made.inserted_primary_key[0])
        self.connection.execute(update(kind).where(*where).values(values))
        return int(found)


def put_site(to: Declaring, spec: SiteSpec) -> None:
    """Write a site; its policies of before stay as history."""
    policy = policy_to_json(spec.policy)
    site = to.put(SiteRow, {"name": spec.name}, {"policy": policy})
    before = to.connection.execute(
        select(SitePolicyRow.policy, SitePolicyRow.author).where(
            SitePolicyRow.site_id == site, SitePolicyRow.valid_to.is_(None)
        )
    ).first()
    # The same policy applied by somebody else is still the first one's.
    author = before.author if before and before.policy == policy else to.author
    to.keep(SitePolicyRow, {"site_id": site}, [{"policy": policy, "author": author}])


def put_owner(to: Declaring, spec: OwnerSpec) -> None:
    """Write an owner."""
    to.put(OwnerRow, {"name": spec.name}, {"locale": spec.locale})


def put_client(to: Declaring, spec: ClientSpec) -> None:
    """Write a client and who looks after it from now on."""
    client = to.put(ClientRow, {"name": spec.name}, {})
    owners = [id_of(to.connection, "owner", name) for name in sorted(spec.owners)]
    to.keep(ClientOwnerRow, {"client_id": client}, [{"owner_id": one} for one in owners])


def put_login(to: Declaring, spec: LoginSpec) -> None:
    """Write a login; a new one gets its free lease, an old one keeps its session's state."""
    values = {
        "sites": list(spec.sites),
        "home_site": spec.sites[0],
        "username": spec.username,
        "credential_source": spec.credential_source,
        "proxy": None if spec.proxy is None else asdict(spec.proxy),
    }
    known = to.connection.scalar(select(LoginRow.id).where(LoginRow.name == spec.name))
    if known is not None:
        to.put(LoginRow, {"name": spec.name}, values)
        return
    now = database_now(to.connection)
    fresh = {"state": SessionState.NEW, "state_reason": "", "state_since": now}
    login = to.put(LoginRow, {"name": spec.name}, {**values, **fresh})
    to.connection.execute(
        insert(LoginLeaseRow).values(login_id=login, kind="", token=0, expires_at=now)
    )


def put_account(to: Declaring, spec: AccountSpec) -> None:
    """Write an account and its terms from now on."""
    natural = {"site": spec.key.site, "external_id": spec.key.external_id}
    client = None if spec.client is None else id_of(to.connection, "client", spec.client)
    values = {
        "login_id": None if spec.login is None else id_of(to.connection, "login", spec.login),
        "client_id": client,
        "declared_name": spec.shown_name,
    }
    account = to.put(AccountRow, natural, values)
    to.keep(AccountTermsRow, {"account_id": account}, [asdict(spec.terms)])
    if spec.login is None:
        _put_entity(to, account, spec)


def _put_entity(to: Declaring, account: int, spec: AccountSpec) -> None:
    """An account that nobody visits is one entity, itself: no page will ever list it."""
    mine = (
        EntityRow.account_id == account,
        EntityRow.kind == EntityKind.CHANNEL,
        EntityRow.external_id == spec.key.external_id,
    )
    name = spec.shown_name or spec.key.external_id
    found = to.connection.scalar(select(EntityRow.id).where(*mine))
    if found is not None:
        to.connection.execute(update(EntityRow).where(EntityRow.id == found).values(name=name))
        return
    to.connection.execute(
        insert(EntityRow).values(
            account_id=account,
            kind=EntityKind.CHANNEL,
            external_id=spec.key.external_id,
            name=name,
            state=EntityState.SEEN,
            first_seen_at=to.at,
        )
    )


def put_follow(to: Declaring, rule: FollowRule) -> None:
    """Open a follow rule."""
    owner = {
        "account_id": None if rule.account is None else account_id(to.connection, rule.account),
        "login_id": None if rule.login is None else id_of(to.connection, "login", rule.login),
    }
    row = {"level": rule.level, "name": rule.name, "valid_from": to.at}
    to.connection.execute(insert(FollowRuleRow).values({**owner, **row}))


def put_watch(to: Declaring, spec: WatchSpec) -> None:
    """Write a watch, its target and its rules from now on."""
    client = id_of(to.connection, "client", spec.client)
    watch = to.put(WatchRow, {"name": spec.name}, {"client_id": client, "label": spec.label})
    held_against = {
        "target_won": spec.target,
        "currency": spec.currency,
        "daily_budget": spec.daily_budget,
        "vat": spec.vat,
    }
    to.keep(WatchTargetRow, {"watch_id": watch}, [held_against])
    rules = [_rule(to, "spend", rule) for rule in sorted(spec.spend, key=str)]
    rules += [_rule(to, "results", rule) for rule in sorted(spec.results, key=str)]
    to.keep(WatchRuleRow, {"watch_id": watch}, rules)


def put_person(to: Declaring, spec: PersonSpec) -> None:
    """Write somebody who is told."""
    values = {
        "roles": sorted(spec.roles),
        "language": spec.language,
        "targets": list(spec.targets),
        "quiet": None if spec.quiet is None else str(spec.quiet),
        "wake": spec.wake,
        "starts": f"{spec.starts:%H:%M}",
        "digest": spec.digest,
    }
    to.put(PersonRow, {"name": spec.name}, values)


def _rule(to: Declaring, side: str, rule: MemberRule) -> dict[str, Any]:
    return {
        "side": side,
        "account_id": account_id(to.connection, rule.account),
        "kind": rule.kind,
        "metric": rule.metric,
        "name": rule.name,
        "external_ids": sorted(rule.external_ids) or None,
    }


PUT: dict[str, Callable[[Declaring, Any], None]] = {
    "site": put_site,
    "owner": put_owner,
    "client": put_client,
    "login": put_login,
    "account": put_account,
    "follow": put_follow,
    "watch": put_watch,
    "person": put_person,
}
