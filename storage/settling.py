"""Settle a watch: from its members and readings to its unit costs, in one transaction.

Called after the readings of a visit were committed. Two visits that end at the same moment (the
two sides of a watch) settle it one after the other, so that the one that saw less never writes
last.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Engine, select

from costs.calculator import settle
from costs.member import Member, Side
from costs.watch_series import WatchSeries
from costs.window import Window, window
from domain.business_day import BusinessDay
from domain.metric import Metric
from storage.cost_months import Shelf, months_of
from storage.errors import UnknownName
from storage.reading_series import series
from storage.replace_costs import replace_costs
from storage.tables import WatchRow
from storage.transaction import run_in_transaction
from storage.unit_costs import pair_point_before
from storage.watches import MemberRecord, members_of

_LAST = datetime(9999, 1, 1, tzinfo=UTC)
_FIRST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What the class of each site declares: its business day, and its metrics by name."""

    days: Mapping[str, BusinessDay]
    metrics: Mapping[str, Mapping[str, Metric]]

    def require(self, members: Iterable[MemberRecord]) -> None:
        """Pass where all sites and metrics of the members are known.

        Raises:
            UnknownName: one is not.
        """
        for member in members:
            site = member.entity.site
            if site not in self.days or member.metric not in self.metrics.get(site, {}):
                raise UnknownName(
                    f"The class of the site {site!r} declares no metric {member.metric!r}",
                    advice="Mend the watch or the site's class, then apply danga.yaml again.",
                )

    def member(self, record: MemberRecord) -> Member:
        """Return the member as the calculator takes it."""
        return Member(
            record.entity,
            self.metrics[record.entity.site][record.metric],
            Side(record.side),
            record.valid_from,
            record.valid_to,
            record.born_after,
        )


class WatchSettler:
    """Computes watches anew; hours are cut in `zone`."""

    def __init__(self, engine: Engine, facts: SiteFacts, zone: ZoneInfo) -> None:
        self._engine = engine
        self._facts = facts
        self._zone = zone

    def settle(self, watch_id: int, changed: datetime, at: datetime) -> int:
        """Compute what a change at `changed` may have touched; return how many rows differ.

        `changed` is the earliest `costs.window.changed_at` of the readings that came, or the
        moment a member joined or left; `at` is the business time, for `computed_at`.

        Raises:
            UnknownName: a member's site or metric is not among the facts.
            CostsError: the readings contradict each other.
        """

        def work(connection: Connection) -> int:
            members = self._lock(connection, watch_id)
            if not members:
                return 0
            days = [self._facts.days[site] for site in sorted({m.entity.site for m in members})]

            def on(shelf: Shelf) -> int:
                before = partial(pair_point_before, connection, watch_id, shelf=shelf)
                span = window(changed, before, days, self._zone)
                return self._compute(connection, watch_id, members, span, at, shelf)

            return self._on_each_shelf(connection, watch_id, on)

        return run_in_transaction(self._engine, work)

    def rebuild(self, watch_id: int, at: datetime) -> int:
        """Compute everything of the watch anew; return how many rows differed."""
        everything = Window(_FIRST, _FIRST, _FIRST, _FIRST)

        def work(connection: Connection) -> int:
            members = self._lock(connection, watch_id)

            def compute(shelf: Shelf) -> int:
                return self._compute(connection, watch_id, members, everything, at, shelf)

            return self._on_each_shelf(connection, watch_id, compute)

        return run_in_transaction(self._engine, work)

    def _on_each_shelf(
        self, connection: Connection, watch_id: int, work: Callable[[Shelf], int]
    ) -> int:
        """Do it for the rows that count, and for those that a rebuild is writing meanwhile.

        So no reading is missing when these begin to count. Returns what the first gave.
        """
        rows = work(Shelf.LIVE)
        months = months_of(connection, [watch_id]).get(watch_id)
        if months and months.building:
            work(Shelf.BUILDING)
        return rows

    def _lock(self, connection: Connection, watch_id: int) -> tuple[MemberRecord, ...]:
        connection.execute(select(WatchRow.id).where(WatchRow.id == watch_id).with_for_update())
        members = members_of(connection, watch_id)
        self._facts.require(members)
        return members

    def _compute(
        self,
        connection: Connection,
        watch_id: int,
        members: tuple[MemberRecord, ...],
        span: Window,
        at: datetime,
        shelf: Shelf,
    ) -> int:
        pairs = {(member.entity_id, member.metric) for member in members}
        readings = series(connection, pairs, span.load_since, _LAST)
        watch = WatchSeries(
            members=tuple(self._facts.member(member) for member in members),
            readings=tuple(one.reading for one in readings),
            days=self._facts.days,
            zone=self._zone,
        )
        return replace_costs(connection, watch_id, span, settle(watch, span), at, shelf)
