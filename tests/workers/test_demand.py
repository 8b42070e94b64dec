"""What the inventory needs of a budget, what does not fit, and which setting to change."""

from __future__ import annotations

from datetime import time

import pytest

from domain.account import AccountKey
from domain.entity import EntityKind
from domain.inventory import AccountSpec, InventorySpec, LoginSpec, MemberRule, SiteSpec, WatchSpec
from domain.policy import SitePolicy
from domain.request_budget import QuietHours, RequestBudget
from storage.login_costs import VisitCost
from workers.demand import GUESSED_REQUESTS, Demand, demands, needs_of
from workers.shortage import FarWatch, Shortage, far_watches, shortages


def policy(slot_minutes: int = 20, **budget: float) -> SitePolicy:
    quiet = QuietHours(time(1), time(5))
    return SitePolicy(
        "moment",
        "https://moment.example",
        RequestBudget(**{"requests_per_day": 10**8, **budget}, quiet=quiet),  # type: ignore[arg-type]
        slot_minutes=slot_minutes,
    )


def rule(account: str, metric: str) -> frozenset[MemberRule]:
    site, _, external_id = account.partition("/")
    return frozenset([MemberRule(AccountKey(site, external_id), EntityKind.CREATIVE, metric)])


def inventory(moment: SitePolicy, logins: int, watches: int = 0) -> InventorySpec:
    """Each login reads one account of moment; each watch joins its login with the next one."""
    names = [f"login{number}" for number in range(logins)]
    return InventorySpec(
        sites=(SiteSpec("moment", moment),),
        logins=tuple(LoginSpec(name, ("moment",)) for name in names),
        accounts=tuple(AccountSpec(AccountKey("moment", name), name) for name in names),
        watches=tuple(
            WatchSpec(
                f"watch{number}",
                "shop",
                1000,
                rule(f"moment/login{number}", "spend"),
                rule(f"moment/login{number + 1}", "clicks"),
            )
            for number in range(watches)
        ),
    )


def cost(requests: int, seconds: float = 10.0) -> VisitCost:
    return VisitCost({"moment": requests}, seconds)


def the_demand(spec: InventorySpec, each: VisitCost, bears: float | None = None) -> Demand:
    costs = {login.name: each for login in spec.logins}
    (found,) = demands(spec, needs_of(spec, costs), {} if bears is None else {"moment": bears})
    return found


def the_shortage(demand: Demand) -> Shortage:
    (found,) = shortages([demand])
    return found


def test_an_inventory_that_fits_is_no_shortage() -> None:
    demand = the_demand(inventory(policy(requests_per_second=2.0), 100), cost(20))
    assert (demand.requests, demand.given) == (2000, 2400)
    assert demand.share == pytest.approx(2000 / 2400)
    assert shortages([demand]) == ()


def test_a_rate_that_is_too_small_is_told_with_its_arithmetic_and_the_softer_way_first() -> None:
    demand = the_demand(inventory(policy(requests_per_second=2.0), 150), cost(20))
    short = the_shortage(demand)
    assert short.what == "a slot needs 3,000 requests, and 2 a second x 1,200 s = 2,400 (125%)"
    assert short.cure == "set slot_minutes: 30, or requests_per_second: 2.8"
    mended = the_demand(inventory(policy(requests_per_second=2.8), 150), cost(20))
    later = the_demand(inventory(policy(slot_minutes=30, requests_per_second=2.0), 150), cost(20))
    assert shortages([mended, later]) == ()


def test_visits_that_last_too_long_for_the_places_are_told() -> None:
    demand = the_demand(inventory(policy(requests_per_second=50), 100), cost(4, seconds=40.0))
    short = the_shortage(demand)
    assert "last 4,000 s together, and 2 at a time x 1,200 s = 2,400 (167%)" in short.what
    assert short.cure.endswith("concurrent_visits: 4")


def test_a_day_ceiling_counts_the_slots_outside_of_the_quiet_hours() -> None:
    moment = policy(requests_per_second=50, requests_per_day=20_000, concurrent_visits=9)
    short = the_shortage(the_demand(inventory(moment, 100), cost(20)))
    assert short.what == (
        "60 slots a day x 2,000 requests = 120,000, and requests_per_day is 20,000"
    )
    assert short.cure.endswith("requests_per_day: 140000")


def test_what_a_site_bears_now_counts_where_it_is_less_than_the_ceiling() -> None:
    spec = inventory(policy(requests_per_second=2.0), 100)
    short = the_shortage(the_demand(spec, cost(20), bears=1.0))
    assert "the site bears 1 a second now x 1,200 s = 1,200" in short.what
    assert short.cure == "set slot_minutes: 40"


def test_a_login_that_was_never_visited_is_guessed_from_the_others() -> None:
    spec = inventory(policy(), 3)
    unknown = needs_of(spec, {})
    assert {(one.requests, one.is_guess) for one in unknown} == {(GUESSED_REQUESTS, True)}
    one_known = needs_of(spec, {"login0": cost(30)})
    assert [one.requests for one in one_known] == [30.0] * 3
    assert [one.is_guess for one in one_known] == [False, True, True]


def far(spec: InventorySpec, each: VisitCost, **rates: float) -> tuple[FarWatch, ...]:
    return far_watches(spec, needs_of(spec, {one.name: each for one in spec.logins}), rates)


def test_a_watch_whose_group_reads_too_slowly_names_what_holds_it_back() -> None:
    by_rate = inventory(policy(requests_per_second=0.5, concurrent_visits=9), 3, watches=2)
    found = far(by_rate, cost(50))
    assert [one.watch for one in found] == ["watch0", "watch1"], "one group, as login1 joins them"
    assert {one.seconds for one in found} == {(3 * 50 - 60) / 0.5}
    assert found[0].cure == "moment: set requests_per_second: 0.75"
    by_places = inventory(policy(requests_per_second=20, concurrent_visits=1), 3, watches=2)
    assert far(by_places, cost(20, 70.0))[0].cure == "moment: set concurrent_visits: 2"
    by_visit = inventory(policy(requests_per_second=20, concurrent_visits=3), 2, watches=1)
    assert "divide its accounts" in far(by_visit, cost(20, 130.0))[0].cure


def test_a_watch_that_is_read_together_or_in_one_visit_is_none_of_them() -> None:
    spec = inventory(policy(requests_per_second=2, concurrent_visits=2), 2, watches=1)
    assert far(spec, cost(50, 20.0)) == ()
    assert far(spec, cost(200, 20.0), moment=0.5) != (), "at the rate that the site bears now"
