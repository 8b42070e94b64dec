"""Write what was computed: the rows of a window become those of a computation, and no others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Table, case, delete, func, select, tuple_

from costs.days import days_of
from costs.flag import Flag
from costs.rows import DayCost, HourCost, WatchCosts
from costs.window import Window
from storage.bulk import upsert_many
from storage.cost_months import CostMonth, CostTable, Shelf, WatchMonths, is_live, months_of
from storage.cost_rows import Row, day_row, hour_row, slot_row
from storage.tables import UnitCostDayRow, UnitCostHourRow, UnitCostSlotRow

_LONGEST_DAY = timedelta(hours=25)
_MOMENTS: dict[CostTable, str] = {
    UnitCostSlotRow: "slot_at",
    UnitCostHourRow: "hour_at",
    UnitCostDayRow: "business_date",
}
_NEVER = WatchMonths()


def replace_costs(
    connection: Connection,
    window: Window,
    costs: Mapping[int, WatchCosts],
    at: datetime,
    shelf: Shelf = Shelf.LIVE,
) -> int:
    """Replace the rows of a window of some watches; return how many changed.

    In a transaction of the caller's, and in as many statements for many watches as for one. The
    sums of the days that the hours belong to are written with them. On the shelf that is being
    built only the months of that rebuild are touched.
    """
    desk = _Desk(connection, tuple(costs), months_of(connection, costs), shelf, at)
    cut = {watch: window.cut(one) for watch, one in costs.items()}
    slots = desk.stored(
        UnitCostSlotRow,
        UnitCostSlotRow.slot_at > window.replace_after,
        *([] if window.ends is None else [UnitCostSlotRow.slot_at <= window.ends]),
    )
    hours = desk.stored(
        UnitCostHourRow,
        UnitCostHourRow.hour_at >= window.hours_from,
        *([] if window.ends is None else [UnitCostHourRow.hour_at < window.ends]),
    )
    first = _first_dates(cut, hours)
    since = min([window.first_date, *first.values()])
    days = desk.stored(
        UnitCostDayRow, UnitCostDayRow.business_date.between(since, window.last_date)
    )
    days = [row for row in days if _is_touched(row, window, first)]
    sums = _sums(cut, first, desk.hours_before(window.hours_from, since))
    return (
        desk.replace(UnitCostSlotRow, slots, desk.slot_rows(cut))
        + desk.replace(UnitCostHourRow, hours, desk.hour_rows(cut))
        + desk.replace(UnitCostDayRow, days, desk.day_rows(sums))
    )


def _first_dates(cut: Mapping[int, WatchCosts], hours: Iterable[Row]) -> dict[int, date]:
    """Return the first date of each watch that an hour touches, or touched before."""
    dates: defaultdict[int, set[date]] = defaultdict(set)
    for row in hours:
        dates[row["watch_id"]].add(row["business_date"])
    for watch, costs in cut.items():
        dates[watch].update(hour.business_date for hour in costs.hours)
    return {watch: min(found) for watch, found in dates.items() if found}


def _is_touched(row: Row, window: Window, first: Mapping[int, date]) -> bool:
    """Whether a stored date is written anew: its hours are, or it has none."""
    day: date = row["business_date"]
    has_none = Flag.DAY_ONLY in row["flags"] and day >= window.first_date
    return has_none or day >= first.get(row["watch_id"], date.max)


def _sums(
    cut: Mapping[int, WatchCosts],
    first: Mapping[int, date],
    before: Mapping[int, Collection[HourCost]],
) -> dict[int, tuple[DayCost, ...]]:
    """Return the dates of each watch; the first with hours is summed from its midnight on."""
    sums = {}
    for watch, costs in cut.items():
        earlier = before.get(watch, ())
        same = (hour for hour in earlier if hour.business_date == first.get(watch))
        measured = {hour.business_date for hour in earlier}
        whole = tuple(one for one in costs.whole_days if one.business_date not in measured)
        hours = (*same, *costs.hours)
        sums[watch] = days_of(replace(costs, hours=hours, whole_days=whole))
    return sums


@dataclass(frozen=True, slots=True)
class _Desk:
    """Some watches on one shelf, within one transaction."""

    connection: Connection
    watches: tuple[int, ...]
    months: Mapping[int, WatchMonths]
    shelf: Shelf
    at: datetime

    def stored(self, kind: CostTable, *within: ColumnElement[bool]) -> list[Row]:
        """Return the rows there are."""
        columns = kind.__table__.columns
        mine = select(*columns).where(
            kind.watch_id.in_(self.watches), *within, self._on_shelf(kind)
        )
        names = [column.name for column in columns]
        return [dict(zip(names, row, strict=True)) for row in self.connection.execute(mine)]

    def hours_before(self, moment: datetime, first: date) -> dict[int, list[HourCost]]:
        """Return what the dates from `first` on have before `moment`.

        Hours of the same flags are added up in the database: there may be a day of them.
        """
        row = UnitCostHourRow
        known = row.spend.is_not(None) & row.results.is_not(None)
        added = (
            func.sum(case((known, row.spend))),
            func.sum(case((known, row.results))),
            func.sum(row.unpaired_spend),
            func.sum(case((known & row.spend_basis.is_(None), 1), else_=0)),
            func.sum(case((known, row.spend_net))),
            func.sum(case((known, row.spend_basis))),
        )
        mine = (
            select(row.watch_id, row.business_date, row.flags, *added)
            .where(
                row.watch_id.in_(self.watches),
                row.hour_at >= moment - _LONGEST_DAY,
                row.hour_at < moment,
                row.business_date >= first,
                self._on_shelf(row),
            )
            .group_by(row.watch_id, row.business_date, row.flags)
        )
        found: defaultdict[int, list[HourCost]] = defaultdict(list)
        for watch, day, names, *sums, of_before, net, basis in self.connection.execute(mine):
            spend, results, unpaired = (None if one is None else int(one) for one in sums)
            flags = frozenset(Flag(name) for name in names)
            if of_before:  # hours from before net and basis were kept
                net = basis = None
            found[watch].append(
                HourCost(moment, day, 0, spend, results, None, unpaired, flags, net, basis)
            )
        return found

    def slot_rows(self, costs: Mapping[int, WatchCosts]) -> list[Row]:
        """Return the rows to be, except those of months that are not touched."""
        found = (
            (watch, one, self._generation(self._months(watch).of_slot(one.slot_at)))
            for watch, costs_ in costs.items()
            for one in costs_.slots
        )
        return [slot_row(watch, one, n, self.at) for watch, one, n in found if n is not None]

    def hour_rows(self, costs: Mapping[int, WatchCosts]) -> list[Row]:
        """Return the rows to be, except those of months that are not touched."""
        found = (
            (watch, one, self._generation(self._months(watch).of_hour(one.hour_at)))
            for watch, costs_ in costs.items()
            for one in costs_.hours
        )
        return [hour_row(watch, one, n, self.at) for watch, one, n in found if n is not None]

    def day_rows(self, costs: Mapping[int, Collection[DayCost]]) -> list[Row]:
        """Return the rows to be, except those of months that are not touched."""
        found = (
            (watch, one, self._generation(self._months(watch).of_date(one.business_date)))
            for watch, days in costs.items()
            for one in days
        )
        return [day_row(watch, one, n, self.at) for watch, one, n in found if n is not None]

    def replace(self, kind: CostTable, there: Iterable[Row], rows: Iterable[Row]) -> int:
        """Delete what is there and not among `rows`, write what differs; return how many."""
        moment = _MOMENTS[kind]
        stored = {(row["watch_id"], row[moment]): row for row in there}
        changed = [
            row for row in rows if not _same(stored.pop((row["watch_id"], row[moment]), None), row)
        ]
        if stored:
            key = [column.name for column in kind.__table__.primary_key]
            gone = [tuple(row[name] for name in key) for row in stored.values()]
            columns = tuple_(*(kind.__table__.c[name] for name in key))
            self.connection.execute(delete(kind).where(columns.in_(gone)))
        if changed:
            table = kind.__table__
            assert isinstance(table, Table)
            names = [column.name for column in table.columns]
            values = ([row[name] for name in names] for row in changed)
            upsert_many(self.connection, table, values, names)
        return len(stored) + len(changed)

    def _on_shelf(self, kind: CostTable) -> ColumnElement[bool]:
        if self.shelf is Shelf.LIVE:
            return is_live(kind)
        return kind.generation.in_({n for one in self.months.values() for n in one.building})

    def _months(self, watch: int) -> WatchMonths:
        return self.months.get(watch, _NEVER)

    def _generation(self, month: CostMonth | None) -> int | None:
        if self.shelf is Shelf.LIVE:
            return month.generation if month else 0
        return month.building if month else None


def _same(stored: Row | None, row: Row) -> bool:
    return stored is not None and {**stored, "computed_at": row["computed_at"]} == row
