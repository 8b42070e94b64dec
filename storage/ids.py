"""From names to keys, in any transaction."""

from __future__ import annotations

from sqlalchemy import Connection, select

from domain.account import AccountKey
from storage.errors import UnknownName
from storage.tables import (
    AccountRow,
    Base,
    ClientRow,
    LoginRow,
    OwnerRow,
    PersonRow,
    SiteRow,
    WatchRow,
)

_NAMED: dict[str, type[Base]] = {
    "site": SiteRow,
    "owner": OwnerRow,
    "client": ClientRow,
    "login": LoginRow,
    "watch": WatchRow,
    "person": PersonRow,
}


def id_of(connection: Connection, noun: str, name: str) -> int:
    """Return the key of the site, owner, client, login, watch or person called `name`.

    Raises:
        UnknownName: there is none, not even a closed one.
    """
    table = _NAMED[noun].__table__
    found = connection.scalar(select(table.c.id).where(table.c.name == name))
    if found is None:
        raise UnknownName(f"There is no {noun} {name!r}")
    return int(found)


def names_of(connection: Connection, noun: str) -> frozenset[str]:
    """Return the names of all sites, owners, clients, logins, watches or people, closed too."""
    return frozenset(connection.scalars(select(_NAMED[noun].__table__.c.name)))


def account_id(connection: Connection, account: AccountKey) -> int:
    """Return the key of an account.

    Raises:
        UnknownName: the inventory does not hold it.
    """
    found = connection.scalar(
        select(AccountRow.id).where(
            AccountRow.site == account.site, AccountRow.external_id == account.external_id
        )
    )
    if found is None:
        raise UnknownName(f"There is no account {account}")
    return found
