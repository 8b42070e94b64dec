"""Close what is declared no longer: rows are switched off or given their end, never deleted."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import ColumnElement, update

from domain.inventory import FollowRule, InventorySpec
from storage.declare import Declaring
from storage.ids import account_id, id_of
from storage.tables import (
    AccountRow,
    AccountTermsRow,
    Base,
    ClientOwnerRow,
    ClientRow,
    FollowRuleRow,
    LoginRow,
    OwnerRow,
    PersonRow,
    SitePolicyRow,
    SiteRow,
    WatchRow,
    WatchRuleRow,
    WatchTargetRow,
)


def close_site(to: Declaring, now: InventorySpec, name: str) -> None:
    """Stop visiting a site."""
    site = _switch_off(to, SiteRow, id_of(to.connection, "site", name))
    to.keep(SitePolicyRow, {"site_id": site}, [])


def close_owner(to: Declaring, now: InventorySpec, name: str) -> None:
    """An owner who left."""
    _switch_off(to, OwnerRow, id_of(to.connection, "owner", name))


def close_client(to: Declaring, now: InventorySpec, name: str) -> None:
    """A client who left."""
    client = _switch_off(to, ClientRow, id_of(to.connection, "client", name))
    to.keep(ClientOwnerRow, {"client_id": client}, [])


def close_login(to: Declaring, now: InventorySpec, name: str) -> None:
    """Stop visiting with a login; its sessions stay in the vault."""
    _switch_off(to, LoginRow, id_of(to.connection, "login", name))


def close_account(to: Declaring, now: InventorySpec, name: str) -> None:
    """Stop reading an account; its entities leave their watches."""
    key = next(one.key for one in now.accounts if str(one.key) == name)
    account = _switch_off(to, AccountRow, account_id(to.connection, key))
    to.keep(AccountTermsRow, {"account_id": account}, [])


def close_follow(to: Declaring, now: InventorySpec, name: str) -> None:
    """Follow no longer what a rule followed."""
    rule = next(one for one in now.follow if str(one) == name)
    open_ones = update(FollowRuleRow).where(
        FollowRuleRow.level == rule.level,
        FollowRuleRow.name == rule.name,
        _owned(to, rule),
        FollowRuleRow.valid_to.is_(None),
    )
    to.connection.execute(open_ones.values(valid_to=to.at))


def close_watch(to: Declaring, now: InventorySpec, name: str) -> None:
    """End a watch; its unit costs stay."""
    watch = _switch_off(to, WatchRow, id_of(to.connection, "watch", name))
    to.keep(WatchTargetRow, {"watch_id": watch}, [])
    to.keep(WatchRuleRow, {"watch_id": watch}, [])


def close_person(to: Declaring, now: InventorySpec, name: str) -> None:
    """Tell somebody nothing more."""
    _switch_off(to, PersonRow, id_of(to.connection, "person", name))


def _owned(to: Declaring, rule: FollowRule) -> ColumnElement[bool]:
    if rule.account is not None:
        return FollowRuleRow.account_id == account_id(to.connection, rule.account)
    assert rule.login is not None
    return FollowRuleRow.login_id == id_of(to.connection, "login", rule.login)


def _switch_off(to: Declaring, kind: type[Base], key: int) -> int:
    to.connection.execute(update(kind).where(kind.__table__.c.id == key).values(enabled=False))
    return key


CLOSE: dict[str, Callable[[Declaring, InventorySpec, str], None]] = {
    "site": close_site,
    "owner": close_owner,
    "client": close_client,
    "login": close_login,
    "account": close_account,
    "follow": close_follow,
    "watch": close_watch,
    "person": close_person,
}
