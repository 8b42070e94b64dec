"""Months computed anew beside those that count."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from domain.audit import Deed, person
from domain.month import Month
from domain.reading import Reading
from storage.audit import AuditBook
from storage.closing import ClosingBook
from storage.cost_generations import generations
from storage.dated_costs import CostComputer
from storage.errors import UnknownName
from storage.month_rows import Difference
from storage.old_costs import forget_old_costs, old_costs
from storage.rebuilding import CostRebuild
from storage.tables import CostMonthRow, UnitCostDayRow
from storage.unit_costs import UnitCostStore
from tests.storage.inventories import SLOT
from tests.storage.test_settling import AT, FACTS, KST, Desk, desk, friends, spend

__all__ = ["desk"]

MARCH, APRIL = Month.parse("2026-03"), Month.parse("2026-04")
MINA = person("mina")
TURN = KST.starts(APRIL.first)
DAYS = (date(2026, 1, 1), date(2026, 12, 31))
HOUR = timedelta(hours=1)


def rebuild_of(desk: Desk) -> CostRebuild:
    return CostRebuild(desk.engine, CostComputer(FACTS, ZoneInfo("Asia/Seoul")))


def pages() -> Iterator[list[Reading]]:
    """Two slots an hour from 20:00 of 31 March to 04:00 of 1 April."""
    for number in range(-8, 8):
        at = TURN + number * HOUR / 2
        so_far = 1_000 * (number + 40 if number < 0 else number)
        yield [spend("1", at, so_far), spend("2", at, 0), friends(at, 100 + number)]


def read_around_the_turn(desk: Desk) -> None:
    desk.read(*chain.from_iterable(pages()))


def spoil(desk: Desk) -> None:
    """Make what counts wrong, as a mistake of an older program would."""
    with desk.engine.begin() as connection:
        for table, gone in (("unit_cost_slot", 3), ("unit_cost_hour", 0), ("unit_cost_day", 0)):
            connection.execute(text(f"UPDATE {table} SET spend = 7 WHERE spend IS NOT NULL"))
            connection.execute(text(f"DELETE FROM {table} WHERE results = {gone}"))


def seen(desk: Desk) -> tuple[object, ...]:
    return desk.slots(), desk.hours(), UnitCostStore(desk.engine).days(desk.watch, *DAYS)


def test_what_was_settled_bit_by_bit_is_what_a_month_gives(desk: Desk) -> None:
    for page in pages():
        desk.read(*page)
    for month in (MARCH, APRIL):
        found = rebuild_of(desk).compare(desk.watch, month, AT)
        assert (found.rows > 10, found.differ) == (True, 0)


@pytest.mark.parametrize("seed", range(3))
def test_a_month_needs_no_more_than_what_lies_around_it(desk: Desk, seed: int) -> None:
    """Sixty days of four slots each, with outages of many days, one around the turn."""
    dice = Random(seed)
    turn = 30 + dice.randrange(-2, 3)
    outage = range(turn - dice.randrange(1, 6), turn + dice.randrange(1, 20))
    page: list[Reading] = []
    level = 1_000
    for day in range(60):
        total = 0
        for hour in (1, 9, 15, 23):
            at = KST.starts(MARCH.first) + timedelta(days=day, hours=hour)
            total += dice.randrange(5_000)
            level += dice.randrange(-2, 9)
            if day not in outage and dice.random() < 0.9:
                page += [spend("1", at, total), spend("2", at, 0)]
            if day not in outage and dice.random() < 0.9:
                page.append(friends(at, level))
    desk.read(*page)
    for month in (MARCH, APRIL):
        assert rebuild_of(desk).compare(desk.watch, month, AT).differ == 0


def test_everything_counts_at_once_with_what_was_read_meanwhile(desk: Desk) -> None:
    read_around_the_turn(desk)
    right = seen(desk)
    spoil(desk)
    wrong = seen(desk)
    rebuild = rebuild_of(desk)
    number = rebuild.begin([MARCH, APRIL], None, MINA, AT)
    march = rebuild.write(number, desk.watch, MARCH, AT)
    assert march.differ > 0
    april = rebuild.write(number, desk.watch, APRIL, AT)
    assert seen(desk) == wrong, "nothing counts yet"

    late = TURN + 8 * HOUR / 2
    desk.read(spend("1", late, 9_000), spend("2", late, 0), friends(late, 120))
    deed = Deed("costs.rebuild", "costs 2026-03")
    rebuild.flip(number, march + april, deed, MINA, AT)
    assert desk.slots()[:-1] == right[0]
    assert desk.slots()[-1].slot_at == late
    assert rebuild.compare(desk.watch, MARCH, AT).differ == 0
    assert rebuild.compare(desk.watch, APRIL, AT).differ == 0
    assert desk.compute_anew() == 0
    (one,) = generations(desk.engine)
    assert (one.id, one.live_at, one.rows_differ) == (number, AT, march.differ + april.differ)
    (line,) = AuditBook(desk.engine).newest(action="costs.")
    assert (line.actor, line.deed) == (MINA, deed)


def test_a_month_that_is_right_is_not_written_again(desk: Desk) -> None:
    read_around_the_turn(desk)
    rebuild = rebuild_of(desk)
    number = rebuild.begin([MARCH], None, MINA, AT)
    assert rebuild.write(number, desk.watch, MARCH, AT).differ == 0
    with desk.engine.connect() as connection:
        assert connection.execute(select(CostMonthRow)).all() == []


def _rebuilt(desk: Desk) -> None:
    """Both months are wrong, then rebuilt."""
    spoil(desk)
    rebuild = rebuild_of(desk)
    number = rebuild.begin([MARCH, APRIL], None, MINA, AT)
    written = [rebuild.write(number, desk.watch, month, AT) for month in (MARCH, APRIL)]
    rebuild.flip(number, sum(written, Difference()), Deed("costs.rebuild", "costs"), MINA, AT)


def test_what_was_replaced_long_ago_goes_but_nothing_that_counts_or_was_closed(desk: Desk) -> None:
    read_around_the_turn(desk)
    right = seen(desk)
    _rebuilt(desk)
    _rebuilt(desk)
    assert old_costs(desk.engine, AT) == (), "it was replaced just now"
    later = AT + HOUR
    found = old_costs(desk.engine, later)
    newest, older = (one.id for one in generations(desk.engine))
    assert {(str(one.month), one.generation) for one in found} == {
        (month, generation) for month in ("2026-03", "2026-04") for generation in (0, older)
    }
    ClosingBook(desk.engine).close(APRIL, MINA, later)
    march = [one for one in found if one.month == MARCH]
    assert old_costs(desk.engine, later) == tuple(march)
    forget_old_costs(desk.engine, found, KST, MINA)
    assert old_costs(desk.engine, later) == ()
    assert seen(desk) == right
    (line,) = AuditBook(desk.engine).newest(action="costs.prune")
    assert line.deed.detail["rows"] == sum(one.rows for one in found)
    with desk.engine.connect() as connection:
        days = select(UnitCostDayRow.business_date, UnitCostDayRow.generation)
        stay = {(row.business_date.month, row.generation) for row in connection.execute(days)}
    assert stay == {(3, newest), (4, 0), (4, older), (4, newest)}


def test_what_was_given_up_or_left_by_the_dead_never_counts(desk: Desk) -> None:
    read_around_the_turn(desk)
    spoil(desk)
    wrong = seen(desk)
    rebuild = rebuild_of(desk)
    dead = rebuild.begin([MARCH], None, MINA, AT)
    rebuild.write(dead, desk.watch, MARCH, AT)
    second = rebuild.begin([MARCH], None, MINA, AT)
    rebuild.write(second, desk.watch, MARCH, AT)
    rebuild.flip(dead, Difference(), Deed("costs.rebuild", "costs"), MINA, AT)
    assert seen(desk) == wrong
    rebuild.give_up(second)
    assert seen(desk) == wrong
    with desk.engine.connect() as connection:
        for table in ("unit_cost_slot", "unit_cost_hour", "unit_cost_day"):
            counted = f"SELECT COUNT(*) FROM {table} WHERE generation <> 0"
            assert connection.scalar(text(counted)) == 0


def test_readings_that_come_while_a_month_is_computed_are_in_it(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_around_the_turn(desk)
    spoil(desk)
    late = iter([TURN - 5 * SLOT / 2, TURN - 7 * SLOT / 2, TURN - 11 * SLOT / 2])
    computed = CostComputer.costs

    def costs(self: CostComputer, *asked: object) -> object:
        found = computed(self, *asked)  # type: ignore[arg-type]
        at = next(late, None)
        if at is not None:
            desk.read(spend("1", at, 39_000), spend("2", at, 0), friends(at, 99))
        return found

    monkeypatch.setattr(CostComputer, "costs", costs)
    rebuild = rebuild_of(desk)
    number = rebuild.begin([MARCH], None, MINA, AT)
    found = rebuild.write(number, desk.watch, MARCH, AT)
    rebuild.flip(number, found, Deed("costs.rebuild", "costs"), MINA, AT)
    assert next(late, None) is None
    assert rebuild.compare(desk.watch, MARCH, AT).differ == 0


def test_a_site_whose_class_is_broken_is_named(desk: Desk) -> None:
    read_around_the_turn(desk)
    blind = replace(FACTS, days={})
    with pytest.raises(UnknownName, match="'friends'"):
        CostRebuild(desk.engine, CostComputer(blind, KST.zone)).compare(desk.watch, MARCH, AT)
