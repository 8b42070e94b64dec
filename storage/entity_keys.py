"""Between the sites' ids of entities and the database's keys."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from domain.entity import EntityKey, EntityKind
from storage.errors import UnknownName
from storage.tables import AccountRow, EntityRow


def entity_ids(connection: Connection, keys: Collection[EntityKey]) -> dict[EntityKey, int]:
    """Return the database's keys of entities.

    Raises:
        UnknownName: one of them is not in the inventory.
    """
    rows = connection.execute(
        select(
            EntityRow.id,
            AccountRow.site,
            AccountRow.external_id.label("account"),
            EntityRow.kind,
            EntityRow.external_id,
        )
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .where(
            AccountRow.site.in_({key.site for key in keys}),
            AccountRow.external_id.in_({key.account for key in keys}),
            EntityRow.external_id.in_({key.external_id for key in keys}),
        )
    )
    found = {_key(row): row.id for row in rows}
    missing = sorted(key for key in keys if key not in found)
    if missing:
        raise UnknownName(
            "The inventory does not hold " + ", ".join(str(key) for key in missing),
            advice="Run `danga entity discover`, or add the account to danga.yaml and apply it.",
        )
    return {key: found[key] for key in keys}


def entity_keys(connection: Connection, ids: Collection[int]) -> dict[int, EntityKey]:
    """Return the entities of the database's keys."""
    rows = connection.execute(
        select(
            EntityRow.id,
            AccountRow.site,
            AccountRow.external_id.label("account"),
            EntityRow.kind,
            EntityRow.external_id,
        )
        .join(AccountRow, AccountRow.id == EntityRow.account_id)
        .where(EntityRow.id.in_(ids))
    )
    return {row.id: _key(row) for row in rows}


def _key(row: Any) -> EntityKey:
    return EntityKey(row.site, row.account, EntityKind(row.kind), row.external_id)
