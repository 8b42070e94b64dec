from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from domain.business_day import BusinessDay
from domain.reading import Reading
from domain.visit import VisitKind
from storage.entities import EntityBook
from storage.errors import StaleToken, UnknownName
from storage.leases import HeldLease, LeaseBook
from storage.readings import Origin, ReadingStore
from storage.tables import ReadingRow
from tests.storage.inventories import MOMENT, NOW, SLOT, apply, creative, found, login_id

KST = BusinessDay(ZoneInfo("Asia/Seoul"), time(8))
TODAY = date(2026, 3, 3)
SETTLED = KST.settled(TODAY)
PAST = Origin(VisitKind.PAST_DAY)
FOREVER = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def reading(value: int, slot_at: datetime = NOW, ad: str = "1", day: date = TODAY) -> Reading:
    seen = slot_at + timedelta(seconds=7)
    return Reading(creative(ad), "spend", day, value, slot_at, seen, f"{value:,}원")


@pytest.fixture
def store(engine: Engine) -> ReadingStore:
    apply(engine)
    EntityBook(engine).follow(MOMENT, [found("1", "spring"), found("2", "autumn")], NOW)
    return ReadingStore(engine, lambda site: {"moment": KST}[site])


def rows(engine: Engine) -> Sequence[tuple[datetime, int, int]]:
    with engine.connect() as connection:
        found = connection.execute(
            select(ReadingRow.slot_at, ReadingRow.revision, ReadingRow.value).order_by(
                ReadingRow.slot_at, ReadingRow.revision
            )
        )
        return [(row.slot_at, row.revision, row.value) for row in found]


def test_what_was_read_comes_back_as_it_was_read(engine: Engine, store: ReadingStore) -> None:
    page = [reading(0), reading(12_000, ad="2"), replace(reading(3), metric="clicks")]
    assert store.save(page) == 3
    ids = {one.key: one.id for one in EntityBook(engine).all(MOMENT)}
    pairs = [(ids[creative("1")], "spend"), (ids[creative("2")], "spend")]
    stored = store.series(pairs, *FOREVER)
    assert {(one.entity_id, one.revision, one.reading) for one in stored} == {
        (ids[creative("1")], 0, page[0]),
        (ids[creative("2")], 0, page[1]),
    }
    assert store.series(pairs, NOW + SLOT, FOREVER[1]) == ()
    assert store.series([], *FOREVER) == ()


def test_the_same_value_at_the_same_key_is_nothing(engine: Engine, store: ReadingStore) -> None:
    assert store.save([reading(5)]) == 1
    assert store.save([replace(reading(5), shown="5 원")]) == 0
    assert rows(engine) == [(NOW, 0, 5)]


def test_another_value_at_the_same_key_is_the_next_revision(
    engine: Engine, store: ReadingStore
) -> None:
    for value in (5, 6, 6, 5):
        store.save([reading(value)])
    assert rows(engine) == [(NOW, 0, 5), (NOW, 1, 6), (NOW, 2, 5)]
    (entity,) = [one.id for one in EntityBook(engine).all() if one.key == creative("1")]
    (latest,) = store.series([(entity, "spend")], *FOREVER)
    assert (latest.revision, latest.reading.value) == (2, 5)


def test_what_was_observed_before_what_is_stored_comes_too_late(
    engine: Engine, store: ReadingStore
) -> None:
    store.save([reading(6)])
    waited = replace(reading(5), observed_at=reading(6).observed_at - timedelta(seconds=1))
    assert store.save([waited]) == 0
    assert rows(engine) == [(NOW, 0, 6)]


def test_an_unchanged_value_of_today_is_stored_in_each_slot(
    engine: Engine, store: ReadingStore
) -> None:
    """Else a slot in which nothing was spent would look like one that was missed."""
    store.save([reading(5)])
    store.save([reading(5, NOW + SLOT)])
    assert rows(engine) == [(NOW, 0, 5), (NOW + SLOT, 0, 5)]


def test_a_past_date_that_did_not_change_is_stored_once_as_its_final_figure(
    engine: Engine, store: ReadingStore
) -> None:
    store.save([reading(5)])
    assert store.save([reading(5, SETTLED - SLOT)], PAST) == 0
    assert store.save([reading(5, SETTLED)], PAST) == 1
    assert store.save([reading(5, SETTLED + timedelta(days=1))], PAST) == 0
    assert rows(engine) == [(NOW, 0, 5), (SETTLED, 0, 5)]


def test_a_past_date_that_was_restated_is_stored_each_time_it_changes(
    engine: Engine, store: ReadingStore
) -> None:
    store.save([reading(5)])
    store.save([reading(4, SETTLED)], PAST)
    days = [SETTLED + timedelta(days=number) for number in range(1, 4)]
    for day, value in zip(days, (4, 6, 6), strict=True):
        store.save([reading(value, day)], PAST)
    assert rows(engine) == [(NOW, 0, 5), (SETTLED, 0, 4), (days[1], 0, 6)]


def test_a_past_date_that_nobody_read_on_its_day_is_stored(
    engine: Engine, store: ReadingStore
) -> None:
    assert store.save([reading(5, SETTLED)], PAST) == 1


def test_a_page_is_stored_whole_or_not_at_all(engine: Engine, store: ReadingStore) -> None:
    with pytest.raises(UnknownName, match="moment/1001/creative/99"):
        store.save([reading(5), reading(6, ad="99")])
    assert rows(engine) == []


def test_a_lost_lease_stores_nothing(engine: Engine, store: ReadingStore) -> None:
    held = LeaseBook(engine).take(login_id(engine), "worker", "regular", 60)
    assert held is not None
    assert store.save([reading(5)], Origin(lease=held)) == 1
    LeaseBook(engine).release(held)
    with pytest.raises(StaleToken):
        store.save([reading(6)], Origin(lease=held))
    with pytest.raises(StaleToken):
        store.save([reading(6)], Origin(lease=HeldLease(held.login_id, held.token + 1)))
    assert rows(engine) == [(NOW, 0, 5)]


def test_two_who_store_the_same_page_at_once_store_it_once(
    engine: Engine, store: ReadingStore
) -> None:
    start = Barrier(4)

    def save() -> None:
        start.wait()
        store.save([reading(5), reading(7, ad="2")])

    together(save)
    assert len(rows(engine)) == 2


def test_two_who_read_different_values_at_once_leave_two_revisions(
    engine: Engine, store: ReadingStore
) -> None:
    start = Barrier(4)
    values = iter(range(4))

    def save() -> None:
        mine = reading(next(values))
        start.wait()
        store.save([mine])

    together(save)
    assert [revision for _, revision, _ in rows(engine)] == [0, 1, 2, 3]
    assert {value for _, _, value in rows(engine)} == {0, 1, 2, 3}


def together(work: Callable[[], None]) -> None:
    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
