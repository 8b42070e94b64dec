"""An ad of the demo burns, and the whole way from its page to the chat is walked."""

from __future__ import annotations

import pytest

from bench import alerts, burning
from demo.model import Model
from demo.world import Sizes, World


@pytest.mark.timeout(600)
def test_a_burning_ad_is_told_within_two_slots_and_once_when_it_is_over() -> None:
    figures = burning.measure()
    assert figures["slots_to_message"] <= 2
    begin, over = figures["messages"]
    assert "소진은 늘고 결과는 없습니다" in begin or "목표를 크게 넘었습니다" in begin
    assert "해결됨" in over
    assert figures["slots_to_over"] <= 6
    assert "광고주" in figures["said"][0]
    assert "목표 10,000원" in figures["said"][1]


def test_the_rows_of_a_quiet_day_are_the_demos_spend_with_results_by_chance() -> None:
    model = Model(World(Sizes(), alerts.SEED))
    rows = list(alerts._rows(model, "1001", 10_000, days=1))
    assert len(rows) == 72
    assert sum(row.spend or 0 for row in rows) == alerts._spent(
        model, "1001", alerts.FIRST, rows[-1].slot_at
    )
    assert sum(row.spend or 0 for row in rows) / sum(row.results or 0 for row in rows) > 5_000
    assert sum(row.spend or 0 for row in rows) / sum(row.results or 0 for row in rows) < 10_000
