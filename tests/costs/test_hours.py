"""Worked examples: which hour an amount belongs to."""

from __future__ import annotations

from decimal import Decimal
from zoneinfo import ZoneInfo

from costs.flag import Flag
from costs.rows import HourCost
from domain.business_day import BusinessDay
from tests.costs.history import (
    CHANNEL,
    CONVERSIONS,
    NEXT_DAY,
    SPEND,
    THE_DAY,
    History,
    ad,
    at,
    one_ad_one_channel,
    one_ad_one_site,
    read_both,
)


def test_an_hour_is_the_sum_of_its_slots_over_the_sum_of_their_results() -> None:
    history = one_ad_one_channel()
    for clock, spend, friends in (
        ("09:00", 10_000, 100),
        ("09:20", 11_000, 101),
        ("09:40", 14_000, 101),
        ("10:00", 20_000, 104),
    ):
        read_both(history, at(clock), spend, friends)
    hour = history.hour(at("09:00"))
    assert (hour.business_date, hour.hour) == (THE_DAY, 9)
    assert (hour.spend, hour.results, hour.unit_cost) == (10_000, 4, Decimal("2500.0000"))
    assert hour.flags == frozenset()


def test_an_interval_over_two_hours_is_shared_by_time_in_whole_won_and_marked() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:40"), 10_000, 100)
    read_both(history, at("10:40"), 10_100, 105)
    nine, ten = history.hour(at("09:00")), history.hour(at("10:00"))
    assert (nine.spend, nine.results) == (33, 2)
    assert (ten.spend, ten.results) == (67, 3)
    assert {Flag.ESTIMATED, Flag.LONG} <= nine.flags & ten.flags


def test_a_refund_over_two_hours_is_shared_like_its_positive_twin() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:40"), 10_000, 100)
    read_both(history, at("10:40"), 9_900, 105)
    assert (history.hour(at("09:00")).spend, history.hour(at("10:00")).spend) == (-33, -67)


def test_the_first_part_after_midnight_belongs_to_hour_zero_and_the_tail_to_hour_23() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 90_000, 9)
    read_both(history, at("00:20", NEXT_DAY), 2_000, 1)
    waiting = history.hour(at("23:00"))
    assert (waiting.spend, waiting.results, waiting.unit_cost) == (None, None, None)
    assert Flag.PENDING in waiting.flags
    fresh = history.hour(at("00:00", NEXT_DAY))
    assert (fresh.business_date, fresh.hour) == (NEXT_DAY, 0)
    assert (fresh.spend, fresh.results, fresh.unit_cost) == (2_000, 1, Decimal("2000.0000"))
    assert Flag.PENDING not in fresh.flags

    history.read(at("08:10", NEXT_DAY), ad("a"), SPEND, 95_000, THE_DAY)
    history.read(at("08:10", NEXT_DAY), ad("a"), CONVERSIONS, 11, THE_DAY)
    # the first slot of the watch was shared out over the day: 23:00-23:40 got 2 of its 71 parts
    shared = sum(hour.spend or 0 for hour in history.costs().hours if hour.business_date == THE_DAY)
    assert shared == 95_000
    assert history.hour(at("00:00", NEXT_DAY)).spend == 2_000


def test_today_read_at_the_stroke_of_midnight_is_hour_zero() -> None:
    history = one_ad_one_site()
    read_both(history, at("23:40"), 90_000, 9)
    read_both(history, at("00:00", NEXT_DAY), 30, 0)
    assert history.hour(at("00:00", NEXT_DAY)).spend == 30


def test_a_late_midnight_keeps_the_tail_in_hour_23_of_the_old_date() -> None:
    history = one_ad_one_site()
    history.read(at("23:00"), ad("a"), SPEND, 90_000)
    history.read(at("23:00"), ad("a"), CONVERSIONS, 9)
    history.read(at("00:00", NEXT_DAY), ad("a"), SPEND, 94_000, THE_DAY)
    history.read(at("00:00", NEXT_DAY), ad("a"), CONVERSIONS, 10, THE_DAY)
    read_both(history, at("00:20", NEXT_DAY), 1_500, 1)
    history.read(at("08:10", NEXT_DAY), ad("a"), SPEND, 94_300, THE_DAY)
    history.read(at("08:10", NEXT_DAY), ad("a"), CONVERSIONS, 10, THE_DAY)
    old, new = history.hour(at("23:00")), history.hour(at("00:00", NEXT_DAY))
    assert (old.spend, old.results) == (4_300, 1)
    assert (new.spend, new.results) == (1_500, 1)


def test_the_first_slot_is_shared_over_the_hours_since_midnight() -> None:
    history = one_ad_one_site()
    read_both(history, at("02:00"), 101, 2)
    hours = history.costs().hours
    assert [(hour.hour, hour.spend, hour.results) for hour in hours] == [(0, 51, 1), (1, 50, 1)]
    assert all(Flag.ESTIMATED in hour.flags for hour in hours)


def test_spend_without_a_pair_stands_apart_in_its_hours() -> None:
    history = one_ad_one_channel()
    read_both(history, at("09:00"), 10_000, 100)
    history.read(at("09:20"), ad("a"), SPEND, 13_000)
    hour = history.hour(at("09:00"))
    assert (hour.spend, hour.results, hour.unpaired_spend) == (None, None, 3_000)


def test_sites_in_two_zones_turn_their_dates_each_at_its_own_midnight() -> None:
    tokyo, kolkata = ZoneInfo("Asia/Tokyo"), ZoneInfo("Asia/Kolkata")
    history = History(zone=tokyo)
    history.days = {"moment": BusinessDay(tokyo), "channel": BusinessDay(kolkata)}
    leads = CONVERSIONS
    history.spends(ad("a"))
    history.gains(CHANNEL, leads, valid_from=at("00:00"))
    # 03:20 and 03:40 in Tokyo are 23:50 of the day before and 00:10 in Kolkata
    history.read(at("03:20", NEXT_DAY, tokyo), ad("a"), SPEND, 5_000)
    history.read(at("03:20", NEXT_DAY, tokyo), CHANNEL, leads, 40)
    history.read(at("03:40", NEXT_DAY, tokyo), ad("a"), SPEND, 6_000)
    history.read(at("03:40", NEXT_DAY, tokyo), CHANNEL, leads, 1)
    row = history.slot(at("03:40", NEXT_DAY, tokyo))
    assert (row.spend, row.results) == (1_000, None)
    history.read(at("08:00", NEXT_DAY, kolkata), CHANNEL, leads, 43, THE_DAY)
    row = history.slot(at("03:40", NEXT_DAY, tokyo))
    assert (row.spend, row.results, row.unit_cost) == (1_000, 3 + 1, Decimal("250.0000"))
    hour: HourCost = history.hour(at("03:00", NEXT_DAY, tokyo))
    assert (hour.business_date, hour.hour, hour.spend, hour.results) == (NEXT_DAY, 3, 1_000, 4)
    # their days began at different moments: what came before is a baseline
    assert Flag.BASELINE in history.slot(at("03:20", NEXT_DAY, tokyo)).flags


def test_levels_in_a_missed_midnight_are_shared_between_both_dates() -> None:
    history = one_ad_one_channel()
    read_both(history, at("23:40"), 90_000, 100)
    read_both(history, at("00:20", NEXT_DAY), 1_000, 105)
    history.read(at("08:10", NEXT_DAY), ad("a"), SPEND, 90_500, THE_DAY)
    old, new = history.hour(at("23:00")), history.hour(at("00:00", NEXT_DAY))
    assert (old.spend, old.results, new.spend, new.results) == (500, 3, 1_000, 2)
    assert Flag.ESTIMATED in new.flags
