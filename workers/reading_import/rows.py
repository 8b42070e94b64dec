"""Read the rows of a file of readings; every bad one is a fault with its cell and cure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from decimal import Decimal
from itertools import pairwise

from domain.currency import CURRENCIES
from domain.errors import Fault
from domain.metric import MetricKind, Unit
from domain.slot import slot_of
from workers.house import House
from workers.reading_import.brought import Brought, Grain, Target
from workers.reading_import.slots import known_from
from workers.reading_import.targets import Targets
from workers.sheets.cells import CellReader
from workers.sheets.table import Cell, SheetRow

OLDEST = timedelta(days=5 * 366)
"""A date before that is a slip of the pen."""
Dated = tuple[int, str, date]
"""Entity, metric, business date."""


@dataclass
class ImportRows:
    """Collects values and faults."""

    house: House
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Share the list of faults."""
        self._cells = CellReader(self.faults)
        self._targets = Targets(self.house, self._cells)
        self._now = self.house.clock.now()

    def read(self, rows: Sequence[SheetRow]) -> dict[Dated, list[Brought]]:
        """Return the values of each date of each series, ascending within the date."""
        found: dict[Dated, list[Brought]] = {}
        for row in rows:
            one = self._value(row)
            if one is not None:
                key = one.target.entity_id, one.target.metric.name, one.day
                found.setdefault(key, []).append(one)
        for values in found.values():
            values.sort(key=lambda one: (one.hour or 0, one.time or time()))
            self.faults += _faults_of_date(values)
        return found

    def _value(self, row: SheetRow) -> Brought | None:
        before = len(self.faults)
        target = self._targets.of(row)
        day = self._day(row)
        hour = self._hour(row.cell("hour"))
        at = self._time(row.cell("time"))
        if row.has("hour") and row.has("time"):
            self._refuse(row.cell("time"), "stands beside an hour", "leave one of them out")
        value = None if target is None else self._amount(row, target)
        if target is None or day is None or value is None or len(self.faults) > before:
            return None
        one = Brought(target, day, value, row.cell("value"), hour, at)
        return one if self._is_past(one, row) else None

    def _day(self, row: SheetRow) -> date | None:
        cell = row.cell("day")
        if cell.value is None:
            self._refuse(cell, "says no date", "fill in 날짜")
        day = self._cells.day(cell)
        if day is not None and day < self._now.date() - OLDEST:
            self._refuse(cell, f"{day} lies more than 5 years back", "correct the year")
        return day

    def _hour(self, cell: Cell) -> int | None:
        text = cell.value
        plain = Cell(text.removesuffix("시").strip() if isinstance(text, str) else text, cell.where)
        hour = self._cells.whole(plain)
        if hour is not None and hour > 23:
            self._refuse(cell, f"{text} is no hour", "write 0 to 23")
            return None
        return hour

    def _time(self, cell: Cell) -> time | None:
        value = cell.value
        if isinstance(value, str):
            try:
                value = time.fromisoformat(value.rjust(5, "0"))
            except ValueError:
                value = Decimal(0)
        if value is None:
            return None
        if not isinstance(value, time) or value.second or value.microsecond or value.tzinfo:
            self._refuse(cell, f"{cell.value} is no time of day", "write 14:20")
            return None
        return value

    def _amount(self, row: SheetRow, target: Target) -> int | None:
        cell, code = row.cell("value"), row.cell("currency")
        is_money = target.metric.unit is Unit.MONEY
        if code.value is not None and is_money and code.value != target.currency:
            what = f"{target.entity.site}/{target.entity.account} is in {target.currency}"
            self._refuse(code, f"{what}, not in {code.value}", "amounts are never converted")
            return None
        if cell.value is None:
            self._refuse(cell, "says no value", "write 0 where there was none")
            return None
        if not is_money:
            return self._cells.whole(cell)
        amount = self._cells.number(cell)
        try:
            return None if amount is None else CURRENCIES[target.currency].minor(amount)
        except ValueError as error:
            self._refuse(cell, f"{cell.value} is no amount: {error}", "write all its digits")
            return None

    def _is_past(self, one: Brought, row: SheetRow) -> bool:
        """Whether the value can be known by now, at a moment that is a slot."""
        site = one.target.entity.site
        business = self.house.day_of(site)
        every = timedelta(minutes=self.house.policy(site).slot_minutes)
        until = known_from(one, business)
        if one.grain is Grain.MOMENT and slot_of(until, every) != until:
            cure = f"its slots are {every.seconds // 60} minutes apart"
            self._refuse(row.cell("time"), f"{one.time:%H:%M} is no slot of {site}", cure)
            return False
        if until <= self._now:
            return True
        zone = business.zone
        what = f"{one.day} of {site} cannot be known before {until.astimezone(zone):%Y-%m-%d %H:%M}"
        cure = "bring it afterwards; of a date that goes on, say 시 or 시각"
        self._refuse(row.cell("day"), what, cure)
        return False

    def _refuse(self, cell: Cell, what: str, cure: str) -> None:
        self.faults.append(Fault(cell.where, what, cure))


def _faults_of_date(found: Sequence[Brought]) -> Iterator[Fault]:
    """Yield what the rows of one date of one series contradict one another in."""
    first, *others = found
    for one in others:
        if one.grain is not first.grain:
            what = f"{one.day} stands there by {one.grain} and by {first.grain}"
            yield Fault(one.cell.where, what, f"keep one; the other is {first.cell.where}")
            return
    for before, one in zip(found, others, strict=False):
        if (before.hour, before.time) == (one.hour, one.time):
            what = f"{one.target.entity} {one.target.metric.name} of {one.day} stands twice"
            yield Fault(one.cell.where, what, f"first at {before.cell.where}: keep one")
            return
    daily = first.target.metric.kind is MetricKind.DAILY_CUMULATIVE
    if first.grain is Grain.MOMENT and daily:
        yield from _falls(found)
    if first.grain is Grain.HOUR and daily:
        yield from _gaps(found)


def _falls(found: Sequence[Brought]) -> Iterator[Fault]:
    for before, one in pairwise(found):
        if one.value < before.value:
            what = f"{one.value} at {one.time:%H:%M} is less than {before.value} before"
            yield Fault(one.cell.where, what, "write the figure of the day so far")


def _gaps(found: Sequence[Brought]) -> Iterator[Fault]:
    """A running figure is known only as long as no hour is missing."""
    for expected, one in enumerate(found):
        if one.hour != expected:
            what = f"the hour {expected} of {one.day} is missing before the hour {one.hour}"
            yield Fault(one.cell.where, what, "add it, with 0 where there was none")
            return
