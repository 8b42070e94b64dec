"""An implausible jump counts only once the next reading confirms it."""

from __future__ import annotations

import pytest

from costs.flag import Flag
from tests.costs.history import (
    CHANNEL,
    FRIENDS,
    NEXT_DAY,
    SPEND,
    History,
    ad,
    at,
    one_ad_one_channel,
    one_ad_one_site,
    read_both,
)


def _steady_until_nine() -> History:
    history = one_ad_one_channel()
    read_both(history, at("08:40"), 26_000, 1_000)
    read_both(history, at("09:00"), 27_000, 1_001)
    return history


def test_a_wild_rise_of_spend_waits_for_the_next_slot() -> None:
    history = _steady_until_nine()
    read_both(history, at("09:20"), 2_700_000, 1_002)
    assert [row.slot_at for row in history.costs().slots] == [at("08:40"), at("09:00")]


def test_a_rise_that_the_next_slot_confirms_counts_where_it_was_seen() -> None:
    history = _steady_until_nine()
    read_both(history, at("09:20"), 2_700_000, 1_002)
    read_both(history, at("09:40"), 2_701_000, 1_003)
    assert history.slot(at("09:20")).spend == 2_673_000
    assert history.slot(at("09:40")).spend == 1_000


def test_a_rise_that_the_next_slot_refutes_is_left_out_for_good() -> None:
    history = _steady_until_nine()
    read_both(history, at("09:20"), 2_700_000, 1_002)
    read_both(history, at("09:40"), 29_000, 1_003)
    read_both(history, at("10:00"), 30_000, 1_004)
    row = history.slot(at("09:40"))
    assert (row.interval_start, row.spend, row.results) == (at("09:00"), 2_000, 2)
    assert row.flags == {Flag.HELD, Flag.LONG}
    assert history.slot(at("10:00")).spend == 1_000


def test_a_rise_in_proportion_to_a_long_gap_is_ordinary() -> None:
    history = _steady_until_nine()
    read_both(history, at("18:00"), 500_000, 1_002)
    assert history.slot(at("18:00")).spend == 473_000


def test_a_fall_is_a_refund_and_never_waits() -> None:
    history = one_ad_one_channel()
    read_both(history, at("08:40"), 900_000, 1_000)
    read_both(history, at("09:00"), 10_000, 1_001)
    assert history.slot(at("09:00")).spend == -890_000


def test_the_first_reading_of_a_series_is_never_held_against_nothing() -> None:
    history = one_ad_one_site()
    read_both(history, at("09:00"), 9_000_000, 5)
    assert history.slot(at("09:00")).spend == 9_000_000


def test_an_ad_that_starts_to_spend_is_not_held() -> None:
    history = one_ad_one_site()
    read_both(history, at("09:00"), 0, 0)
    read_both(history, at("09:20"), 400_000, 5)
    assert history.slot(at("09:20")).spend == 400_000


def test_yesterdays_sum_under_todays_date_is_refuted() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 700_000, 9)
    read_both(history, at("00:00", NEXT_DAY), 700_000, 0)
    read_both(history, at("00:20", NEXT_DAY), 4_000, 1)
    rows = history.costs().slots
    assert [row.slot_at for row in rows] == [at("23:40"), at("00:20", NEXT_DAY)]
    assert history.hour(at("00:00", NEXT_DAY)).spend == 4_000


def test_after_midnight_only_the_time_of_the_new_date_counts() -> None:
    history = one_ad_one_site()
    read_both(history, at("12:00"), 700_000, 9)
    read_both(history, at("00:20", NEXT_DAY), 700_000, 0)
    assert [row.slot_at for row in history.costs().slots] == [at("12:00")]


def test_a_leap_in_the_last_slot_of_a_date_is_left_out_and_the_new_date_goes_on_from_it() -> None:
    history = one_ad_one_channel()
    read_both(history, at("23:20"), 90_000, 1_000)
    read_both(history, at("23:40"), 91_000, 4_000)
    read_both(history, at("00:20", NEXT_DAY), 500, 4_001)
    rows = [(row.slot_at, row.results) for row in history.costs().slots]
    assert rows == [(at("23:20"), None), (at("00:20", NEXT_DAY), 3_001)]


@pytest.mark.parametrize("wrong", [10, 25_000])
def test_a_level_that_leaps_and_returns_is_left_out(wrong: int) -> None:
    history = _steady_until_nine()
    read_both(history, at("09:20"), 28_000, wrong)
    assert Flag.HELD in history.slot(at("09:20")).flags
    assert history.slot(at("09:20")).unpaired_spend == 1_000
    read_both(history, at("09:40"), 29_000, 1_003)
    read_both(history, at("10:00"), 30_000, 1_004)
    row = history.slot(at("09:40"))
    assert (row.interval_start, row.spend, row.results) == (at("09:00"), 2_000, 2)
    assert history.slot(at("10:00")).results == 1


def test_a_level_that_leaps_and_stays_counts() -> None:
    history = _steady_until_nine()
    read_both(history, at("09:20"), 28_000, 25_000)
    read_both(history, at("09:40"), 29_000, 25_004)
    assert history.slot(at("09:20")).results == 23_999
    assert history.slot(at("09:40")).results == 4


def test_two_strange_readings_in_a_row_do_not_vouch_for_each_other_from_afar() -> None:
    history = _steady_until_nine()
    for clock, friends in (("09:20", 90_000), ("09:40", 9_000), ("10:00", 1_003)):
        history.read(at(clock), ad("a"), SPEND, 28_000)
        history.read(at(clock), CHANNEL, FRIENDS, friends)
    assert [row.slot_at for row in history.costs().slots] == [
        at("08:40"),
        at("09:00"),
        at("10:00"),
    ]


def test_small_numbers_are_never_held() -> None:
    history = one_ad_one_channel()
    read_both(history, at("08:40"), 100, 4)
    read_both(history, at("09:00"), 90_000, 40)
    assert history.slot(at("09:00")).results == 36
