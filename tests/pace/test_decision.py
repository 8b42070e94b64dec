"""The decision alone: no store, no clock, no waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import count

import pytest

from domain.grant import Grant, Wait
from domain.request_budget import QuietHours, RequestBudget
from pace import decision
from pace.adaptation import Adaptation
from pace.decision import Moment, Wish
from pace.standing import Standing, standing
from pace.state import State, from_text, to_text

NOON = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)  # 12:00 in Seoul
BUDGET = RequestBudget(requests_per_second=2.0, burst=60, concurrent_visits=2)


class Desk:
    """One site's state, with the time and the business time stepped by hand."""

    def __init__(self, budget: RequestBudget = BUDGET) -> None:
        self.budget = budget
        # A site that has borne its ceiling; what a new one gets is the adaptation's.
        self.state = State(adaptation=Adaptation(rate=budget.requests_per_second))
        self.seconds = 1_000.0
        self.business = NOON
        self._tokens = count()

    @property
    def moment(self) -> Moment:
        return Moment(self.seconds, self.business)

    def ask(
        self, page: str = "creatives", *, warm: bool = True, who: str = "worker-1"
    ) -> Grant | Wait:
        wish = Wish(who, "moment", page, warm, f"token-{next(self._tokens)}")
        self.state, answer = decision.ask(self.state, self.budget, self.moment, wish)
        return answer

    def granted(
        self, page: str = "creatives", *, warm: bool = True, who: str = "worker-1"
    ) -> Grant:
        answer = self.ask(page, warm=warm, who=who)
        assert isinstance(answer, Grant), answer
        return answer

    def waits(self, page: str = "creatives", *, warm: bool = True, who: str = "worker-1") -> Wait:
        answer = self.ask(page, warm=warm, who=who)
        assert isinstance(answer, Wait), answer
        return answer

    def settle(self, grant: Grant, requests: int) -> None:
        self.state = decision.settle(self.state, self.budget, self.moment, grant, requests)

    def enter(self, visit: str, hold_seconds: float = 60) -> Wait | None:
        self.state, wait = decision.enter(self.state, self.budget, self.moment, visit, hold_seconds)
        return wait

    def leave(self, visit: str) -> None:
        self.state = decision.leave(self.state, visit)

    def overloaded(self, seconds: float | None) -> None:
        self.state = decision.overloaded(self.state, self.budget, self.moment, seconds)

    @property
    def standing(self) -> Standing:
        return standing(self.state, self.budget, self.moment)

    def learn(self, page: str, requests: int, *, warm: bool = True) -> None:
        """Let one such page cost so much, and let the bucket run empty again."""
        self.settle(self.granted(page, warm=warm), requests)
        self.seconds += 1_000


def test_an_unknown_page_reserves_a_cold_page_when_cold_and_little_when_warm() -> None:
    assert Desk().granted(warm=False).requests == 60
    assert Desk().granted(warm=True).requests == 8


def test_a_known_page_reserves_its_largest_recent_cost() -> None:
    desk = Desk()
    for cost in (4, 11, 3):
        desk.learn("creatives", cost)
    assert desk.granted().requests == 11


def test_a_cost_is_forgotten_after_twenty_others() -> None:
    desk = Desk()
    desk.learn("creatives", 30)
    for _ in range(19):
        desk.learn("creatives", 4)
    assert desk.granted().requests == 30
    desk.learn("creatives", 4)
    assert desk.granted().requests == 4


def test_costs_are_kept_apart_by_page_and_by_cold_or_warm() -> None:
    desk = Desk()
    desk.learn("creatives", 41, warm=False)
    desk.learn("creatives", 4, warm=True)
    assert desk.granted("creatives", warm=True).requests == 4
    assert desk.granted("campaigns", warm=True).requests == 8
    desk.seconds += 1_000
    assert desk.granted("creatives", warm=False).requests == 41


def test_a_page_dearer_than_the_burst_is_still_granted_one_day() -> None:
    desk = Desk()
    desk.learn("creatives", 400)
    assert desk.granted().requests == 60


def test_a_page_that_sent_nothing_says_nothing_of_its_cost() -> None:
    desk = Desk()
    desk.learn("creatives", 0)
    assert desk.granted().requests == 8


def test_no_more_kinds_of_page_are_remembered_than_a_site_has() -> None:
    desk = Desk()
    for number in range(200):
        desk.learn(f"page-{number}", 5)
    assert len(desk.state.costs) == 50
    assert "warm page-199" in desk.state.costs


def test_the_wait_is_as_long_as_the_missing_requests_take() -> None:
    desk = Desk()
    desk.settle(desk.granted(warm=False), 60)
    wait = desk.waits()
    assert wait == Wait(4.0, "request rate")  # 8 requests at 2 a second
    desk.seconds += wait.seconds
    assert desk.granted().requests == 8


def test_what_was_reserved_in_vain_is_refunded() -> None:
    desk = Desk()
    desk.settle(desk.granted(warm=False), 10)
    assert desk.standing.available == 50
    assert desk.standing.spent_today == 10


def test_more_than_was_reserved_is_charged_and_the_next_ask_waits() -> None:
    desk = Desk()
    desk.settle(desk.granted("campaigns"), 100)
    assert desk.standing.available == 0
    assert desk.standing.spent_today == 100
    assert desk.waits().seconds == 24.0  # 100 + 8 - 60 at 2 a second


def test_settling_twice_charges_once() -> None:
    desk = Desk()
    grant = desk.granted()
    desk.settle(grant, 20)
    desk.settle(grant, 20)
    assert desk.standing.available == 40
    assert desk.standing.spent_today == 20


def test_water_of_a_page_under_way_does_not_leak() -> None:
    desk = Desk()
    desk.granted(warm=False)
    desk.seconds += 100
    assert desk.standing.available == 0, "its 60 requests may all leave in this very second"


def test_a_killed_workers_grant_stays_spent_and_leaks_when_its_time_is_over() -> None:
    desk = Desk()
    desk.granted(warm=False)
    desk.seconds += decision.IN_FLIGHT_SECONDS + 10
    assert desk.standing.available == 20
    assert desk.standing.spent_today == 60


def test_settling_a_forgotten_grant_charges_only_what_exceeds_it() -> None:
    desk = Desk()
    grant = desk.granted()
    desk.seconds += decision.IN_FLIGHT_SECONDS + 10
    desk.settle(grant, 5)
    assert desk.standing.available == 60
    assert desk.standing.spent_today == 8
    lost = Grant("moment", "creatives", True, 8, "from before the store was emptied")
    desk.settle(lost, 30)
    assert desk.standing.available == 38
    assert desk.standing.spent_today == 30


def test_small_pages_do_not_overtake_the_first_page_of_another_for_ever() -> None:
    desk = Desk()
    desk.learn("creatives", 4)
    desk.learn("creatives", 41, warm=False)
    desk.settle(desk.granted("campaigns", warm=False), 60)
    come_back = desk.seconds + desk.waits(warm=False, who="cold").seconds
    while desk.seconds < come_back:
        if isinstance(small := desk.ask(who="warm"), Grant):
            desk.settle(small, 4)
        desk.seconds += 0.5
    assert desk.granted(warm=False, who="cold").requests == 41


def test_who_came_first_is_served_first() -> None:
    desk = Desk()
    under_way = desk.granted("campaigns", who="third")
    desk.settle(desk.granted("campaigns", who="fourth"), 52)
    assert desk.waits(who="first").seconds == 4.0
    desk.seconds += 3.5
    assert desk.waits(who="second").seconds == 4.5
    desk.settle(under_way, 1)  # its refund belongs to the line, not to whoever is here now
    assert desk.waits(who="third").seconds == 5.0
    assert desk.granted(who="first").requests == 8
    assert desk.waits(who="second").seconds == 1.0


def test_who_asks_for_another_page_keeps_the_turn() -> None:
    desk = Desk()
    desk.settle(desk.granted("campaigns", warm=False), 60)
    desk.waits("creatives", who="first")
    desk.waits("creatives", who="second")
    assert desk.waits("ad groups", who="first").seconds == 4.0
    assert desk.waits("creatives", who="second").seconds == 8.0


def test_who_does_not_come_back_loses_the_turn() -> None:
    desk = Desk()
    desk.learn("creatives", 4)
    desk.settle(desk.granted("campaigns", warm=False), 60)
    wait = desk.waits(warm=False, who="gone")
    desk.seconds += 10
    assert desk.waits(who="here").seconds == pytest.approx(22.0)
    desk.seconds += wait.seconds - 10 + decision.PATIENCE_SECONDS
    assert desk.granted(who="here").requests == 4


def test_visits_beyond_the_limit_wait_until_one_leaves() -> None:
    desk = Desk()
    assert desk.enter("a") is None
    assert desk.enter("b") is None
    assert desk.enter("c") == Wait(10.0, "2 visits already there")
    desk.leave("a")
    assert desk.enter("c") is None


def test_the_place_of_a_killed_worker_frees_itself() -> None:
    desk = Desk(replace(BUDGET, concurrent_visits=1))
    desk.enter("a", hold_seconds=8)
    assert desk.enter("b") == Wait(8.0, "1 visit already there")
    desk.seconds += 8
    assert desk.enter("b") is None
    assert desk.standing.concurrent == 1


def test_entering_again_prolongs_the_place_and_takes_no_second_one() -> None:
    desk = Desk()
    desk.enter("a", hold_seconds=10)
    desk.enter("a", hold_seconds=100)
    desk.seconds += 50
    assert desk.standing.concurrent == 1


def test_nobody_gets_a_grant_before_retry_after() -> None:
    desk = Desk()
    desk.overloaded(30)
    expected = Wait(30.0, "the site asked for 30 s (Retry-After)")
    assert desk.waits() == expected
    assert desk.enter("a") == expected
    desk.seconds += 29.9
    desk.waits()
    desk.seconds += 0.1
    assert desk.granted().requests == 8


def test_a_shorter_retry_after_never_ends_a_longer_one() -> None:
    desk = Desk()
    desk.overloaded(120)
    desk.overloaded(5)
    assert desk.waits().seconds == 120.0


@pytest.mark.parametrize(
    ("named", "rest"), [(None, 60.0), (float("nan"), 60.0), (float("inf"), 86_400.0), (-5, 0.0)]
)
def test_a_missing_or_broken_retry_after_is_read_as_a_sensible_rest(
    named: float | None, rest: float
) -> None:
    desk = Desk()
    desk.overloaded(named)
    assert desk.state.closed_until in (0.0, desk.seconds + rest)
    assert (desk.standing.wait.seconds if desk.standing.wait else 0.0) == rest


def test_the_day_ceiling_holds_until_midnight_of_the_site() -> None:
    desk = Desk(replace(BUDGET, requests_per_day=70))
    desk.settle(desk.granted(warm=False), 60)
    desk.seconds += 1_000
    desk.settle(desk.granted(), 8)
    desk.seconds += 1_000
    assert desk.waits() == Wait(12 * 3600, "day ceiling of 70 reached")
    desk.business += timedelta(hours=12)
    assert desk.granted().requests == 8
    assert desk.standing.spent_today == 8


def test_a_refund_after_midnight_belongs_to_the_day_of_the_grant() -> None:
    desk = Desk()
    grant = desk.granted("campaigns")
    desk.business += timedelta(hours=12)
    desk.granted()
    desk.settle(grant, 5)
    assert desk.standing.spent_today == 8
    assert desk.state.spent == {"2026-03-04": 8, "2026-03-03": 5}


def test_machines_that_disagree_on_the_date_at_midnight_do_not_empty_the_days_count() -> None:
    desk = Desk(replace(BUDGET, requests_per_day=20))
    midnight = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
    for _ in range(2):
        for second in (-1, 1):
            desk.business = midnight + timedelta(seconds=second)
            desk.settle(desk.granted(), 8)
            desk.seconds += 100
    desk.business = midnight - timedelta(seconds=1)
    assert desk.waits().reason == "day ceiling of 20 reached"


def test_a_burst_above_the_day_ceiling_still_lets_a_cold_page_through() -> None:
    desk = Desk(replace(BUDGET, requests_per_day=41))
    assert desk.granted(warm=False).requests == 41


def test_a_day_ceiling_of_0_stops_a_site_at_once() -> None:
    desk = Desk(replace(BUDGET, requests_per_day=0))
    assert desk.waits().reason == "day ceiling of 0 reached"
    assert desk.enter("a") == desk.waits()


@pytest.mark.parametrize("wrong", [{"requests_per_second": 0.0}, {"burst": 0}])
def test_a_budget_that_could_never_grant_anything_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} is 0"):
        RequestBudget(**wrong)  # type: ignore[arg-type]


def test_quiet_hours_hold_until_their_end_in_the_sites_time_zone() -> None:
    desk = Desk(replace(BUDGET, quiet=QuietHours(time(23), time(7))))
    assert desk.granted().requests == 8
    desk.business = datetime(2026, 3, 3, 14, 30, tzinfo=UTC)  # 23:30
    assert desk.waits() == Wait(7.5 * 3600, "quiet hours until 07:00")
    desk.business = datetime(2026, 3, 3, 21, 59, tzinfo=UTC)  # 06:59
    assert desk.enter("a") == Wait(60, "quiet hours until 07:00")
    desk.business = datetime(2026, 3, 3, 22, 0, tzinfo=UTC)
    assert desk.enter("a") is None


def test_quiet_hours_end_by_the_wall_clock_when_summer_time_begins() -> None:
    quiet = QuietHours(time(1), time(6))
    desk = Desk(replace(BUDGET, quiet=quiet, time_zone="Europe/Berlin"))
    desk.business = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # 01:30; 02:00 becomes 03:00
    assert desk.waits().seconds == 3.5 * 3600


def test_the_longest_of_several_waits_is_told() -> None:
    desk = Desk(replace(BUDGET, quiet=QuietHours(time(11), time(13))))
    desk.overloaded(30)
    assert desk.waits().reason == "quiet hours until 13:00"
    desk.overloaded(7200)
    assert desk.waits().reason == "the site asked for 7200 s (Retry-After)"


def test_a_refused_ask_changes_nothing_while_the_site_is_closed() -> None:
    desk = Desk()
    desk.overloaded(30)
    before = desk.state
    desk.waits()
    desk.enter("a")
    assert desk.state is before


def test_a_slightly_earlier_clock_leaks_nothing_twice() -> None:
    desk = Desk()
    desk.settle(desk.granted(warm=False), 60)
    desk.seconds += 10
    assert desk.standing.available == 20
    desk.settle(desk.granted(), 8)
    for _ in range(5):  # a second server whose clock is 5 s behind takes turns
        desk.seconds -= 5
        desk.waits("dear", warm=False)
        desk.seconds += 5
        desk.waits("dear", warm=False)
    assert desk.standing.available == 12


def test_a_store_whose_clock_was_set_back_by_an_hour_goes_on_without_waiting_an_hour() -> None:
    desk = Desk()
    desk.seconds += 100_000
    desk.enter("a", hold_seconds=50)
    desk.settle(desk.granted(warm=False), 60)
    desk.overloaded(20)
    desk.seconds -= 3600
    assert desk.standing.available == 0
    assert desk.waits().seconds == pytest.approx(20)
    desk.seconds += 25
    assert desk.standing.available == 5, "half the rate, and nothing leaked while it was closed"
    assert desk.standing.concurrent == 1
    desk.seconds += 25
    assert desk.standing.concurrent == 0


def test_the_rate_that_the_site_bears_is_what_leaks() -> None:
    desk = Desk()
    desk.settle(desk.granted(warm=False), 60)
    desk.state = replace(desk.state, adaptation=Adaptation(rate=1.0))
    assert desk.waits().seconds == 8.0


def test_a_lowered_burst_waits_for_what_already_left() -> None:
    desk = Desk()
    desk.settle(desk.granted(warm=False), 41)
    desk.budget = replace(BUDGET, burst=20)
    assert desk.waits().seconds == 14.5  # 41 + 8 - 20 at 2 a second


def test_a_state_survives_being_written_and_read() -> None:
    desk = Desk()
    desk.enter("방문")
    desk.settle(desk.granted("소재"), 5)
    desk.granted("소재")
    desk.waits("캠페인", warm=False)
    desk.overloaded(30)
    assert from_text(to_text(desk.state), "moment") == desk.state


def test_a_state_written_before_a_field_was_added_is_read_with_its_default() -> None:
    assert from_text('{"at": 5.0, "level": 3.5}', "moment") == State(at=5.0, level=3.5)
