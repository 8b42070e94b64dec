"""What a row says is decided without a browser: state, order, shares, the small picture."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from reports.amounts import UNMEASURED, Amounts
from reports.page.hours import FEW, OVER, day_sums, heat_dates, heat_rows
from reports.page.render import page_html
from reports.page.row import rows_of
from reports.page.spark import spark_of
from reports.page.state import State, state_of
from reports.standing import Standing
from tests.page.sheets import TODAY, amounts, sheet, standing


def watch(spend: int, results: int, **facts: object) -> Standing:
    return standing(1, "a", "b", amounts(spend, results), **facts)


@pytest.mark.parametrize(
    ("spend", "results", "state"),
    [
        (398_000, 7, State.OVER),
        (82_400, 2, State.ABOVE),  # DOMAIN.md: P 0.64, so it may be chance
        (45_000, 0, State.OVER),  # 1.5 targets for nothing: P 0.92
        (30_000, 0, State.ABOVE),
        (29_000, 0, State.FEW),
        (20_000, 1, State.FEW),
        (60_000, 3, State.WITHIN),
        (90_000, 3, State.WITHIN),  # exactly the target
        (30_100_000, 1_000, State.ABOVE),
        (-5_000, 0, State.FEW),  # a refund
        (40_000, -2, State.ABOVE),  # more friends left than came
    ],
)
def test_the_state_follows_from_the_last_hour(spend: int, results: int, state: State) -> None:
    assert state_of(watch(spend, results)) is state


@pytest.mark.parametrize("target", [None, 0, -1])
def test_no_target_and_a_target_of_zero_judge_nothing_and_break_no_page(target: int | None) -> None:
    without = watch(398_000, 7, target=target)
    assert state_of(without) is State.AIMLESS
    assert "목표 없음" in page_html(sheet([without]))


def test_what_is_blind_is_never_called_well() -> None:
    well = watch(60_000, 3)
    assert state_of(replace(well, waiting_logins=("kim",))) is State.WAITING
    assert state_of(replace(well, age=timedelta(minutes=46))) is State.STALE
    assert state_of(replace(well, age=timedelta(minutes=45))) is State.WITHIN
    assert state_of(replace(well, age=None)) is State.NEVER
    assert state_of(replace(well, last_hour=UNMEASURED)) is State.FEW


def test_of_two_that_are_over_the_one_that_wastes_more_money_comes_first() -> None:
    steep = standing(1, "a", "steep", amounts(120_000, 1))  # 90,000 won too much
    broad = standing(2, "b", "broad", amounts(3_000_000, 60))  # 1,200,000 won too much
    assert [row.standing.watch for row in rows_of([steep, broad])] == ["broad", "steep"]
    assert [row.excess for row in rows_of([steep, broad])] == [1_200_000, 90_000]


def test_the_small_picture_has_gaps_and_cuts_what_is_far_off() -> None:
    hours = [amounts(60_000, 2), UNMEASURED, amounts(9_000_000, 2), amounts(14_000, 0),
             amounts(60_000, 2), amounts(30_000, 1)]  # fmt: skip
    found = spark_of(hours, 30_000)
    assert found.line.count("M") == 1  # only the last two hours are neighbours
    assert len(found.dots) == 2
    assert found.dots[1][1] == 3  # cut at the top
    assert len(found.for_nothing) == 1
    assert (found.lowest, found.highest) == (Decimal(30_000), Decimal(4_500_000))
    assert spark_of([UNMEASURED] * 24, 30_000).last is None


def test_an_hour_is_marked_as_reports_mark_it_and_a_day_is_sum_over_sum() -> None:
    hours = {
        (TODAY, 0): amounts(10_000, 1),
        (TODAY, 1): amounts(200_000, 4),
        (TODAY, 2): Amounts(None, None, None, 7_000, frozenset(), is_measured=True),
    }
    dates = heat_dates(hours, TODAY, 14)
    assert dates == [TODAY]
    ((_day, cells),) = heat_rows(hours, dates, 30_000, [(TODAY, 1)])
    assert cells[0] == [10_000, 10_000, 1, FEW]
    assert cells[1] == [50_000, 200_000, 4, OVER, 1]
    assert cells[2] == [None, None, None, 0, 0, 7_000]
    assert cells[3:] == [0] * 21
    assert day_sums(hours, dates, 30_000) == [[42_000, 210_000, 5, OVER, 0, 7_000]]
