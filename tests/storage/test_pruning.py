"""Old months of readings go whole, and never one that somebody still needs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, insert, select

from domain.audit import person
from storage.audit import AuditBook
from storage.entities import EntityBook
from storage.errors import DatabaseBusy
from storage.partitions import make_months
from storage.pruning import OldMonth, old_months, prune
from storage.readings_kept import kept_since
from storage.tables import CostMonthRow, ReadingRow, UnitCostDayRow
from storage.transaction import reading
from tests.storage.inventories import MOMENT, NOW, apply, found
from tests.storage.test_partitions import fill, row, slots

JIEUN = person("지은")
KEPT = datetime(2024, 4, 1, tzinfo=UTC)
MONTHS = [date(2024, month, 1) for month in (1, 2, 3, 4, 5)]


@pytest.fixture
def old(engine: Engine) -> Engine:
    """Readings at the beginning and at the end of January to May of 2024."""
    apply(engine)
    EntityBook(engine).follow(MOMENT, [found("1", "spring 1")], NOW)
    make_months(engine, MONTHS[0], MONTHS[-1])
    begins = [datetime(month.year, month.month, 1, tzinfo=UTC) for month in MONTHS]
    fill(engine, [row(at) for at in begins] + [row(at + timedelta(days=28)) for at in begins])
    return engine


def judged(months: tuple[OldMonth, ...]) -> dict[str, str]:
    return {f"{one.month:%m}": one.kept_because for one in months}


def a_day(engine: Engine, day: date, *, final: bool) -> None:
    values = {"watch_id": 1, "generation": 0, "flags": [], "computed_at": NOW}
    with engine.begin() as connection:
        connection.execute(
            insert(UnitCostDayRow).values(business_date=day, is_final=final, **values)
        )


def test_what_is_older_than_it_is_kept_goes_and_is_noted(old: Engine) -> None:
    months = old_months(old, KEPT)
    assert judged(months) == {"01": "", "02": "", "03": ""}
    assert len(slots(old)) == 10  # so far it was only looked at
    prune(old, months, JIEUN)
    assert {at.month for at in slots(old)} == {4, 5}
    with reading(old) as connection:
        assert kept_since(connection) == KEPT
    (line,) = AuditBook(old).newest(action="db.prune")
    assert (line.actor, line.deed.detail["months"]) == (JIEUN, ["2024-01", "2024-02", "2024-03"])
    assert old_months(old, KEPT) == ()
    prune(old, (), JIEUN)
    assert len(AuditBook(old).newest(action="db.prune")) == 1


def test_a_month_without_all_its_final_figures_stays_and_so_do_later_ones(old: Engine) -> None:
    a_day(old, date(2024, 1, 31), final=True)
    a_day(old, date(2024, 2, 29), final=False)
    months = old_months(old, KEPT)
    told = "2024-02-29 has no final figure: close its month"
    assert judged(months) == {"01": "", "02": told, "03": told}
    prune(old, months, JIEUN)
    assert {at.month for at in slots(old)} == {2, 3, 4, 5}


def test_the_month_before_a_first_date_stays_for_its_last_reading(old: Engine) -> None:
    """In Seoul the first of March begins in February, and its amounts at the slot before."""
    a_day(old, date(2024, 3, 1), final=False)
    assert [bool(one.kept_because) for one in old_months(old, KEPT)] == [False, True, True]


def test_what_is_being_rebuilt_stays(old: Engine) -> None:
    span = {"last_date": date(2024, 2, 29), "begins_at": KEPT, "ends_at": KEPT, "generation": 0}
    with old.begin() as connection:
        connection.execute(
            insert(CostMonthRow).values(watch_id=1, month=MONTHS[1], building=1, **span)
        )
    assert set(judged(old_months(old, KEPT)).values()) == {"the costs of 2024-02 are being rebuilt"}


def test_a_month_of_the_wall_stays_whole(old: Engine) -> None:
    """April begins in Seoul nine hours before it does in UTC: March holds its first hours."""
    assert judged(old_months(old, KEPT - timedelta(hours=9))) == {"01": "", "02": ""}


def test_a_report_that_reads_them_is_not_disturbed(old: Engine) -> None:
    months, everything = old_months(old, KEPT), select(func.count()).select_from(ReadingRow)
    with reading(old) as report:
        assert report.scalar(everything) == 10
        if old.dialect.name == "mysql":
            with pytest.raises(DatabaseBusy):
                prune(old, months, JIEUN)
        else:
            prune(old, months, JIEUN)
        assert report.scalar(everything) == 10
    prune(old, months, JIEUN)
    assert {at.month for at in slots(old)} == {4, 5}
