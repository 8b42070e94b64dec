"""What few results can say, against scipy and against a simulation."""

from __future__ import annotations

from decimal import Decimal
from math import inf
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, gamma

from costs.errors import NoTarget
from costs.gamma import gamma_below, gamma_quantile
from costs.statistics import chance_over, unit_cost_range
from domain.money import FOUR_PLACES

COUNTS = [*range(31), 50, 99, 100, 101, 500, 1_000, 9_999, 100_000, 1_000_000]


def test_the_range_of_three_results_is_the_one_the_domain_names() -> None:
    found = unit_cost_range(100_000, 3)

    assert found is not None
    assert found.high is not None
    assert (round(found.low), round(found.high)) == (12_897, 122_296)


@pytest.mark.parametrize("results", COUNTS)
def test_the_range_is_that_of_scipy(results: int) -> None:
    for spend in (0, 1, 100_000, 987_654_321):
        found = unit_cost_range(spend, results)

        assert found is not None
        assert float(found.low) == pytest.approx(
            spend / (chi2.ppf(0.95, 2 * results + 2) / 2), rel=1e-9, abs=6e-5
        )
        if results:
            assert found.high is not None
            highest = spend / (chi2.ppf(0.05, 2 * results) / 2)
            assert float(found.high) == pytest.approx(highest, rel=1e-9, abs=6e-5)
        else:
            assert found.high is None


def test_without_results_the_range_has_only_its_lower_end() -> None:
    found = unit_cost_range(2_996, 0)

    assert found is not None
    assert found.high is None
    assert round(found.low) == 1_000


@pytest.mark.parametrize(("spend", "results"), [(-1, 3), (1_000, -1)])
def test_of_a_refund_or_a_net_loss_no_range_is_said(spend: int, results: int) -> None:
    assert unit_cost_range(spend, results) is None


@given(spend=st.integers(1, 10**10), results=st.integers(1, 3_000))
@settings(max_examples=60, deadline=None)
def test_the_range_holds_the_unit_cost_and_narrows_with_more_of_both(
    spend: int, results: int
) -> None:
    found, twice = unit_cost_range(spend, results), unit_cost_range(2 * spend, 2 * results)

    assert found is not None
    assert twice is not None
    assert found.high is not None
    assert twice.high is not None
    # Rounded to 4 places, as all are.
    assert found.low - FOUR_PLACES <= Decimal(spend) / results <= found.high + FOUR_PLACES
    assert twice.low >= found.low
    assert twice.high <= found.high


@given(
    shape=st.one_of(st.floats(0.5, 30), st.floats(30, 1e6)),
    at=st.floats(0, 3),
)
@settings(max_examples=200, deadline=None)
def test_the_incomplete_gamma_function_is_that_of_scipy(shape: float, at: float) -> None:
    # In the far tail of shapes near a million scipy itself is off by up to 1e-11 (mpmath).
    near = shape + (at - 1.5) * 5 * shape**0.5
    for x in (max(near, 0.0), at * shape):
        assert gamma_below(shape, x) == pytest.approx(gamma.cdf(x, shape), rel=1e-8, abs=1e-10)


def test_a_far_tail_is_exact_to_twelve_digits() -> None:
    """Against mpmath with 40 digits."""
    assert gamma_below(732_655.0, 728_642.7217862112) == pytest.approx(
        1.328511139720289448e-06, rel=1e-11
    )


@given(
    shape=st.one_of(st.floats(1, 30), st.floats(30, 1e5)),
    probability=st.floats(1e-6, 1 - 1e-6),
)
@settings(max_examples=150, deadline=None)
def test_its_inverse_is_that_of_scipy(shape: float, probability: float) -> None:
    found = gamma_quantile(shape, probability)

    assert found == pytest.approx(gamma.ppf(probability, shape), rel=1e-8)
    assert 0 < found < inf


@pytest.mark.parametrize("results", COUNTS)
def test_the_chance_is_the_posterior_of_scipy(results: int) -> None:
    for spend, target in ((100_000, 20_000), (3_000_000, 30_000), (10**9, 999)):
        assert chance_over(spend, results, Decimal(target)) == pytest.approx(
            gamma.cdf(spend / target, results + 0.5), rel=1e-8, abs=1e-12
        )


@pytest.mark.parametrize(("expected", "results"), [(2.747, 2), (0.4, 0), (12.0, 9)])
def test_the_chance_is_what_a_simulation_finds(expected: float, results: int) -> None:
    """Draw means from a wide flat range of the prior's shape, keep those that gave the results.

    The prior has the density mean ** -0.5: the square of an even draw has it.
    """
    dice = Random(results)
    kept = over = 0
    while kept < 4_000:
        mean = (dice.random() * 7) ** 2
        if _poisson(dice, mean) == results:
            kept += 1
            over += mean < expected  # fewer results than the spend should have bought

    chance = chance_over(round(expected * 30_000), results, Decimal(30_000))

    assert over / kept == pytest.approx(chance, abs=0.03)


def _poisson(dice: Random, mean: float) -> int:
    count, time = 0, dice.expovariate(1.0)
    while time < mean:
        count, time = count + 1, time + dice.expovariate(1.0)
    return count


def test_more_results_for_the_same_spend_are_never_more_likely_over() -> None:
    chances = [chance_over(300_000, results, Decimal(30_000)) for results in range(60)]

    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.99999
    assert chances[-1] < 1e-9


def test_a_net_loss_is_as_bad_as_no_result_and_no_spend_is_over_nothing() -> None:
    assert chance_over(50_000, -3, Decimal(30_000)) == chance_over(50_000, 0, Decimal(30_000))
    assert chance_over(0, 0, Decimal(30_000)) == 0.0
    assert chance_over(-500, 1, Decimal(30_000)) == 0.0


@pytest.mark.parametrize("target", [Decimal(0), Decimal(-5)])
def test_a_target_of_nothing_is_said_to_be_none(target: Decimal) -> None:
    with pytest.raises(NoTarget, match="target of"):
        chance_over(50_000, 2, target)
