"""Apply what a person declared, once, with its author, and show beforehand what it will change."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from domain.audit import Actor, Deed, person
from domain.inventory import Change, ChangeKind, InventorySpec, changes
from domain.person import PersonSpec
from storage.audit import note_deed
from storage.declare import PUT, Declaring
from storage.declared import declared, people
from storage.errors import ClientIsLeaving
from storage.following import bring_into_line
from storage.named_lock import named_lock
from storage.policy_json import policy_to_json
from storage.tables import AccountRow, ClientLeaveRow, ClientRow, InventoryApplyRow
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

    def people(self) -> tuple[PersonSpec, ...]:
        """Return who is told when something is wrong, by name."""
        with reading(self._engine) as connection:
            return people(connection)

    def change(
        self, edit: Callable[[InventorySpec], InventorySpec], author: str, at: datetime, why: str
    ) -> tuple[Change, ...]:
        """Apply what `edit` makes of the inventory of now, in one transaction.

        Nobody else's change can get lost in between. `why` goes to the audit.

        Raises:
            UnknownName: a declaration names what is not declared.
            ClientIsLeaving: it changes a client whose leave was begun and not finished, or
                something of theirs.
        """

        def work(connection: Connection) -> tuple[Change, ...]:
            wanted = edit(declared(connection))
            found = apply_changes(connection, wanted, person(author), at, why)
            _require_nobody_leaves(connection, {_client_of(one) for one in found})
            return found

        with named_lock(self._engine, "inventory"):
            return run_in_transaction(self._engine, work)

    def diff(self, wanted: InventorySpec) -> tuple[Change, ...]:
        """Return what `apply` would do; empty where everything is so already."""
        return changes(self.declared(), wanted)

    def apply(self, wanted: InventorySpec, author: str, at: datetime) -> tuple[Change, ...]:
        """Make `wanted` what is valid from `at` (business time) on, all of it or nothing.

        Nothing is deleted: what is declared no longer is closed, and opens again as a new row.

        Raises:
            UnknownName: a declaration names a client, login or account that is not declared.
            ClientIsLeaving: it declares a client whose leave was begun and not finished.
        """

        def work(connection: Connection) -> tuple[Change, ...]:
            _require_nobody_leaves(connection, {one.name for one in wanted.clients})
            return apply_changes(connection, wanted, person(author), at)

        with named_lock(self._engine, "inventory"):
            return run_in_transaction(self._engine, work)


def apply_changes(
    connection: Connection, wanted: InventorySpec, actor: Actor, at: datetime, why: str = ""
) -> tuple[Change, ...]:
    """Do what `apply` does in a transaction of the caller's, who holds the lock `inventory`.

    Raises:
        UnknownName: a declaration names what is not declared.
    """
    now = declared(connection)
    found = changes(now, wanted)
    if found:
        _write(Declaring(connection, at, actor.name), now, found)
    for change in found:
        detail = {"change": change.detail} if change.detail else {}
        if change.what == "site":
            detail = _policies(now, wanted, change.name)
        deed = Deed(f"{change.what}.{change.kind}", f"{change.what} {change.name}", why, detail)
        note_deed(connection, actor, deed)
    return found


def _policies(now: InventorySpec, wanted: InventorySpec, site: str) -> dict[str, Any]:
    """Return the whole policy of before and after, as plain values; None: there is none."""
    return {
        word: next(
            (policy_to_json(one.policy) for one in spec.sites if one.name == site),
            None,
        )
        for word, spec in (("before", now), ("after", wanted))
    }


def _client_of(change: Change) -> str | None:
    """Return the client whose declaration, account or watch is written."""
    if change.what == "client" and change.wanted is not None:
        return change.name
    return getattr(change.wanted, "client", None)


def _require_nobody_leaves(connection: Connection, clients: Collection[str | None]) -> None:
    rows = (
        select(ClientRow.name)
        .join(ClientLeaveRow, ClientLeaveRow.client_id == ClientRow.id)
        .where(ClientLeaveRow.finished_at.is_(None))
        .order_by(ClientRow.name)
    )
    leaving = [name for name in connection.scalars(rows) if name in clients]
    if leaving:
        names = ", ".join(leaving)
        raise ClientIsLeaving(
            f"{names} is leaving, and not gone yet; nothing was changed",
            advice=f"Remove it from the file, and finish: `danga client leave {leaving[0]}`.",
        )


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
