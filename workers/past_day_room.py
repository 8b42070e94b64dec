"""How many visits of past days a site's request budget has room for beside the regular ones.

Past days can be read tomorrow as well, today's figures cannot: so wanted days get a quarter of the
budget at most, and never what regular visits take.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from math import ceil, floor

from domain.request_budget import RequestBudget
from domain.visit import VisitKind
from storage.visit_costs import VisitCosts
from workers.house import House
from workers.planning import LEAST_SPREAD

SHARE = Fraction(1, 4)
"""Of the budget of a slot, and of a day: the rest is for regular visits, and for repairs."""
GAP = timedelta(minutes=1)
"""Between the beginnings of two such visits of a site."""
_DAY = timedelta(days=1)
_LATELY = timedelta(days=30)
_EPOCH = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Room:
    """A site's budget, what regular visits take of it, and what a past day costs, in requests.

    `known_from` says where the cost comes from: visits of past days, else regular visits, else
    the budget's burst, which is at least a cold page.
    """

    slot: timedelta
    budget: RequestBudget
    regular_per_slot: int
    per_visit: int
    known_from: str

    @property
    def slot_budget(self) -> int:
        """The requests of a slot at the full rate."""
        return floor(self.budget.requests_per_second * self.slot.total_seconds())

    @property
    def slots_per_day(self) -> Fraction:
        """The slots outside the quiet hours."""
        return Fraction(self.budget.open_a_day // timedelta(seconds=1)) / Fraction(
            self.slot // timedelta(seconds=1)
        )

    @property
    def visits_per_slot(self) -> Fraction:
        """How many visits of past days a slot has room for; below 1: one in several slots.

        >>> busy = RequestBudget(requests_per_second=0.5, requests_per_day=7_200)
        >>> Room(timedelta(minutes=20), busy, 40, 10, "past_day").visits_per_slot
        Fraction(5, 2)
        """
        of_day = Fraction(self.budget.requests_per_day) / self.slots_per_day
        requests: Fraction = min(
            SHARE * self.slot_budget,
            SHARE * of_day,
            Fraction(self.slot_budget - self.regular_per_slot),
            of_day - self.regular_per_slot,
        )
        most = Fraction(floor(self.slot * (1 - LEAST_SPREAD) / GAP))
        return max(min(requests / self.per_visit, most), Fraction(0))

    def in_slot(self, slot: datetime) -> int:
        """Return how many visits may be planned in the slot that begins at `slot`.

        Whole numbers that come to `visits_per_slot` over the day, the same for whoever asks.
        """
        number = (slot - _EPOCH) // self.slot
        return floor((number + 1) * self.visits_per_slot) - floor(number * self.visits_per_slot)

    def takes(self, visits: int) -> timedelta | None:
        """Return how long so many visits take, quiet hours included; None: there is no room.

        >>> free = RequestBudget(requests_per_second=0.5, requests_per_day=7_200)
        >>> str(Room(timedelta(minutes=20), free, 40, 10, "past_day").takes(360))
        '2 days, 0:00:00'
        """
        if not self.visits_per_slot:
            return None
        return _DAY * float(ceil(visits / self.visits_per_slot) / self.slots_per_day)


def room_of(house: House, site: str, now: datetime) -> Room:
    """Return the room at `site`, where logins sign in, by what its visits took of late."""
    costs, policy = VisitCosts(house.engine, site), house.policy(site)
    regular = costs.taken(VisitKind.REGULAR, now - _DAY)
    past = costs.taken(VisitKind.PAST_DAY, now - _LATELY)
    known = [
        (past.per_visit, "past days"),
        (regular.per_visit, "regular visits"),
        (policy.budget.burst, "burst"),
    ]
    per_visit, known_from = next((cost, name) for cost, name in known if cost)
    slot = timedelta(minutes=policy.slot_minutes)
    return Room(slot, policy.budget, regular.per_slot, per_visit, known_from)
