"""How far back a change reaches, in worked examples."""

from __future__ import annotations

from datetime import date

from costs.calculator import compute
from costs.window import changed_at, needed_since, window
from domain.business_day import BusinessDay
from domain.reading import Reading
from tests.costs.history import (
    CHANNEL,
    FRIENDS,
    NEXT_DAY,
    SEOUL,
    SPEND,
    THE_DAY,
    History,
    ad,
    at,
    one_ad_one_channel,
    read_both,
)
from tests.costs.store import Store, rows_of

_DAY = BusinessDay(SEOUL)
_DAY_BEFORE = date(2026, 3, 2)


def _settled_in_order(history: History) -> Store:
    store = Store(history.series())
    for reading in history.readings:
        store.settle([reading])
    return store


def test_a_running_figure_changes_nothing_before_its_slot() -> None:
    reading = Reading(ad("a"), "spend", THE_DAY, 1, at("09:20"), at("09:20"))
    assert changed_at(reading, _DAY) == at("09:20")


def test_a_final_figure_changes_nothing_before_the_end_of_its_date() -> None:
    looked_at = at("08:10", NEXT_DAY)
    reading = Reading(ad("a"), "spend", THE_DAY, 1, looked_at, looked_at)
    assert changed_at(reading, _DAY) == at("00:00", NEXT_DAY)


def test_readings_are_needed_from_the_midnight_before_the_oldest_date_still_running() -> None:
    assert needed_since(at("08:00", NEXT_DAY), [_DAY]) == at("00:00", THE_DAY)
    assert needed_since(at("07:40", NEXT_DAY), [_DAY]) == at("00:00", _DAY_BEFORE)


def test_an_ordinary_slot_reaches_back_to_the_hour_before_it() -> None:
    pairs = [at(clock) for clock in ("08:20", "08:40", "09:00", "09:20", "09:40")]
    span = window(
        at("10:00"),
        lambda moment: max((pair for pair in pairs if pair < moment), default=None),
        [_DAY],
        SEOUL,
    )
    assert (span.replace_after, span.hours_from) == (at("08:40"), at("09:00"))
    assert (span.load_since, span.begins) == (at("00:00", _DAY_BEFORE), at("08:40"))


def test_a_late_reading_that_takes_a_pair_point_away_mends_the_hour_before_it() -> None:
    history = one_ad_one_channel()
    for clock, spend, friends in (
        ("09:20", 9_000, 1_000),
        ("09:40", 9_500, 1_001),
        ("10:00", 9_900, 5_000),
        ("10:40", 10_800, 5_001),
    ):
        read_both(history, at(clock), spend, friends)
    read_both(history, at("10:20"), 10_400, 1_003)  # came back from a spool
    store = _settled_in_order(history)
    assert at("10:00") not in store.slots
    assert rows_of(store.costs()) == rows_of(history.costs())


def test_days_without_any_pair_are_not_computed_again() -> None:
    history = one_ad_one_channel()
    fourth, fifth = date(2026, 3, 5), date(2026, 3, 6)
    history.read(at("23:00"), CHANNEL, FRIENDS, 1_000)
    read_both(history, at("23:00", NEXT_DAY), 9_000, 5_000)  # held, never confirmed
    history.read(at("12:00", fourth), ad("a"), SPEND, 4_000)
    history.read(at("12:00", fifth), ad("a"), SPEND, 2_000)
    store = _settled_in_order(history)
    assert [row.unpaired_spend for row in store.costs().slots] == [9_000, 4_000, 2_000]
    assert rows_of(store.costs()) == rows_of(compute(history.series()))
