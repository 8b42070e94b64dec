"""Compute months of unit costs anew beside those that count, and let all of it count at once.

Each watch's month is computed without a lock, then written under the lock of its watch if it is
still what its readings give. From then on every settling writes it, too (`storage.settling`), so
that nothing is missing when it begins to count. Only months that differ are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from sqlalchemy import Connection, Engine, insert, select, update

from domain.audit import Actor, Deed
from domain.month import Month
from storage.audit import note_deed
from storage.dated_costs import CostComputer, DatedCosts
from storage.month_rows import Difference, WatchMonth, compared
from storage.tables import CostGenerationRow, CostMonthRow, WatchRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert

_TRIES = 3


class CostRebuild:
    """A rebuild: `begin` it, `write` the months of each watch, then `flip` or `give_up`."""

    def __init__(self, engine: Engine, computer: CostComputer) -> None:
        self._engine = engine
        self._computer = computer

    def compare(self, watch_id: int, month: Month, at: datetime) -> Difference:
        """Return what writing the month would change; nothing is written.

        Raises:
            UnknownName: a member's site or metric is not known.
            CostsError: the readings contradict each other.
        """
        one = WatchMonth(watch_id, month, self._computer.wall)
        with reading(self._engine) as connection:
            found = self._computer.costs(connection, watch_id, month.first, month.last)
            return compared(one.live(connection), one.of_costs(found, 0, at))

    def begin(self, span: Sequence[Month], watch: str | None, actor: Actor, at: datetime) -> int:
        """Note who rebuilds what (`watch` None: all), and return the generation's number."""
        row = {
            "first_month": span[0].first,
            "last_month": span[-1].first,
            "watch": watch,
            "begun_by": actor.name,
            "begun_at": at,
            "rows_differ": 0,
        }

        def work(connection: Connection) -> int:
            key = connection.execute(insert(CostGenerationRow), row).inserted_primary_key
            assert key is not None
            return int(key[0])

        return run_in_transaction(self._engine, work)

    def write(self, generation: int, watch_id: int, month: Month, at: datetime) -> Difference:
        """Write the month beside the one that counts, if it differs from that.

        Raises:
            UnknownName: a member's site or metric is not known.
            CostsError: the readings contradict each other.
        """
        one = WatchMonth(watch_id, month, self._computer.wall)

        def put(found: DatedCosts, connection: Connection) -> Difference | None:
            self._lock(connection, [watch_id])
            if not self._computer.is_unchanged(connection, watch_id, found.basis):
                return None
            return _put(connection, one, found, generation, at)

        def compute_and_put(connection: Connection) -> Difference:
            self._lock(connection, [watch_id])
            found = self._computer.costs(connection, watch_id, month.first, month.last)
            return _put(connection, one, found, generation, at)

        for _ in range(_TRIES):
            with reading(self._engine) as connection:
                found = self._computer.costs(connection, watch_id, month.first, month.last)
            written = run_in_transaction(self._engine, partial(put, found))
            if written is not None:
                return written
        # Its readings come faster than they are computed: keep its settling out meanwhile.
        return run_in_transaction(self._engine, compute_and_put)

    def flip(
        self, generation: int, found: Difference, deed: Deed, actor: Actor, at: datetime
    ) -> None:
        """Let everything that was written count, at once."""
        mine = CostMonthRow.building == generation

        def work(connection: Connection) -> None:
            watches = connection.scalars(select(CostMonthRow.watch_id).where(mine).distinct())
            self._lock(connection, list(watches))
            connection.execute(
                update(CostMonthRow).where(mine).values(generation=generation, building=None)
            )
            connection.execute(
                update(CostGenerationRow)
                .where(CostGenerationRow.id == generation)
                .values(live_at=at, rows_differ=found.differ)
            )
            note_deed(connection, actor, deed)

        run_in_transaction(self._engine, work)

    def give_up(self, generation: int) -> None:
        """Delete what was written: nothing of it ever counts."""
        mine = CostMonthRow.building == generation

        def work(connection: Connection) -> None:
            found = connection.execute(
                select(CostMonthRow.watch_id, CostMonthRow.month).where(mine)
            )
            months = [
                WatchMonth(row.watch_id, Month(row.month), self._computer.wall) for row in found
            ]
            self._lock(connection, [one.watch_id for one in months])
            connection.execute(update(CostMonthRow).where(mine).values(building=None))
            for one in months:
                one.forget(connection, generation)

        run_in_transaction(self._engine, work)

    def _lock(self, connection: Connection, watches: Sequence[int]) -> None:
        """Keep the settling of these watches out, as it keeps us out."""
        wanted = select(WatchRow.id).where(WatchRow.id.in_(watches)).order_by(WatchRow.id)
        connection.execute(wanted.with_for_update())


def _put(
    connection: Connection, one: WatchMonth, found: DatedCosts, generation: int, at: datetime
) -> Difference:
    """Write what differs, in place of what a rebuild that died has left."""
    month, wall = one.month, one.wall
    mine = (CostMonthRow.watch_id == one.watch_id, CostMonthRow.month == month.first)
    there = connection.execute(select(CostMonthRow.__table__).where(*mine)).one_or_none()
    if there is not None and there.building is not None:
        one.forget(connection, there.building)
    fresh = one.of_costs(found, generation, at)
    difference = compared(one.live(connection), fresh)
    if difference.differ:
        one.write(connection, fresh)
    row = {
        "watch_id": one.watch_id,
        "month": month.first,
        "last_date": month.last,
        "begins_at": month.begins(wall),
        "ends_at": month.ends(wall),
        "generation": there.generation if there is not None else 0,
        "building": generation if difference.differ else None,
    }
    if there is not None or difference.differ:
        upsert(connection, CostMonthRow, [row])
    return difference
