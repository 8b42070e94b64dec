from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest

from costs.flag import Flag
from costs.hours import hour_of
from costs.rows import HourCost
from costs.spend_pacing import (
    HourSpend,
    days_alike,
    hour_spend,
    projected_spend,
    spend_pacing,
    usual_share,
)
from tests.costs.history import SEOUL

MONDAY = date(2026, 3, 30)
BERLIN = ZoneInfo("Europe/Berlin")


def hours(
    day: date, spends: Mapping[int, int | None], zone: ZoneInfo = SEOUL, unpaired: int | None = 0
) -> list[HourSpend]:
    """The spend of the hours of a day by the hour on the wall."""
    return [
        hour_spend(
            HourCost(
                hour_of(datetime(day.year, day.month, day.day, hour, tzinfo=zone), zone),
                day,
                hour,
                spend,
                None if spend is None else 1,
                None,
                unpaired,
                frozenset({Flag.PENDING} if spend is None else ()),
            )
        )
        for hour, spend in spends.items()
    ]


def alike(*days: Mapping[int, int | None]) -> list[list[HourSpend]]:
    return [hours(day, spends) for day, spends in zip(days_alike(MONDAY), days, strict=False)]


def clock(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, 30, hour, minute, tzinfo=SEOUL).astimezone(UTC)


def test_the_days_alike_are_the_same_weekday_of_the_last_four_weeks() -> None:
    found = days_alike(MONDAY)

    assert [MONDAY - day for day in found] == [timedelta(weeks=back) for back in (1, 2, 3, 4)]
    assert {day.weekday() for day in found} == {MONDAY.weekday()}


def test_the_usual_share_is_a_ratio_of_sums_and_no_average_of_ratios() -> None:
    days = alike({9: 100, 20: 900}, {9: 50, 20: 50})

    assert usual_share(days, clock(12), SEOUL) == Fraction(150, 1100)


def test_within_an_hour_spend_flows_evenly() -> None:
    days = alike({9: 300, 10: 700}, {9: 300, 10: 700})

    assert usual_share(days, clock(9), SEOUL) == 0
    assert usual_share(days, clock(9, 20), SEOUL) == Fraction(100, 1000)
    assert usual_share(days, clock(10), SEOUL) == Fraction(300, 1000)
    assert usual_share(days, clock(23, 59), SEOUL) == 1


def test_a_day_that_goes_on_as_usual_is_projected_to_its_end_against_its_budget() -> None:
    days = alike({9: 40_000, 20: 60_000}, {9: 40_000, 20: 60_000})
    today = hours(MONDAY, {9: 60_000})

    found = spend_pacing(today, days, clock(12), SEOUL, daily_budget=120_000)

    assert found.spend == 60_000
    assert found.usual_share == Decimal("0.4000")
    assert found.projected == 150_000  # over the budget of 120,000, half of which is used
    assert found.used_share == Decimal("0.5000")


def test_spend_without_results_is_money_too() -> None:
    today = hours(MONDAY, {9: 60_000}, unpaired=5_000)

    assert spend_pacing(today, [], clock(12), SEOUL).spend == 65_000


@pytest.mark.parametrize(
    "days",
    [
        [],
        [{9: 100, 20: 100}],
        [{9: 100, 20: 100}, {9: 100, 20: None}],
        [{9: 100, 20: 100}, {9: 0, 20: 0}],
    ],
    ids=["none", "one", "one and a pending one", "one and an idle one"],
)
def test_of_fewer_than_two_whole_days_no_habit_is_made(days: list[dict[int, int | None]]) -> None:
    found = spend_pacing(hours(MONDAY, {9: 50}), alike(*days), clock(12), SEOUL, 1_000)

    assert (found.usual_share, found.projected) == (None, None)
    assert found.used_share == Decimal("0.0500")


def test_what_is_not_known_is_never_zero() -> None:
    days = alike({9: 100, 20: 100}, {9: 100, 20: 100})

    for today in ([], hours(MONDAY, {9: None})):
        found = spend_pacing(today, days, clock(12), SEOUL, 1_000)
        assert (found.spend, found.projected, found.used_share) == (None, None, None)
        assert found.usual_share == Decimal("0.5000")


def test_before_anything_is_usually_spent_nothing_is_projected() -> None:
    days = alike({0: 10, 20: 990}, {0: 10, 20: 990})

    found = spend_pacing(hours(MONDAY, {0: 50}), days, clock(1), SEOUL)

    assert found.usual_share == Decimal("0.0100")
    assert found.projected is None  # 5,000 would be the noise of an hour


def test_a_projection_is_rounded_half_up() -> None:
    assert projected_spend(1, Fraction(2, 3)) == 2
    assert projected_spend(1, Fraction(2, 5)) == 3
    assert projected_spend(-1, Fraction(1, 2)) == -2


def test_days_of_23_and_25_hours_are_read_by_the_clock_on_the_wall() -> None:
    """29 March has no 2 o'clock in Berlin, 25 October has two."""
    short = hours(date(2026, 3, 29), dict.fromkeys((0, 1, *range(3, 24)), 10), BERLIN)
    usual = hours(date(2026, 3, 22), dict.fromkeys(range(24), 10), BERLIN)
    noon = datetime(2026, 4, 5, 12, tzinfo=BERLIN)
    assert usual_share([short, usual], noon, BERLIN) == Fraction(110 + 120, 230 + 240)

    twice = hours(date(2026, 10, 25), dict.fromkeys(range(24), 10), BERLIN)
    twice.insert(3, twice[2])
    assert usual_share([twice, usual], noon, BERLIN) == Fraction(130 + 120, 250 + 240)
