"""The promise itself, by random histories: over any span T at most rate x T + burst requests.

A grant's requests may leave at any moment between the ask and the settlement, all at once. So
for every span that the history holds, the requests of every grant that overlaps it are counted:
the worst that the site could have seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.grant import Grant, Wait
from domain.request_budget import RequestBudget
from pace import decision
from pace.adaptation import Adaptation
from pace.decision import IN_FLIGHT_SECONDS, Moment, Wish
from pace.state import State, from_text, to_text

NOON = datetime(2026, 3, 3, 3, 0, tzinfo=UTC)
PAGES = st.sampled_from(["sign-in", "creatives", "campaigns"])
STEPS = st.one_of(
    st.floats(0, 1), st.floats(0, 40), st.just(0.0), st.just(IN_FLIGHT_SECONDS), st.floats(-200, 0)
)


@dataclass
class Sent:
    """What one grant sent, somewhere between two moments of real time."""

    grant: Grant
    begin: float
    requests: int
    end: float | None = None


class AnyHistory(RuleBasedStateMachine):
    """Workers that ask, settle, dawdle and die, while the store's clock even steps back."""

    def __init__(self) -> None:
        super().__init__()
        self.budget = RequestBudget(requests_per_second=1.5, burst=20, requests_per_day=10**9)
        self.state = State()
        self.real = 0.0
        self.behind = 0.0
        self.sent: list[Sent] = []

    @property
    def moment(self) -> Moment:
        return Moment(10_000 + self.real - self.behind, NOON)

    @rule(page=PAGES, warm=st.booleans(), who=st.sampled_from("abc"))
    def ask(self, page: str, warm: bool, who: str) -> None:
        wish = Wish(who, "moment", page, warm, str(len(self.sent)))
        self.state, answer = decision.ask(self.state, self.budget, self.moment, wish)
        if isinstance(answer, Grant):
            # Until it is settled, all of it counts, and that of a killed worker for ever.
            self.sent.append(Sent(answer, self.real, answer.requests))
            assert answer.requests <= self.budget.burst
        else:
            assert answer.seconds > 0

    @precondition(lambda self: self.under_way())
    @rule(data=st.data(), share=st.floats(0, 1))
    def settle(self, data: st.DataObject, share: float) -> None:
        chosen = data.draw(st.sampled_from(self.under_way()))
        chosen.requests = round(chosen.grant.requests * share)
        chosen.end = self.real
        for _ in range(data.draw(st.integers(1, 2))):
            self.state = decision.settle(
                self.state, self.budget, self.moment, chosen.grant, chosen.requests
            )

    @rule(seconds=STEPS)
    def pass_time(self, seconds: float) -> None:
        if seconds < 0:  # the store's clock is set back; real time is not
            self.behind -= seconds
        else:
            self.real += seconds

    @rule()
    def overload(self) -> None:
        self.state = decision.overloaded(self.state, self.budget, self.moment, 3)

    @rule(times=st.floats(0.1, 1), first_byte_ms=st.floats(0, 5_000))
    def strain(self, times: float, first_byte_ms: float) -> None:
        self.state = decision.felt(self.state, self.budget, self.moment, first_byte_ms)
        self.state = decision.ease(self.state, self.budget, self.moment, times)

    @rule()
    def travel(self) -> None:
        self.state = from_text(to_text(self.state), "moment")

    def under_way(self) -> list[Sent]:
        return [
            sent for sent in self.sent if sent.end is None and self._last_moment(sent) > self.real
        ]

    @invariant()
    def the_site_never_got_more_than_its_budget(self) -> None:
        begins = {sent.begin for sent in self.sent}
        ends = {self._end(sent) for sent in self.sent}
        for begin in begins | ends:
            for end in (moment for moment in begins | ends if moment >= begin):
                could = sum(
                    sent.requests
                    for sent in self.sent
                    if sent.begin <= end and self._end(sent) >= begin
                )
                allowed = self.budget.requests_per_second * (end - begin) + self.budget.burst
                assert could <= allowed + 1e-6, (begin, end, could, allowed)

    @invariant()
    def the_rate_lies_between_floor_and_ceiling(self) -> None:
        rate = self.state.adaptation.rate_within(self.budget)
        assert self.budget.floor <= rate <= self.budget.requests_per_second

    def _last_moment(self, sent: Sent) -> float:
        return sent.begin + IN_FLIGHT_SECONDS

    def _end(self, sent: Sent) -> float:
        if sent.end is not None:
            return sent.end
        return min(self.real, self._last_moment(sent))


TestAnyHistory = AnyHistory.TestCase
TestAnyHistory.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


@given(costs=st.lists(st.integers(1, 30), min_size=1, max_size=60))
@settings(deadline=None, max_examples=60)
def test_who_comes_back_when_told_is_granted_and_the_rate_is_used(costs: list[int]) -> None:
    """One reader alone, pages of random cost: soft, but not idle."""
    budget = RequestBudget(requests_per_second=4.0, burst=30)
    borne = Adaptation(rate=budget.requests_per_second)
    state, now = State(adaptation=borne), 50.0
    for number, cost in enumerate(costs):
        wish = Wish("worker", "moment", "creatives", True, str(number))
        state, answer = decision.ask(state, budget, Moment(now, NOON), wish)
        if isinstance(answer, Wait):
            now += answer.seconds
            state, answer = decision.ask(state, budget, Moment(now, NOON), wish)
        assert isinstance(answer, Grant)
        state = decision.settle(state, budget, Moment(now, NOON), answer, cost)
    # Never later than the last page's reservation needs after all the others.
    assert (now - 50.0) * budget.requests_per_second <= sum(costs) + 1
