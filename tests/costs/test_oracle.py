"""Two independent readings of DOMAIN.md agree on every history."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import given, settings

from bench import oracle
from costs.calculator import compute
from costs.member import Member
from costs.rows import HourCost, SlotCost
from tests.costs.history import SEOUL
from tests.costs.worlds import World, worlds


@settings(max_examples=300, deadline=None)
@given(worlds())
def test_the_calculator_and_the_oracle_agree_on_every_row(world: World) -> None:
    costs = compute(world.series())
    rows = oracle.expected(_watch(world), oracle.Truth(world.seen, world.finals), {})
    assert [_figures(row) for row in costs.slots] == [_figures(row) for row in rows]
    hours = oracle.expected_hours(rows, SEOUL)
    assert [_hour(row) for row in costs.hours] == [_hour(row) for row in hours]


def test_a_missed_side_is_left_out_of_the_truth() -> None:
    zone = ZoneInfo("Asia/Seoul")
    nine, ten, eleven = (datetime(2026, 3, 3, hour, tzinfo=UTC) for hour in (0, 1, 2))
    watch = [
        oracle.Follow(key, side, "daily_cumulative", zone, nine)
        for key, side in (("cost", "spend"), ("sales", "results"))
    ]
    seen = {
        slot: {"cost": (date(2026, 3, 3), won), "sales": (date(2026, 3, 3), sold)}
        for slot, won, sold in ((nine, 1_000, 1), (ten, 1_500, 2), (eleven, 3_000, 5))
    }
    rows = oracle.expected(watch, oracle.Truth(seen, {}), {"results": {ten}})
    assert [(row.slot_at, row.spend, row.results) for row in rows] == [
        (nine, 1_000, 1),
        (eleven, 2_000, 4),
    ]


def test_the_oracle_shares_no_line_with_the_calculator() -> None:
    source = Path(oracle.__file__).read_text(encoding="utf-8")
    assert not any(
        line.startswith(("import costs", "from costs"))
        for line in map(str.strip, source.splitlines())
    )


def _watch(world: World) -> list[oracle.Follow]:
    return [_follow(member, world) for member in world.members]


def _follow(member: Member, world: World) -> oracle.Follow:
    return oracle.Follow(
        (member.entity, member.metric.name),
        member.side.value,
        member.metric.kind.value,
        world.days[member.entity.site].zone,
        member.valid_from,
        member.valid_to,
        member.born_after,
    )


def _figures(row: SlotCost | oracle.Row) -> tuple[object, ...]:
    return (
        row.slot_at,
        row.interval_start,
        row.spend,
        row.results,
        row.unit_cost,
        row.unpaired_spend,
    )


def _hour(row: HourCost | oracle.HourRow) -> tuple[object, ...]:
    return row.hour_at, row.spend, row.results, row.unit_cost, row.unpaired_spend
