"""Made-up standings, and the pages they become: every state that a marketer may meet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from costs.flag import Flag
from costs.rows import Glance, unit_cost
from costs.statistics import unit_cost_range
from reports.amounts import UNMEASURED, Amounts
from reports.page.hours import Hour
from reports.page.row import rows_of
from reports.page.sheet import HEAT_DAYS, Sheet
from reports.standing import Standing

SEOUL = ZoneInfo("Asia/Seoul")
NOW = datetime(2026, 3, 3, 5, 20, tzinfo=UTC)
"""14:20 in Seoul."""
TODAY = date(2026, 3, 3)


def amounts(spend: int, results: int, *flags: Flag) -> Amounts:
    """Return measured amounts whose sum is right."""
    cost = unit_cost(spend, results)
    return Amounts(spend, results, cost, 0, frozenset(flags), is_measured=True)


def standing(number: int, client: str, watch: str, now: Amounts, **facts: Any) -> Standing:
    """Return a watch with a target of 30,000 won that was read 12 minutes ago."""
    likely = unit_cost_range(now.spend, now.results) if now.spend and now.results else None
    made = Standing(
        watch_id=number,
        client=client,
        watch=watch,
        label="친구 추가 단가",
        owners=("김지은",),
        currency="KRW",
        target=30_000,
        net_results=False,
        last_hour=now,
        this_hour=now,
        previous_hour=amounts(90_000, 3),
        hour_yesterday=amounts(96_000, 4),
        hour_last_week=amounts(88_000, 3),
        today=amounts(1_120_000, 36),
        yesterday=amounts(2_310_000, 80),
        spark=tuple(Glance(one.unit_cost, one.spend) for one in measured(number)),
        low=likely.low if likely else None,
        high=likely.high if likely else None,
        usual_share=Decimal("0.42"),
        projected_spend=2_666_000,
        daily_budget=2_400_000,
        last_slot_at=NOW - timedelta(minutes=12),
        age=timedelta(minutes=12),
        is_provisional=False,
        waiting_logins=(),
        waits_since=None,
    )
    return replace(made, **facts)


def measured(seed: int, hours: int = 24) -> tuple[Amounts, ...]:
    """Return hours with gaps, hours without a result, and one that is far off."""
    chance = Random(seed)
    found = []
    for _hour in range(hours):
        results = chance.choice((0, 2, 3, 4, 5, 6))
        kind = chance.random()
        spend = int(results * 30_000 * chance.uniform(0.5, 1.6)) or chance.choice((0, 14_000))
        found.append(UNMEASURED if kind < 0.1 else amounts(spend, results))
    return tuple(found)


def hours(seed: int, days: int = HEAT_DAYS) -> dict[Hour, Amounts]:
    """Return the hours of some days up to NOW."""
    chance = Random(seed)
    flags = (frozenset[Flag](), frozenset({Flag.ESTIMATED}), frozenset({Flag.CORRECTION}))
    found = {}
    for ago in range(days):
        day = TODAY - timedelta(days=ago)
        for hour, one in enumerate(measured(seed * 100 + ago)):
            if one.is_measured and (ago or hour <= 14):
                marks = chance.choices(flags, (12, 1, 1))[0]
                found[(day, hour)] = replace(one, flags=marks)
    return found


OLD = timedelta(hours=1, minutes=50)
EVERY_STATE = (
    standing(1, "봄꽃마켓", "봄 신규 친구", amounts(61_000, 3)),
    standing(2, "가온치과", "상담 DB", amounts(398_000, 7), label="DB단가"),
    standing(3, "라온여행", "제주 예약", amounts(52_000, 0), label="예약 단가"),
    standing(4, "새봄학원", "수강 문의", amounts(9_000, 0), label="CPA"),
    standing(
        5, "한빛안경", "채널 친구", UNMEASURED, this_hour=UNMEASURED, net_results=True,
        last_slot_at=NOW - OLD, age=OLD,
        waiting_logins=("hanbit-ads",), waits_since=NOW - timedelta(hours=1),
    ),
    standing(
        6, "푸른가구", "매장 방문 예약", UNMEASURED, last_slot_at=NOW - OLD, age=OLD,
        today=amounts(340_000, 14), is_provisional=True,
    ),
    standing(
        7, "별빛서점", "신간 소식받기", UNMEASURED, today=UNMEASURED, yesterday=UNMEASURED,
        previous_hour=UNMEASURED, hour_yesterday=UNMEASURED, spark=(Glance(),) * 24,
        usual_share=None, projected_spend=None, daily_budget=None, last_slot_at=None, age=None,
    ),
    standing(8, "구름카페", "원두 구독", amounts(75_000, 2)),
    standing(
        9, "다정펫", "회원 가입", amounts(44_000, 5), target=None, net_results=True,
        daily_budget=None, projected_spend=None,
    ),
)  # fmt: skip
"""Nine clients, each in another state; 2 burns most money, 3 spends without a result."""


def sheet(
    standings: Iterable[Standing] = EVERY_STATE,
    *,
    owner: str | None = "김지은",
    written_at: datetime | None = None,
    explained: Mapping[int, Iterable[Hour]] | None = None,
) -> Sheet:
    """Return the page of some standings, with two weeks of hours each."""
    chosen = tuple(standings)
    return Sheet(
        owner=owner,
        rows=rows_of(chosen),
        now=NOW,
        written_at=written_at or datetime.now(UTC),
        zone=SEOUL,
        hours={one.watch_id: hours(one.watch_id) for one in chosen if one.age is not None},
        explained={watch: frozenset(cells) for watch, cells in (explained or {}).items()},
    )
