"""Close a month: keep its figures as they are, and tell later what differs from them.

What counts goes on changing (a platform corrects a past day, a month is rebuilt); what was kept
never does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Engine, Select, insert, or_, select

from costs.flag import Flag
from domain.audit import Actor, Deed
from domain.month import Month
from storage.audit import note_deed
from storage.cost_months import is_live
from storage.errors import MonthClosed
from storage.tables import ClientRow, ClosedDayRow, ClosedMonthRow, UnitCostDayRow, WatchRow
from storage.transaction import reading, run_in_transaction

Day = tuple[int, date]
"""Watch and business date."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What is kept of a day; NULL is unknown, money in minor units of the watch's currency."""

    spend: int | None
    spend_net: Decimal | None
    results: int | None
    unit_cost: Decimal | None
    unpaired_spend: int | None
    is_final: bool


@dataclass(frozen=True, slots=True)
class Closing:
    """When a month was closed, and by whom."""

    month: Month
    closed_at: datetime
    closed_by: str
    is_provisional: bool


@dataclass(frozen=True, slots=True)
class Change:
    """A day that is not any more as it was kept; None: it had, or has, no row."""

    client: str
    watch: str
    business_date: date
    kept: Figures | None
    now: Figures | None


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """What was kept of some watches and dates, and the closed months that these lie in."""

    months: frozenset[Month] = frozenset()
    days: Mapping[Day, Figures] = field(default_factory=dict)

    def dates(self, watch: int) -> frozenset[date]:
        """Return the dates of a watch whose figures were kept."""
        return frozenset(day for of, day in self.days if of == watch)

    def is_closed(self, day: date) -> bool:
        """Whether the month of the date is closed."""
        return Month.of(day) in self.months

    def differ(self, day: Day, now: Figures | None) -> bool:
        """Whether the figures of a day of a closed month are not any more those that were kept."""
        return differs(self.days.get(day), now)


FIGURES = tuple(one.name for one in fields(Figures))
"""The names of what is kept."""
_AMOUNTS = tuple(name for name in FIGURES if name != "is_final")


class ClosingBook:
    """All closed months."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def closing(self, month: Month) -> Closing | None:
        """Return who closed the month, and when; None: nobody did."""
        columns = ClosedMonthRow.__table__.columns
        with reading(self._engine) as connection:
            found = connection.execute(select(*columns).where(columns.month == month.first)).first()
        return None if found is None else Closing(Month(found[0]), *found[1:])

    def days(self, month: Month) -> Mapping[Day, Figures]:
        """Return the figures that count now, by watch and date."""
        with reading(self._engine) as connection:
            return _figures(connection, _live(month))

    def open_days(self, month: Month) -> tuple[Day, ...]:
        """Return the days whose figures are awaited.

        Not those without any unit cost: nothing of them is awaited.
        """
        row = UnitCostDayRow
        wanted = select(row.watch_id, row.business_date, row.spend, row.flags).where(
            ~row.is_final, row.business_date.between(month.first, month.last), is_live(row)
        )
        with reading(self._engine) as connection:
            return tuple(
                (one.watch_id, one.business_date)
                for one in connection.execute(wanted.order_by(row.business_date, row.watch_id))
                if one.spend is not None or Flag.PENDING in one.flags
            )

    def close(self, month: Month, actor: Actor, at: datetime, reason: str = "") -> Closing:
        """Keep the month's figures as they count now.

        Raises:
            MonthClosed: somebody closed it before; nothing was changed.
        """
        provisional = bool(self.open_days(month))
        closing = Closing(month, at, actor.name, provisional)

        def work(connection: Connection) -> Closing:
            there = select(ClosedMonthRow.month).where(ClosedMonthRow.month == month.first)
            if connection.scalar(there.with_for_update()) is not None:
                raise MonthClosed(f"{month} is closed")
            head = {"month": month.first, "closed_at": at, "closed_by": actor.name}
            connection.execute(insert(ClosedMonthRow), {**head, "is_provisional": provisional})
            found = _figures(connection, _live(month))
            rows = [
                {"watch_id": watch, "business_date": day, **_plain(figures)}
                for (watch, day), figures in found.items()
            ]
            if rows:
                connection.execute(insert(ClosedDayRow), rows)
            told = {"days": len(rows), "provisional": provisional}
            note_deed(connection, actor, Deed("costs.close", f"costs {month}", reason, told))
            return closing

        return run_in_transaction(self._engine, work)

    def changes(self, month: Month) -> tuple[Change, ...]:
        """Return what differs now from what was kept, by client, watch and date."""
        with reading(self._engine) as connection:
            kept = _figures(connection, _kept(month))
            now = _figures(connection, _live(month))
            every = kept.keys() | now.keys()
            different = [day for day in every if differs(kept.get(day), now.get(day))]
            names = _names(connection, {watch for watch, _ in different})
        return tuple(
            sorted(
                (
                    Change(*names[watch], day, kept.get((watch, day)), now.get((watch, day)))
                    for watch, day in different
                ),
                key=lambda change: (change.client, change.watch, change.business_date),
            )
        )


def closed_days(
    engine: Engine, watches: Collection[int], span: tuple[date, date], by: datetime
) -> ClosedDays:
    """Return what was kept of these watches and dates in months that were closed until `by`."""
    months = select(ClosedMonthRow.month).where(
        ClosedMonthRow.month.between(Month.of(span[0]).first, span[1]),
        ClosedMonthRow.closed_at <= by,
    )
    with reading(engine) as connection:
        closed = [Month(first) for first in connection.scalars(months)]
        if not closed:
            return ClosedDays()
        row = ClosedDayRow
        in_one = or_(*(row.business_date.between(one.first, one.last) for one in closed))
        wanted = select(row.__table__).where(
            row.watch_id.in_(watches), row.business_date.between(*span), in_one
        )
        return ClosedDays(frozenset(closed), _figures(connection, wanted))


def _live(month: Month) -> Select[*tuple[Any, ...]]:
    row = UnitCostDayRow
    dates = row.business_date.between(month.first, month.last)
    return select(row.__table__).where(dates, is_live(row))


def _kept(month: Month) -> Select[*tuple[Any, ...]]:
    row = ClosedDayRow
    return select(row.__table__).where(row.business_date.between(month.first, month.last))


def _figures(connection: Connection, wanted: Select[*tuple[Any, ...]]) -> dict[Day, Figures]:
    found = {}
    for one in connection.execute(wanted).mappings():
        figures: dict[str, Any] = {name: one.get(name) for name in FIGURES}
        found[one["watch_id"], one["business_date"]] = Figures(**figures)
    return found


def _plain(figures: Figures) -> dict[str, Any]:
    return {name: getattr(figures, name) for name in FIGURES}


def differs(before: Figures | None, after: Figures | None) -> bool:
    """Whether a day is not any more as it was kept; None: it had, or has, no row.

    A day that has become final without another amount has not changed.
    """
    if before is None or after is None:
        return before is not after
    # What was not known when it was kept is no other figure now.
    compared = [name for name in _AMOUNTS if name != "spend_net" or before.spend_net is not None]
    return any(getattr(before, name) != getattr(after, name) for name in compared)


def _names(connection: Connection, watches: set[int]) -> dict[int, tuple[str, str]]:
    rows = (
        select(WatchRow.id, ClientRow.name, WatchRow.name)
        .join(ClientRow, ClientRow.id == WatchRow.client_id)
        .where(WatchRow.id.in_(watches))
    )
    return {row[0]: (row[1], row[2]) for row in connection.execute(rows)}
