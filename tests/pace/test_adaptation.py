"""The rate follows what a site bears: a modelled site, a virtual clock, the real decision."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import heappop, heappush

import pytest

from domain.grant import Wait
from domain.request_budget import RequestBudget
from pace import decision
from pace.adaptation import START_SHARE, UP, WINDOW_SECONDS, Adaptation
from pace.decision import Moment, Wish
from pace.state import State

NOON = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
BUDGET = RequestBudget(requests_per_second=10.0, burst=10, requests_per_day=10**9)


@dataclass
class StrictSite:
    """Refuses what is more than `bears` requests a second over ten, and says to come back later."""

    bears: float
    retry_after: float | None = 5.0
    served: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def answers(self, now: float) -> bool:
        lately = sum(at > now - 10.0 for at in self.served[-1_000:])
        if lately >= 10.0 * self.bears:
            self.refused.append(now)
            return False
        self.served.append(now)
        return True


def read(site: StrictSite, seconds: float, workers: int, state: State | None = None) -> State:
    """Let so many workers read one-request pages without a pause for so long."""
    state, rng = state or State(), random.Random(workers)
    due = [(1_000.0 + rng.random(), worker, 0) for worker in range(workers)]
    until = 1_000.0 + seconds
    while due[0][0] < until:
        now, worker, number = heappop(due)
        moment = Moment(now, NOON)
        wish = Wish(str(worker), "strict", "report", True, f"{worker}-{number}")
        state, answer = decision.ask(state, BUDGET, moment, wish)
        if isinstance(answer, Wait):
            heappush(due, (now + max(answer.seconds, 0.001), worker, number + 1))
            continue
        after = now + rng.uniform(0.05, 0.3)
        if not site.answers(now):
            state = decision.overloaded(state, BUDGET, moment, site.retry_after)
        state = decision.settle(state, BUDGET, Moment(after, NOON), answer, 1)
        heappush(due, (after, worker, number + 1))
    return state


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("bears", [3.0, 5.0, 7.0])
def test_a_strict_site_is_used_and_hardly_ever_refuses(bears: float, workers: int) -> None:
    site = StrictSite(bears)
    read(site, 600, workers)
    share = len(site.served) / (bears * 600)
    late = [at for at in site.refused if at > 1_060.0]
    served = [at for at in site.served if at > 1_060.0]
    assert share >= 0.8
    assert len(late) / (len(late) + len(served)) < 0.01


def test_a_site_that_bears_everything_gets_to_the_ceiling_and_never_above() -> None:
    site = StrictSite(bears=1_000.0)
    read(site, 300, workers=8)
    assert site.refused == []
    assert len(site.served) <= 10.0 * 300 + BUDGET.burst
    assert len(site.served) >= 0.9 * 10.0 * 300


def test_a_new_site_or_a_lost_state_begins_carefully() -> None:
    assert Adaptation().rate_within(BUDGET) == START_SHARE * 10.0


def test_many_who_see_the_same_trouble_ease_once() -> None:
    eased = Adaptation(rate=8.0)
    for second in range(5):
        eased = eased.eased(BUDGET, 100.0 + second, 0.5)
    assert eased.rate == 4.0
    assert eased.eased(BUDGET, 101.0 + WINDOW_SECONDS, 0.5).rate == 2.0


def test_who_pressed_learns_what_the_site_bears_and_who_did_not_only_slows_down() -> None:
    pressed = Adaptation(rate=8.0).sent(99.0, 60).eased(BUDGET, 100.0, 0.5)
    assert pressed.rate == 3.0
    assert pressed.bears == pytest.approx(5.7)
    idle = Adaptation(rate=8.0).sent(99.0, 5).eased(BUDGET, 100.0, 0.5)
    assert (idle.rate, idle.bears) == (4.0, 0.0)


def test_the_rate_grows_only_where_it_was_used() -> None:
    idle = Adaptation(rate=2.0, looked_at=100.0).sent(105.0, 3)
    assert idle.raised(BUDGET, 111.0).rate == 2.0
    busy = Adaptation(rate=2.0, looked_at=100.0).sent(105.0, 20)
    assert busy.raised(BUDGET, 105.0).rate == 2.0, "a window has to pass"
    assert busy.raised(BUDGET, 111.0).rate == 2.0 * UP


def test_above_what_was_too_much_it_steps_softly_and_late() -> None:
    eased = Adaptation(rate=4.0, bears=4.0, eased_at=50.0, looked_at=100.0).sent(105.0, 40)
    assert eased.raised(BUDGET, 110.0).rate == 4.0
    later = Adaptation(rate=4.0, bears=4.0, eased_at=50.0, looked_at=700.0).sent(705.0, 40)
    assert later.raised(BUDGET, 710.0).rate == pytest.approx(4.2)


def test_no_trouble_brings_it_below_the_floor() -> None:
    eased = Adaptation(rate=0.6)
    for turn in range(10):
        eased = eased.eased(BUDGET, 100.0 + 20.0 * turn, 0.5)
    assert eased.rate == BUDGET.floor == 0.5


def test_a_site_that_answers_more_slowly_than_usual_is_eased_once_in_a_window() -> None:
    usual = Adaptation(rate=8.0)
    for number in range(100):
        usual = usual.felt(BUDGET, 100.0 + number, 150.0 + number % 7)
    assert usual.rate == 8.0
    slow = usual
    for number in range(8):
        slow = slow.felt(BUDGET, 201.0 + number / 10, 900.0)
    assert slow.rate == pytest.approx(8.0 * 0.8)
    assert slow.long_ms < 300


def test_a_single_slow_answer_says_nothing() -> None:
    usual = Adaptation(rate=8.0)
    for number in range(50):
        usual = usual.felt(BUDGET, 100.0 + number, 150.0)
    assert usual.felt(BUDGET, 160.0, 500.0).rate == 8.0
