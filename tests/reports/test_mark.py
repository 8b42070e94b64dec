from __future__ import annotations

from decimal import Decimal

import pytest

from costs.flag import Flag
from reports.amounts import Amounts
from reports.mark import Mark, is_uncertain, mark_of


@pytest.mark.parametrize(
    ("spend", "results", "target", "mark"),
    [
        (100_000, 10, 10_000, Mark.UNDER),  # at the target is not over it
        (100_010, 10, 10_000, Mark.OVER),
        (82_400, 2, 30_000, Mark.FEW),  # over, but by two results: P = 0.64
        (300_000, 2, 30_000, Mark.OVER),  # ten times the target
        (500, 1, 30_000, Mark.UNDER),
        (12_000, 0, 30_000, Mark.FEW),
        (90_000, 0, 30_000, Mark.OVER),  # three targets spent on nothing
        (10_000, -3, 30_000, Mark.FEW),  # a net loss is no result
        (10_000, 5, None, Mark.NONE),
        (10_000, 5, 0, Mark.NONE),
        (None, None, 30_000, Mark.NONE),
    ],
)
def test_the_sign_says_how_a_unit_cost_stands_to_its_target(
    spend: int | None, results: int | None, target: int | None, mark: Mark
) -> None:
    known = spend is not None and results is not None and results > 0
    cost = Decimal(spend or 0) / (results or 1) if known else None
    assert mark_of(Amounts(spend, results, cost), target) is mark


def test_what_was_shared_by_time_or_awaits_a_figure_is_uncertain() -> None:
    assert is_uncertain(Amounts(flags=frozenset({Flag.ESTIMATED})))
    assert is_uncertain(Amounts(flags=frozenset({Flag.PENDING, Flag.SKEWED})))
    assert not is_uncertain(Amounts(flags=frozenset({Flag.SKEWED, Flag.LONG})))
