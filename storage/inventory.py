"""Apply what a person declared, once, with its author, and show beforehand what it will change."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, Engine, insert, select

from domain.inventory import Change, ChangeKind, InventorySpec, changes
from storage.declare import PUT, Declaring
from storage.declared import declared
from storage.following import bring_into_line
from storage.named_lock import named_lock
from storage.tables import AccountRow, InventoryApplyRow
from storage.transaction import reading, run_in_transaction
from storage.undeclare import CLOSE


class InventoryStore:
    """The inventory that all machines share."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def declared(self) -> InventorySpec:
        """Return what is applied now."""
        with reading(self._engine) as connection:
            return declared(connection)

    def diff(self, wanted: InventorySpec) -> tuple[Change, ...]:
        """Return what `apply` would do; empty where everything is so already."""
        return changes(self.declared(), wanted)

    def apply(self, wanted: InventorySpec, author: str, at: datetime) -> tuple[Change, ...]:
        """Make `wanted` what is valid from `at` (business time) on, all of it or nothing.

        Nothing is deleted: what is declared no longer is closed, and opens again as a new row.

        Raises:
            UnknownName: a declaration names a client, login or account that is not declared.
        """

        def work(connection: Connection) -> tuple[Change, ...]:
            now = declared(connection)
            found = changes(now, wanted)
            if found:
                _write(Declaring(connection, at, author), now, found)
            return found

        with named_lock(self._engine, "inventory"):
            return run_in_transaction(self._engine, work)


def _write(to: Declaring, now: InventorySpec, found: tuple[Change, ...]) -> None:
    for change in found:
        if change.kind is ChangeKind.CLOSE:
            CLOSE[change.what](to, now, change.name)
        else:
            PUT[change.what](to, change.wanted)
    # In the order of their keys, each locked, so that two who do this cannot deadlock.
    accounts = select(AccountRow.id).order_by(AccountRow.id).with_for_update()
    for account in to.connection.scalars(accounts).all():
        bring_into_line(to.connection, account, to.at)
    shown = [[one.kind, one.what, one.name, one.detail] for one in found]
    to.connection.execute(
        insert(InventoryApplyRow).values(applied_at=to.at, author=to.author, changes=shown)
    )
