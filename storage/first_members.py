"""Let the first members of a watch hold for days before it was declared, when a person says so.

Nothing that was declared is changed: a row is added that ends where the first one begins. Before
that nothing was known of the watch, so nothing is contradicted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, insert, select

from domain.audit import Actor, Deed
from domain.business_day import BusinessDay
from storage.audit import note_deed
from storage.tables import WatchMemberRow, WatchRow
from storage.transaction import run_in_transaction
from storage.watches import MemberRecord, members_of_each


def extend_first_members(
    engine: Engine,
    watches: Collection[int],
    since: datetime,
    wall: BusinessDay,
    actor: Actor,
    at: datetime,
) -> int:
    """Let the members of each watch's first day be its members from `since` on; return how many.

    A watch that has members before is left alone, and so is an ad that was known not to exist.
    It is known from `at` (business time) on: what was seen of the watch before had no members.
    """

    def work(connection: Connection) -> int:
        found = members_of_each(connection, watches)
        count = 0
        for watch, members in found.items():
            rows = [{**row, "known_at": at} for row in _rows(watch, members, since, wall)]
            if rows:
                connection.execute(insert(WatchMemberRow), rows)
                name = connection.scalar(select(WatchRow.name).where(WatchRow.id == watch))
                told = {"since": str(wall.date_of(since)), "members": len(rows)}
                note_deed(connection, actor, Deed("watch.extend", f"watch {name}", "", told))
                count += len(rows)
        return count

    return run_in_transaction(engine, work)


def _rows(
    watch: int, members: Collection[MemberRecord], since: datetime, wall: BusinessDay
) -> Iterator[dict[str, Any]]:
    first = min(one.valid_from for one in members)
    if first <= since:
        return
    earliest: dict[tuple[str, int, str], MemberRecord] = {}
    for one in members:  # oldest first
        earliest.setdefault((one.side, one.entity_id, one.metric), one)
    for (side, entity, metric), one in earliest.items():
        if one.valid_from < wall.ends(wall.date_of(first)) and one.born_after is None:
            row = {"watch_id": watch, "side": side, "entity_id": entity, "metric": metric}
            yield {**row, "valid_from": since, "valid_to": one.valid_from}
