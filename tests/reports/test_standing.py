from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event

from costs.flag import Flag
from costs.rows import Glance
from domain.audit import person
from domain.inventory import ClientSpec, OwnerSpec
from domain.metric import Metric, MetricKind, Unit
from domain.session import SessionState
from reports.standing import Standing, standings
from storage.logins import LoginBook
from tests.reports.rows import SEOUL, hour, seoul, slot, store
from tests.storage.inventories import INVENTORY, WATCH, apply, login_id

NOW = seoul("2026-03-10T14:10")
APPLIED = seoul("2026-03-01")


@pytest.fixture
def agency(engine: Engine) -> Engine:
    apply(engine, at=APPLIED)
    return engine


def now(engine: Engine, **scope: Any) -> Standing:
    (found,) = standings(engine, NOW, SEOUL, **scope)
    return found


def test_a_watch_without_a_row_says_nothing_and_never_zero(agency: Engine) -> None:
    found = now(agency)
    for amounts in (found.last_hour, found.this_hour, found.today, found.yesterday):
        assert not amounts.is_measured
        assert (amounts.spend, amounts.results, amounts.unit_cost) == (None, None, None)
    assert (found.last_slot_at, found.age, found.low) == (None, None, None)
    assert found.spark == (Glance(None, None),) * 24


def test_the_last_hour_takes_only_intervals_that_lie_within_it(agency: Engine) -> None:
    store(
        agency,
        WATCH.name,
        slots=[
            slot("2026-03-10T13:20", 90_000, 1),  # begins at 13:00, more than an hour ago
            slot("2026-03-10T13:40", 30_000, 1),
            slot("2026-03-10T14:00", 20_000, 2, Flag.SKEWED),
        ],
    )
    found = now(agency)
    assert (found.last_hour.spend, found.last_hour.results) == (50_000, 3)
    assert found.last_hour.unit_cost == Decimal("16666.6667")  # of the sums, not a mean
    assert found.last_hour.flags == {Flag.SKEWED}
    assert found.low is not None
    assert found.high is not None
    assert (round(found.low), round(found.high)) == (6_449, 61_148)  # DOMAIN.md 4, halved
    assert found.age == timedelta(minutes=10)


def test_hours_are_compared_with_the_one_before_yesterday_and_last_week(agency: Engine) -> None:
    """At 14:10 the newest interval ended at 14:00, so that the hour to compare is 13 o'clock."""
    store(
        agency,
        WATCH.name,
        slots=[slot("2026-03-10T14:00", 13_000, 1)],
        hours=[
            hour("2026-03-03T13:00", 3_000, 1),
            hour("2026-03-09T13:00", 9_000, 1),
            hour("2026-03-10T12:00", 12_000, 1),
            hour("2026-03-10T13:00", 13_000, 1),
        ],
    )
    found = now(agency)
    compared = (found.this_hour, found.previous_hour, found.hour_yesterday, found.hour_last_week)
    assert [one.spend for one in compared] == [13_000, 12_000, 9_000, 3_000]
    assert [one.spend for one in found.spark[-2:]] == [12_000, 13_000]
    assert found.spark[0].spend is None  # 14 o'clock of yesterday was not measured
    assert (found.today.spend, found.yesterday.spend) == (25_000, 9_000)


def test_without_a_fresh_reading_the_running_hour_is_unmeasured(agency: Engine) -> None:
    store(
        agency, WATCH.name, [slot("2026-03-10T09:00", 1_000, 1)], [hour("2026-03-10T08:00", 9, 1)]
    )
    found = now(agency)
    assert (found.this_hour.is_measured, found.last_hour.is_measured) == (False, False)
    assert found.age == timedelta(hours=5, minutes=10)


def test_the_hour_after_midnight_is_compared_with_yesterdays(agency: Engine) -> None:
    """At 00:10 the newest reading lies in 23 o'clock of yesterday."""
    hours = [hour("2026-03-09T23:00", 900, 1), hour("2026-03-08T23:00", 800, 1)]
    store(agency, WATCH.name, [slot("2026-03-10T00:00", 900, 1)], hours)
    (found,) = standings(agency, seoul("2026-03-10T00:10"), SEOUL)
    assert (found.this_hour.spend, found.hour_yesterday.spend) == (900, 800)
    assert not found.today.is_measured


def test_unknown_amounts_are_left_out_and_spend_alone_is_kept_apart(agency: Engine) -> None:
    store(
        agency,
        WATCH.name,
        slots=[
            slot("2026-03-10T13:40", None, 3, Flag.PENDING),
            slot("2026-03-10T14:00", None, None, Flag.ONE_SIDED, unpaired=7_000),
        ],
    )
    found = now(agency)
    assert (found.last_hour.spend, found.last_hour.results) == (None, None)
    assert (found.last_hour.unpaired_spend, found.last_hour.is_measured) == (7_000, True)
    assert found.last_slot_at == seoul("2026-03-10T13:40")  # both sides were read there


def test_yesterday_is_provisional_until_its_figures_are_final(agency: Engine) -> None:
    store(agency, WATCH.name, hours=[hour("2026-03-09T10:00", 1, 1)])
    assert now(agency).is_provisional
    store(agency, WATCH.name, hours=[hour("2026-03-09T10:00", 1, 1)], final=["2026-03-09"])
    assert not now(agency).is_provisional


def test_a_date_without_a_row_is_provisional_until_it_has_settled(agency: Engine) -> None:
    (early,) = standings(agency, seoul("2026-03-10T07:59"), SEOUL)
    assert (early.is_provisional, now(agency).is_provisional) == (True, False)


def test_a_days_end_is_foreseen_by_the_same_weekday_of_four_weeks(agency: Engine) -> None:
    """Half of a day's spend lies before 14:00 on both days that were measured."""
    usual = [
        hour(f"2026-{day}T{at}:00", 40_000, 1, unpaired=10_000)
        for day in ("02-24", "03-03")
        for at in ("08", "13", "14", "20")
    ]
    today = [hour("2026-03-10T08:00", 30_000, 1), hour("2026-03-10T13:00", 60_000, 1)]
    store(agency, WATCH.name, [slot("2026-03-10T14:00", 60_000, 1)], usual + today)
    found = now(agency)
    assert (found.usual_share, found.projected_spend) == (Decimal("0.5000"), 180_000)


def test_a_day_with_an_unknown_hour_tells_nothing_of_the_usual(agency: Engine) -> None:
    usual = [hour(f"2026-{day}T08:00", 40_000, 1) for day in ("02-17", "02-24", "03-03")]
    unknown = [hour(f"2026-{day}T20:00", None, 1, Flag.PENDING) for day in ("02-24", "03-03")]
    today = [hour("2026-03-10T13:00", 60_000, 1)]
    rows = sorted(usual + unknown + today, key=lambda one: one.hour_at)
    store(agency, WATCH.name, [slot("2026-03-10T14:00", 60_000, 1)], rows)
    assert (now(agency).usual_share, now(agency).projected_spend) == (None, None)


def test_a_login_that_waits_is_named_with_its_moment(agency: Engine) -> None:
    book = LoginBook(agency)
    book.set_state(login_id(agency), SessionState.NEEDS_HUMAN, person("kim"), "captcha")
    found = now(agency)
    assert (found.waiting_logins, found.waits_since) == (("kim",), book.get("kim").state_since)


def test_target_owner_and_currency_are_those_of_the_moment(agency: Engine) -> None:
    retargeted = replace(WATCH, target=5_000)
    later = replace(
        INVENTORY,
        owners=(OwnerSpec("lee"), OwnerSpec("park")),
        clients=(ClientSpec("shop", frozenset(["park"])),),
        watches=(retargeted,),
    )
    apply(agency, later, seoul("2026-03-09"))
    found = now(agency)
    assert (found.target, found.owners, found.currency) == (5_000, ("park",), "KRW")
    (before,) = standings(agency, seoul("2026-03-08"), SEOUL)
    assert (before.target, before.owners) == (3_000, ("lee",))


def test_watches_are_chosen_by_owner_client_and_name(agency: Engine) -> None:
    assert now(agency, owner="lee", client="shop", watch=WATCH.name).watch == WATCH.name
    for scope in ({"owner": "park"}, {"client": "x"}, {"watch": "x"}):
        assert standings(agency, NOW, SEOUL, **scope) == ()  # type: ignore[arg-type]


def test_the_change_of_a_level_is_net(agency: Engine) -> None:
    friends = {"channel": {"friends": Metric("friends", MetricKind.GAUGE, Unit.COUNT)}}
    assert now(agency, metrics=friends).net_results
    assert not now(agency).net_results


def test_ten_watches_take_no_more_queries_than_one(engine: Engine) -> None:
    apply(engine, at=APPLIED)
    with queries_of(engine) as one:
        standings(engine, NOW, SEOUL)
    watches = tuple(replace(WATCH, name=f"watch {number}") for number in range(10))
    apply(engine, replace(INVENTORY, watches=watches), APPLIED + timedelta(days=1))
    with queries_of(engine) as ten:
        assert len(standings(engine, NOW, SEOUL)) == 10
    assert len(ten) == len(one) <= 11


@contextmanager
def queries_of(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(*call: Any) -> None:
        if call[2].lstrip().startswith("SELECT"):
            seen.append(call[2])

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_the_budget_of_the_day_is_held_against_all_that_was_spent(engine: Engine) -> None:
    budget = replace(INVENTORY, watches=(replace(WATCH, daily_budget=80_000),))
    apply(engine, budget, at=APPLIED)
    spent = hour("2026-03-10T13:00", 50_000, 1, unpaired=10_000)
    store(engine, WATCH.name, [slot("2026-03-10T14:00", 60_000, 1)], [spent])
    assert (now(engine).daily_budget, now(engine).used_share) == (80_000, Decimal("0.7500"))


def test_the_unit_cost_of_a_watch_without_vat_divides_its_net_spend(engine: Engine) -> None:
    apply(engine, at=APPLIED)
    net = Decimal(10_000)
    read = [slot(f"2026-03-10T{at}", 11_000, 2) for at in ("13:40", "14:00")]
    store(engine, WATCH.name, [replace(one, spend_net=net, spend_basis=net) for one in read])
    last_hour = now(engine).last_hour
    assert (last_hour.spend, last_hour.spend_net) == (22_000, 2 * net)
    assert last_hour.unit_cost == Decimal(5_000)
