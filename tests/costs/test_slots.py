"""Worked examples: which unit cost a slot gets, and which it does not get."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from costs.errors import NaiveMoment, NoBusinessDay, TwoValues
from costs.flag import Flag
from costs.rows import grouped
from domain.metric import Metric, MetricKind, Unit
from tests.costs.history import (
    CHANNEL,
    CONVERSIONS,
    FRIENDS,
    NEXT_DAY,
    SIGN_UPS,
    SPEND,
    THE_DAY,
    History,
    ad,
    at,
    one_ad_one_channel,
    one_ad_one_site,
    read_both,
)


def test_two_slots_give_the_difference_of_spend_over_the_difference_of_friends() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 40_000, 1_000)
    read_both(history, at("09:20"), 50_000, 1_003)
    row = history.slot(at("09:20"))
    assert (row.interval_start, row.spend, row.results) == (at("09:00"), 10_000, 3)
    assert row.unit_cost == Decimal("3333.3333")
    assert (row.unpaired_spend, row.flags) == (0, frozenset())


def test_a_refund_is_a_signed_correction_and_no_reset() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 50_000, 1_000)
    read_both(history, at("09:20"), 49_500, 1_001)
    row = history.slot(at("09:20"))
    assert (row.spend, row.unit_cost) == (-500, Decimal("-500.0000"))
    assert row.flags == {Flag.CORRECTION}


def test_unsubscribes_leave_no_unit_cost_and_are_no_correction() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 10_000, 1_000)
    read_both(history, at("09:20"), 13_000, 998)
    row = history.slot(at("09:20"))
    assert (row.spend, row.results, row.unit_cost) == (3_000, -2, None)
    assert Flag.CORRECTION not in row.flags


def test_no_results_give_no_unit_cost_but_the_spend_is_shown() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 10_000, 1_000)
    read_both(history, at("09:20"), 22_000, 1_000)
    row = history.slot(at("09:20"))
    assert (row.spend, row.results, row.unit_cost) == (12_000, 0, None)


def test_the_first_slot_of_daily_figures_counts_since_midnight() -> None:
    history = one_ad_one_site()
    read_both(history, at("09:20"), 50_000, 5)
    row = history.slot(at("09:20"))
    assert (row.interval_start, row.spend, row.results) == (at("00:00"), 50_000, 5)
    assert row.unit_cost == Decimal("10000.0000")
    assert row.flags == {Flag.SINCE_MIDNIGHT}


def test_the_first_slot_of_a_level_is_a_baseline_whose_spend_has_no_pair() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:20"), 50_000, 1_000)
    row = history.slot(at("09:20"))
    assert (row.spend, row.results, row.unit_cost, row.unpaired_spend) == (None, None, None, 50_000)
    assert Flag.BASELINE in row.flags


@pytest.mark.parametrize("missing", ["spend", "friends", "both"])
def test_a_missed_slot_makes_one_longer_interval(missing: str) -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 40_000, 1_000)
    if missing == "spend":
        history.read(at("09:20"), CHANNEL, FRIENDS, 1_001)
    if missing == "friends":
        history.read(at("09:20"), ad("a"), SPEND, 45_000)
    read_both(history, at("09:40"), 50_000, 1_004)
    rows = history.costs().slots
    assert [row.slot_at for row in rows] == [at("09:00"), at("09:40")]
    assert (rows[1].interval_start, rows[1].spend, rows[1].results) == (at("09:00"), 10_000, 4)
    assert rows[1].flags == {Flag.LONG}


def test_spend_after_the_last_pair_stands_alone_until_a_pair_covers_it() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 40_000, 1_000)
    history.read(at("09:20"), ad("a"), SPEND, 45_000)
    history.read(at("09:40"), ad("a"), SPEND, 47_000)
    alone = history.costs().slots[1:]
    assert [(row.slot_at, row.spend, row.unpaired_spend) for row in alone] == [
        (at("09:40"), None, 7_000)
    ]
    assert alone[0].flags == {Flag.ONE_SIDED, Flag.LONG}
    read_both(history, at("10:00"), 50_000, 1_002)
    assert [row.slot_at for row in history.costs().slots] == [at("09:00"), at("10:00")]
    assert history.slot(at("10:00")).unpaired_spend == 0


def test_spend_that_never_had_a_counterpart_stands_by_day() -> None:
    history = one_ad_one_channel()
    history.read(at("22:00"), ad("a"), SPEND, 70_000)
    history.read(at("23:40"), ad("a"), SPEND, 80_000)
    history.read(at("00:20", NEXT_DAY), ad("a"), SPEND, 1_000)
    history.read(at("00:40", NEXT_DAY), ad("a"), SPEND, 2_000)
    rows = [(row.slot_at, row.interval_start, row.unpaired_spend) for row in history.costs().slots]
    assert rows == [
        (at("23:40"), at("00:00"), 80_000),
        (at("00:40", NEXT_DAY), at("00:00", NEXT_DAY), 2_000),
    ]
    read_both(history, at("01:00", NEXT_DAY), 3_000, 1_000)
    assert [(row.slot_at, row.unpaired_spend) for row in history.costs().slots] == [
        (at("23:40"), 80_000),
        (at("01:00", NEXT_DAY), 3_000),
    ]


def test_midnight_waits_for_the_final_figure_and_is_then_filled() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 90_000, 9)
    read_both(history, at("00:00", NEXT_DAY), 0, 0)
    read_both(history, at("00:20", NEXT_DAY), 2_000, 1)
    row = history.slot(at("00:00", NEXT_DAY))
    assert (row.spend, row.results, row.unit_cost) == (None, None, None)
    assert Flag.PENDING in row.flags
    assert history.slot(at("00:20", NEXT_DAY)).unit_cost == Decimal("2000.0000")

    history.read(at("08:10", NEXT_DAY), ad("a"), SPEND, 95_000, THE_DAY)
    history.read(at("08:10", NEXT_DAY), ad("a"), CONVERSIONS, 11, THE_DAY)
    row = history.slot(at("00:00", NEXT_DAY))
    assert (row.spend, row.results, row.unit_cost) == (5_000, 2, Decimal("2500.0000"))
    assert Flag.PENDING not in row.flags


def test_a_later_restatement_of_the_past_day_wins() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 90_000, 9)
    read_both(history, at("00:20", NEXT_DAY), 2_000, 1)
    for hour, spend in (("08:10", 95_000), ("14:00", 94_000)):
        history.read(at(hour, NEXT_DAY), ad("a"), SPEND, spend, THE_DAY)
        history.read(at(hour, NEXT_DAY), ad("a"), CONVERSIONS, 11, THE_DAY)
    assert history.slot(at("00:20", NEXT_DAY)).spend == 4_000 + 2_000


def test_a_late_midnight_books_by_the_date_that_the_page_shows() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 90_000, 9)
    history.read(at("00:00", NEXT_DAY), ad("a"), SPEND, 94_000, THE_DAY)
    history.read(at("00:00", NEXT_DAY), ad("a"), CONVERSIONS, 10, THE_DAY)
    read_both(history, at("00:20", NEXT_DAY), 1_500, 1)
    history.read(at("08:10", NEXT_DAY), ad("a"), SPEND, 94_300, THE_DAY)
    history.read(at("08:10", NEXT_DAY), ad("a"), CONVERSIONS, 10, THE_DAY)
    assert history.slot(at("00:00", NEXT_DAY)).spend == 4_000
    row = history.slot(at("00:20", NEXT_DAY))
    assert (row.spend, row.results) == (300 + 1_500, 0 + 1)


def test_a_whole_day_without_readings_takes_its_final_figure() -> None:
    history = one_ad_one_site()
    after = date(2026, 3, 5)
    read_both(history, at("23:40"), 90_000, 9)
    read_both(history, at("10:00", after), 7_000, 1)
    for day, spend, results in ((THE_DAY, 91_000, 9), (NEXT_DAY, 60_000, 4)):
        assert history.slot(at("10:00", after)).spend is None
        history.read(at("10:10", after), ad("a"), SPEND, spend, day)
        history.read(at("10:10", after), ad("a"), CONVERSIONS, results, day)
    row = history.slot(at("10:00", after))
    assert (row.spend, row.results) == (1_000 + 60_000 + 7_000, 0 + 4 + 1)


def test_a_level_needs_no_final_figure_at_midnight() -> None:
    history = one_ad_one_channel()
    read_both(history, at("23:40"), 90_000, 1_000)
    read_both(history, at("00:20", NEXT_DAY), 1_000, 1_004)
    row = history.slot(at("00:20", NEXT_DAY))
    assert (row.spend, row.results, row.unit_cost) == (None, 4, None)


def test_a_provisional_look_back_at_yesterday_is_no_current_reading() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 90_000, 9)
    read_both(history, at("00:20", NEXT_DAY), 1_000, 1)
    history.read(at("03:00", NEXT_DAY), ad("a"), SPEND, 91_000, THE_DAY)
    history.read(at("03:00", NEXT_DAY), ad("a"), CONVERSIONS, 9, THE_DAY)
    assert [row.slot_at for row in history.costs().slots] == [at("23:40"), at("00:20", NEXT_DAY)]
    assert history.slot(at("00:20", NEXT_DAY)).spend is None


def test_a_new_ad_counts_from_zero() -> None:
    history = one_ad_one_channel()
    history.spends(ad("new"), valid_from=at("09:20"), born_after=at("09:00"))
    read_both(history, at("09:00"), 40_000, 1_000)
    read_both(history, at("09:20"), 50_000, 1_004)
    history.read(at("09:20"), ad("new"), SPEND, 2_000)
    row = history.slot(at("09:20"))
    assert (row.spend, row.unit_cost) == (12_000, Decimal("3000.0000"))
    assert row.flags == {Flag.JOINED}


def test_an_older_ad_that_is_followed_now_is_a_baseline_never_in_the_unit_cost() -> None:
    history = one_ad_one_channel()
    history.spends(ad("old"), valid_from=at("09:20"))
    read_both(history, at("09:00"), 40_000, 1_000)
    read_both(history, at("09:20"), 50_000, 1_004)
    history.read(at("09:20"), ad("old"), SPEND, 300_000)
    row = history.slot(at("09:20"))
    assert (row.spend, row.unit_cost, row.unpaired_spend) == (10_000, Decimal("2500.0000"), 300_000)
    assert row.flags == {Flag.BASELINE}
    read_both(history, at("09:40"), 51_000, 1_005)
    history.read(at("09:40"), ad("old"), SPEND, 300_700)
    assert history.slot(at("09:40")).spend == 1_700


def test_an_ad_that_was_read_before_it_joined_needs_no_baseline() -> None:
    history = one_ad_one_channel()
    history.spends(ad("known"), valid_from=at("09:20"))
    read_both(history, at("09:00"), 40_000, 1_000)
    history.read(at("09:00"), ad("known"), SPEND, 7_000)
    read_both(history, at("09:20"), 50_000, 1_004)
    history.read(at("09:20"), ad("known"), SPEND, 9_000)
    row = history.slot(at("09:20"))
    assert (row.spend, row.flags) == (12_000, frozenset())


def test_an_ad_that_returns_after_a_rest_brings_only_what_was_not_counted_yet() -> None:
    history = one_ad_one_channel()
    history.spends(ad("b"), valid_from=at("00:00"), valid_to=at("09:20"), born_after=at("08:00"))
    history.spends(ad("b"), valid_from=at("09:40"), born_after=at("09:20"))
    read_both(history, at("09:00"), 40_000, 1_000)
    history.read(at("09:00"), ad("b"), SPEND, 5_000)
    read_both(history, at("09:20"), 41_000, 1_001)
    read_both(history, at("09:40"), 42_000, 1_002)
    history.read(at("09:40"), ad("b"), SPEND, 6_500)
    assert Flag.LEFT in history.slot(at("09:20")).flags
    row = history.slot(at("09:40"))
    assert (row.spend, row.unpaired_spend) == (1_000, 1_500)


def test_a_deleted_ad_counts_up_to_its_last_reading() -> None:
    history = one_ad_one_channel()
    history.spends(ad("b"), valid_to=at("09:40"))
    read_both(history, at("09:00"), 40_000, 1_000)
    history.read(at("09:00"), ad("b"), SPEND, 5_000)
    history.read(at("09:20"), ad("a"), SPEND, 44_000)
    history.read(at("09:20"), ad("b"), SPEND, 6_000)
    read_both(history, at("09:40"), 50_000, 1_004)
    row = history.slot(at("09:40"))
    assert (row.spend, row.results) == (11_000, 4)
    assert row.flags == {Flag.LEFT, Flag.LONG}


def test_an_ad_that_was_not_read_keeps_its_side_incomplete() -> None:
    history = one_ad_one_channel()
    history.spends(ad("b"))
    for clock, spend, friends in (("09:00", 1_000, 50), ("09:20", 2_000, 52), ("09:40", 3_000, 53)):
        read_both(history, at(clock), spend, friends)
        if clock != "09:20":
            history.read(at(clock), ad("b"), SPEND, spend)
    rows = history.costs().slots
    assert [row.slot_at for row in rows] == [at("09:00"), at("09:40")]
    assert (rows[1].spend, rows[1].results) == (4_000, 3)


def test_when_all_ads_change_at_once_nothing_is_divided() -> None:
    history = History()
    history.spends(ad("a"), valid_to=at("09:20"))
    history.spends(ad("b"), valid_from=at("09:20"))
    history.gains(CHANNEL, FRIENDS)
    read_both(history, at("09:00"), 40_000, 1_000)
    history.read(at("09:20"), ad("b"), SPEND, 9_000)
    history.read(at("09:20"), CHANNEL, FRIENDS, 1_002)
    row = history.slot(at("09:20"))
    assert (row.spend, row.results, row.unpaired_spend) == (None, None, 9_000)


def test_a_lifetime_counter_begins_with_a_baseline_and_passes_midnight_undated() -> None:
    history = History()
    history.spends(ad("a"))
    history.gains(ad("a"), SIGN_UPS)
    read_both(history, at("09:00"), 40_000, 7)
    read_both(history, at("09:20"), 46_000, 9)
    assert history.slot(at("09:00")).unit_cost is None
    assert history.slot(at("09:20")).unit_cost == Decimal("3000.0000")


def test_a_new_channel_in_the_results_is_a_baseline_without_a_delta() -> None:
    history = one_ad_one_site()
    history.gains(CHANNEL, FRIENDS, valid_from=at("09:20"), born_after=at("09:10"))
    read_both(history, at("09:00"), 40_000, 7)
    read_both(history, at("09:20"), 46_000, 9)
    history.read(at("09:20"), CHANNEL, FRIENDS, 5_000)
    row = history.slot(at("09:20"))
    assert (row.spend, row.results) == (6_000, 2)
    assert Flag.BASELINE in row.flags


@pytest.mark.parametrize(("seconds", "skewed"), [(120, False), (121, True)])
def test_sides_read_too_far_apart_are_marked_at_either_end(seconds: int, skewed: bool) -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 40_000, 1_000)
    read_both(history, at("09:20"), 50_000, 1_003)
    history.observed_later(timedelta(seconds=seconds))
    read_both(history, at("09:40"), 51_000, 1_004)
    flags = [Flag.SKEWED in row.flags for row in history.costs().slots]
    assert flags == [False, skewed, skewed]


def test_a_watch_without_results_or_readings_has_no_unit_cost() -> None:
    history = History()
    assert history.costs().slots == ()
    history.spends(ad("a"))
    history.read(at("09:00"), ad("a"), SPEND, 1_000)
    assert [row.unit_cost for row in history.costs().slots] == [None]


def test_groups_are_sums_over_sums_and_leave_out_what_is_not_known() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 40_000, 1_000)
    read_both(history, at("09:20"), 50_000, 1_001)
    read_both(history, at("09:40"), 50_500, 1_004)
    assert grouped(history.costs().slots) == (10_500, 4, Decimal("2625.0000"))


def test_contradictions_are_refused_with_their_names() -> None:
    twice = one_ad_one_site()
    read_both(twice, at("09:00"), 40_000, 7)
    read_both(twice, at("09:00"), 40_000, 7)
    assert twice.slot(at("09:00")).spend == 40_000
    twice.read(at("09:00"), ad("a"), SPEND, 41_000)
    with pytest.raises(TwoValues, match="40000 and 41000"):
        twice.costs()

    unknown = one_ad_one_site()
    unknown.days = {}
    with pytest.raises(NoBusinessDay, match="site moment"):
        unknown.costs()

    naive = one_ad_one_site()
    read_both(naive, at("09:00"), 40_000, 7)
    last = naive.readings[-1]
    naive.readings[-1] = replace(last, observed_at=last.observed_at.replace(tzinfo=None))
    with pytest.raises(NaiveMoment, match="without an offset"):
        naive.costs()


def test_an_ad_that_rested_between_two_pairs_has_not_left() -> None:
    history = one_ad_one_channel()
    history.spends(ad("b"), valid_to=at("09:10"))
    history.spends(ad("b"), valid_from=at("09:30"))
    for clock, spend, friends in (("09:00", 1_000, 50), ("09:40", 3_000, 53)):
        read_both(history, at(clock), spend, friends)
        history.read(at(clock), ad("b"), SPEND, spend)
    row = history.slot(at("09:40"))
    assert row.spend == 4_000
    assert row.flags == {Flag.LONG}


def test_an_ad_taken_back_in_does_not_bring_what_it_spent_outside_the_watch() -> None:
    history = one_ad_one_channel()
    history.spends(ad("b"), valid_to=at("09:20"))
    history.spends(ad("b"), valid_from=at("10:00"))
    for clock, spend, friends in (("09:00", 1_000, 50), ("09:40", 3_000, 53), ("10:00", 3_500, 54)):
        read_both(history, at(clock), spend, friends)
    # another watch went on reading it at 09:20, but nobody did at 09:40
    for clock, spend in (("09:00", 1_000), ("09:20", 8_000), ("10:00", 8_300)):
        history.read(at(clock), ad("b"), SPEND, spend)
    row = history.slot(at("10:00"))
    assert (row.spend, row.unpaired_spend) == (500, 300)


def test_a_lifetime_spend_that_is_followed_now_brings_nothing_of_its_past() -> None:
    lifetime = Metric("spend_ever", MetricKind.LIFETIME_CUMULATIVE, Unit.MONEY)
    history = one_ad_one_channel()
    history.spends(ad("old"), lifetime, valid_from=at("09:20"))
    read_both(history, at("09:00"), 40_000, 1_000)
    read_both(history, at("09:20"), 50_000, 1_004)
    history.read(at("09:20"), ad("old"), lifetime, 7_000_000)
    row = history.slot(at("09:20"))
    assert (row.spend, row.unpaired_spend) == (10_000, 0)


def test_spend_that_still_shows_yesterday_at_the_first_slot_is_not_counted_today() -> None:
    history = one_ad_one_channel()
    history.days["late"] = history.days["moment"]
    history.spends(ad("b", site="late"))
    history.read(at("00:00", NEXT_DAY), ad("b", site="late"), SPEND, 90_000, THE_DAY)
    read_both(history, at("00:00", NEXT_DAY), 10, 1_000)
    assert history.slot(at("00:00", NEXT_DAY)).unpaired_spend == 10


def test_of_two_dates_in_one_slot_the_newer_is_current() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 90_000, 9)
    for metric, old, new in ((SPEND, 900_000_000, 2_000), (CONVERSIONS, 9_000_000, 1)):
        history.read(at("00:20", NEXT_DAY), ad("a"), metric, old, THE_DAY)
        history.read(at("00:20", NEXT_DAY), ad("a"), metric, new, NEXT_DAY)
    assert history.hour(at("00:00", NEXT_DAY)).spend == 2_000
