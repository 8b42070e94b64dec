"""Dates of which only the final figures were read."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from costs.flag import Flag
from costs.rows import DayCost
from domain.business_day import BusinessDay
from tests.costs.history import (
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

LATER = at("09:00", NEXT_DAY)
ALONE = frozenset({Flag.DAY_ONLY, Flag.ONE_SIDED})


def final(history: History, name: str, spend: int, results: int) -> None:
    history.read(LATER, ad(name), SPEND, spend, THE_DAY)
    history.read(LATER, ad(name), CONVERSIONS, results, THE_DAY)


def test_a_date_that_nobody_read_on_the_day_has_its_final_figures_and_no_hours() -> None:
    history = one_ad_one_site()
    final(history, "a", 90_000, 3)
    costs = history.costs()
    assert (costs.slots, costs.hours) == ((), ())
    (day,) = costs.whole_days
    assert (day.business_date, day.spend, day.results) == (THE_DAY, 90_000, 3)
    assert day.unit_cost == Decimal("30000.0000")
    assert (day.flags, day.is_final, day.unpaired_spend) == (frozenset({Flag.DAY_ONLY}), True, 0)
    assert (day.spend_net, day.spend_basis) == (Decimal("81818.1818"), Decimal("90000.0000"))


def test_a_restated_figure_takes_the_place_of_the_one_before() -> None:
    history = one_ad_one_site()
    final(history, "a", 90_000, 3)
    history.read(LATER + timedelta(days=3), ad("a"), SPEND, 60_000, THE_DAY)
    assert [day.unit_cost for day in history.costs().whole_days] == [Decimal("20000.0000")]


def test_a_date_with_a_single_pair_of_readings_has_hours_and_is_none_of_these() -> None:
    history = one_ad_one_site()
    read_both(history, at("10:00"), 1_000, 1)
    final(history, "a", 90_000, 3)
    assert history.costs().hours
    assert history.costs().whole_days == ()


def test_spend_beside_a_level_stands_without_a_counterpart() -> None:
    history = one_ad_one_channel()
    history.read(LATER, ad("a"), SPEND, 90_000, THE_DAY)
    (day,) = history.costs().whole_days
    assert day == DayCost(THE_DAY, None, None, None, 90_000, ALONE, False)


@pytest.mark.parametrize("missing", [SPEND, CONVERSIONS])
def test_of_two_ads_both_have_to_be_known(missing: object) -> None:
    history = one_ad_one_site()
    history.spends(ad("b"))
    history.gains(ad("b"), CONVERSIONS)
    final(history, "a", 90_000, 3)
    other = CONVERSIONS if missing is SPEND else SPEND
    history.read(LATER, ad("b"), other, 7, THE_DAY)
    found = history.costs().whole_days
    assert [day.unpaired_spend for day in found] == ([] if missing is SPEND else [90_007])


def test_an_ad_that_joined_or_left_on_the_date_leaves_it_unknown() -> None:
    for times in ({"valid_from": at("12:00")}, {"valid_to": at("12:00")}):
        history = History()
        history.spends(ad("a"), SPEND, **times)
        history.gains(ad("a"), CONVERSIONS)
        final(history, "a", 90_000, 3)
        assert history.costs().whole_days == ()


def test_two_memberships_that_follow_one_another_hold_the_date() -> None:
    history = History()
    for times in ({"valid_to": at("12:00")}, {"valid_from": at("12:00")}):
        history.spends(ad("a"), SPEND, **times)
        history.gains(ad("a"), CONVERSIONS, **times)
    final(history, "a", 90_000, 3)
    assert [day.spend for day in history.costs().whole_days] == [90_000]


def test_a_site_whose_date_is_another_stretch_of_time_gives_no_day() -> None:
    history = one_ad_one_site()
    history.days["moment"] = BusinessDay(ZoneInfo("America/New_York"))
    history.members = [  # valid long before, wherever the date begins
        type(one)(one.entity, one.metric, one.side, at("00:00", date(2026, 3, 1)))
        for one in history.members
    ]
    history.read(at("09:00", date(2026, 3, 6)), ad("a"), SPEND, 90_000, THE_DAY)
    assert history.costs().whole_days == ()
