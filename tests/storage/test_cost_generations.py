"""Days, generations, and a database of before there were any."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, insert, text

import storage
from costs.flag import Flag
from costs.rows import DayCost, HourCost, SlotCost, WatchCosts
from costs.window import Window
from storage import schema
from storage.engine import open_engine
from storage.tables import CostMonthRow
from storage.transaction import run_in_transaction
from storage.unit_costs import UnitCostStore

HOUR = timedelta(hours=1)
MARCH = date(2026, 3, 1)
BEGINS = datetime(2026, 2, 28, 15, tzinfo=UTC)  # midnight in Seoul
ENDS = datetime(2026, 3, 31, 15, tzinfo=UTC)
ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
EVERYTHING = Window(ALWAYS[0], ALWAYS[0], ALWAYS[0], ALWAYS[0])
DAYS = (date(2000, 1, 1), date(2030, 1, 1))
BEFORE = "0019"


def hour(number: int, spend: int | None, results: int | None, *flags: Flag) -> HourCost:
    """Hours are counted from the first midnight of March."""
    at = BEGINS + number * HOUR
    day = MARCH + timedelta(days=number // 24)
    cost = None if not spend or not results else Decimal(spend) / results
    return HourCost(at, day, number % 24, spend, results, cost, 7, frozenset(flags))


def slot(number: int, spend: int) -> SlotCost:
    at = BEGINS + number * HOUR
    return SlotCost(at, at - HOUR, spend, 1, Decimal(spend), 0, frozenset())


def test_a_day_is_the_sum_of_its_hours_that_know_both_sides(engine: Engine) -> None:
    store = UnitCostStore(engine)
    hours = (
        hour(0, 1_000, 2),
        hour(22, 500, 0),
        hour(23, None, 3, Flag.PENDING),
        hour(24, None, None, Flag.ONE_SIDED),
    )
    store.replace(1, EVERYTHING, WatchCosts((), hours), BEGINS)
    assert store.days(1, *DAYS) == (
        DayCost(MARCH, 1_500, 2, Decimal("750"), 21, frozenset({Flag.PENDING}), False),
        DayCost(date(2026, 3, 2), None, None, None, 7, frozenset({Flag.ONE_SIDED}), False),
    )


def test_a_late_hour_is_added_to_what_its_day_has_from_before_the_window(engine: Engine) -> None:
    store = UnitCostStore(engine)
    store.replace(1, EVERYTHING, WatchCosts((), (hour(3, 1_000, 1), hour(30, 9, 9))), BEGINS)
    late = Window(ALWAYS[0], ALWAYS[0], BEGINS + 20 * HOUR, BEGINS + 20 * HOUR)
    costs = WatchCosts((), (hour(21, 500, 2),), frozenset({MARCH}))
    assert store.replace(1, late, costs, BEGINS) == 4, "two hours, two days"
    (day,) = store.days(1, *DAYS)
    assert (day.spend, day.results, day.is_final) == (1_500, 3, True)
    assert store.replace(1, late, costs, BEGINS) == 0


def test_only_the_generation_that_counts_is_seen_and_written(engine: Engine) -> None:
    store = UnitCostStore(engine)
    # The slot at the midnight that ends March is March's, the hour that begins there April's.
    slots, hours = (slot(744, 1), slot(745, 2)), (hour(743, 1, 1), hour(744, 2, 1))
    store.replace(1, EVERYTHING, WatchCosts(slots, hours), BEGINS)
    store.replace(2, EVERYTHING, WatchCosts(slots, hours), BEGINS)
    month = {
        "watch_id": 1,
        "month": MARCH,
        "last_date": date(2026, 3, 31),
        "begins_at": BEGINS,
        "ends_at": ENDS,
        "generation": 5,
        "building": None,
    }
    run_in_transaction(engine, lambda connection: connection.execute(insert(CostMonthRow), month))
    assert store.slots(1, *ALWAYS) == slots[1:]
    assert store.hours(1, *ALWAYS) == hours[1:]
    assert [day.business_date for day in store.days(1, *DAYS)] == [date(2026, 4, 1)]
    assert store.hours(2, *ALWAYS) == hours

    store.replace(1, EVERYTHING, WatchCosts(slots, hours), BEGINS)
    assert (store.slots(1, *ALWAYS), store.hours(1, *ALWAYS)) == (slots, hours)
    with engine.connect() as connection:
        counted = "SELECT generation, COUNT(*) FROM unit_cost_hour WHERE watch_id = 1 GROUP BY 1"
        assert sorted(map(tuple, connection.execute(text(counted)))) == [(0, 2), (5, 1)]


def test_a_database_of_before_keeps_its_rows_and_gets_their_days(database_url: str) -> None:
    engine = open_engine(database_url)
    migrate(engine, BEFORE)
    cells = ":id, :at, {own} :spend, :results, NULL, 0, :flags, :at)"
    hourly = "INSERT INTO unit_cost_hour VALUES (" + cells.format(own=":day, :hour,")
    slotted = "INSERT INTO unit_cost_slot VALUES (" + cells.format(own=":at,")
    reading = (
        "INSERT INTO reading VALUES (1, 'spend', '2026-03-03', '2026-03-03 01:00:00', 0, 5,"
        " '2026-03-03 01:00:05', '5', NULL)"
    )
    with engine.begin() as connection:
        connection.execute(text(reading))
        for day, clock, spend, results, flags in (
            (1, 3, 1_000, 2, '["long"]'),
            (1, 4, 500, 1, '["estimated"]'),
            (2, 3, None, 5, '["pending"]'),
            (4, 3, 7, 1, "[]"),
        ):
            at = f"2026-03-0{day} 0{clock}:00:00"
            row = {"id": 1, "at": at, "day": at[:10], "hour": clock + 9}
            row |= {"spend": spend, "results": results, "flags": flags}
            connection.execute(text(hourly), row)
            connection.execute(text(slotted), row)
    schema.upgrade(engine)
    store = UnitCostStore(engine)
    assert [row.spend for row in store.slots(1, *ALWAYS)] == [1_000, 500, None, 7]
    assert [row.hour for row in store.hours(1, *ALWAYS)] == [12, 13, 12, 12]
    both = frozenset({Flag.LONG, Flag.ESTIMATED})
    assert store.days(1, *DAYS) == (
        DayCost(date(2026, 3, 1), 1_500, 3, Decimal("500"), 0, both, True),
        DayCost(date(2026, 3, 2), None, None, None, 0, frozenset({Flag.PENDING}), False),
        DayCost(date(2026, 3, 4), 7, 1, Decimal("7"), 0, frozenset(), False),
    )
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT known_at = observed_at FROM reading"))
    engine.dispose()


def migrate(engine: Engine, to: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(storage.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)
