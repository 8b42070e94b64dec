"""A small inventory to apply in tests: one login on two sites, one client, one watch."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.inventory import (
    AccountSpec,
    ClientSpec,
    FollowRule,
    InventorySpec,
    LoginSpec,
    MemberRule,
    OwnerSpec,
    SiteSpec,
    WatchSpec,
)
from domain.policy import SitePolicy
from storage.inventory import InventoryStore
from storage.logins import LoginBook

NOW = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
SLOT = timedelta(minutes=20)

MOMENT = AccountKey("moment", "1001")
CHANNEL = AccountKey("channel", "shop")

SPEND = MemberRule(MOMENT, EntityKind.CREATIVE, "spend", name="spring *")
FRIENDS = MemberRule(CHANNEL, EntityKind.CHANNEL, "friends")

WATCH = WatchSpec(
    "spring friends", "shop", 3_000, frozenset([SPEND]), frozenset([FRIENDS]), "친구 추가 단가"
)

INVENTORY = InventorySpec(
    sites=(
        SiteSpec("moment", SitePolicy("demo:Moment", "http://127.0.0.1:1")),
        SiteSpec("channel", SitePolicy("demo:Channel", "http://127.0.0.1:2")),
    ),
    owners=(OwnerSpec("lee"),),
    clients=(ClientSpec("shop", frozenset(["lee"])),),
    logins=(LoginSpec("kim", ("moment", "channel"), username="kim@agency"),),
    accounts=(
        AccountSpec(MOMENT, "kim", "shop"),
        AccountSpec(CHANNEL, "kim", "shop"),
    ),
    follow=frozenset([FollowRule(EntityKind.CREATIVE, account=MOMENT)]),
    watches=(WATCH,),
)


def apply(engine: Engine, inventory: InventorySpec = INVENTORY, at: datetime = NOW) -> None:
    """Apply an inventory as the author `test`."""
    InventoryStore(engine).apply(inventory, "test", at)


def with_logins(count: int) -> InventorySpec:
    """An inventory of so many logins on one site, without accounts."""
    logins = tuple(LoginSpec(f"login-{number}", ("moment",)) for number in range(count))
    return replace(
        INVENTORY, logins=logins, accounts=(), follow=frozenset(), watches=(), clients=()
    )


def login_id(engine: Engine, name: str = "kim") -> int:
    """The key of a login."""
    return LoginBook(engine).get(name).id


def creative(external_id: str, account: AccountKey = MOMENT) -> EntityKey:
    """The key of a creative."""
    return EntityKey(account.site, account.external_id, EntityKind.CREATIVE, external_id)


def found(external_id: str, name: str) -> FoundEntity:
    """A creative as a page of the dashboard lists it."""
    return FoundEntity(creative(external_id), name, parent="7")


CHANNEL_KEY = EntityKey("channel", "shop", EntityKind.CHANNEL, "shop")
FOUND_CHANNEL = FoundEntity(CHANNEL_KEY, "우리 가게")
