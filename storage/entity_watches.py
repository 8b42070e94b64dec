"""The watches in which one metric of an entity counts."""

from __future__ import annotations

from sqlalchemy import Connection, select

from storage.tables import WatchMemberRow


def watches_of(connection: Connection, entity_id: int, metric: str) -> tuple[int, ...]:
    """Return the watches of which it is, or ever was, a member."""
    rows = (
        select(WatchMemberRow.watch_id)
        .where(WatchMemberRow.entity_id == entity_id, WatchMemberRow.metric == metric)
        .distinct()
        .order_by(WatchMemberRow.watch_id)
    )
    return tuple(connection.scalars(rows))
