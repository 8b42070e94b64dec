"""What the inventory needs of each site's request budget. Pure.

Used by the tick, which spreads the starts of a slot over the part of it that the budget needs, and
by whoever wants to know what does not fit (`workers/shortage.py`). What visits cost is known from
the last ones; where a login was never visited it is a guess, and is said to be one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from domain.inventory import InventorySpec, LoginSpec, SiteSpec
from domain.policy import SitePolicy
from storage.login_costs import VisitCost

GUESSED_REQUESTS = 8.0
GUESSED_SECONDS = 5.0
"""Of an account that nothing like it was ever read."""
DAY_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True)
class Need:
    """What one visit of a login takes at one site; `every_seconds` is the length of its slot."""

    login: str
    site: str
    accounts: int
    requests: float
    seconds: float
    every_seconds: float
    is_guess: bool


@dataclass(frozen=True, slots=True)
class Demand:
    """What all visits of a slot take at a site, beside what its budget gives.

    `requests` and `visit_seconds` are those of one slot of the site. `bears` is the rate that the
    site has shown to bear, None: nobody asked.
    """

    site: str
    policy: SitePolicy
    logins: int
    accounts: int
    guesses: int
    requests: float
    visit_seconds: float
    bears: float | None = None

    @property
    def slot_seconds(self) -> float:
        """How long a slot of the site lasts."""
        return self.policy.slot_minutes * 60.0

    @property
    def given(self) -> float:
        """The requests of a slot that the rate allows, at most."""
        return self.policy.budget.requests_per_second * self.slot_seconds

    @property
    def day_requests(self) -> float:
        """The requests of a day's slots, those in quiet hours left out."""
        return self.requests * self.policy.budget.open_a_day.total_seconds() / self.slot_seconds

    @property
    def rate_share(self) -> float:
        """How much of what the rate allows is needed."""
        return self.requests / self.given

    @property
    def places_share(self) -> float:
        """How much of the time of all places is needed."""
        return self.visit_seconds / (self.policy.budget.concurrent_visits * self.slot_seconds)

    @property
    def day_share(self) -> float:
        """How much of the day's ceiling is needed; none where a person stopped the site by it."""
        ceiling = self.policy.budget.requests_per_day
        return self.day_requests / ceiling if ceiling else 0.0

    @property
    def share(self) -> float:
        """For how much of a slot the site is busy with us."""
        return max(self.rate_share, self.places_share)


def needs_of(spec: InventorySpec, costs: Mapping[str, VisitCost]) -> tuple[Need, ...]:
    """Return what reading each login's accounts takes at each of its sites."""
    accounts: dict[tuple[str, str], int] = defaultdict(int)
    for account in spec.accounts:
        if account.login is not None:
            accounts[account.login, account.key.site] += 1
    every = {one.name: one.policy.slot_minutes * 60.0 for one in spec.sites}
    logins = {one.name: one for one in spec.logins}
    per_account = _per_account(accounts, costs)
    return tuple(
        _need(logins[login], site, number, costs.get(login), per_account, every)
        for (login, site), number in sorted(accounts.items())
        if login in logins and logins[login].sites[0] in every
    )


def _per_account(
    accounts: Mapping[tuple[str, str], int], costs: Mapping[str, VisitCost]
) -> Mapping[str, float]:
    """Return what an account of each site costs on average, where any was read."""
    spent: dict[str, float] = defaultdict(float)
    read: dict[str, int] = defaultdict(int)
    for (login, site), number in accounts.items():
        if login in costs and site in costs[login].requests:
            spent[site] += costs[login].requests[site]
            read[site] += number
    return {site: spent[site] / read[site] for site in spent}


def _need(
    login: LoginSpec,
    site: str,
    accounts: int,
    cost: VisitCost | None,
    per_account: Mapping[str, float],
    every: Mapping[str, float],
) -> Need:
    known = cost is not None and site in cost.requests
    guess = per_account.get(site, GUESSED_REQUESTS) * accounts
    requests = cost.requests[site] if cost is not None and known else guess
    lasted = None if cost is None else cost.seconds
    seconds = GUESSED_SECONDS * accounts if lasted is None else lasted
    return Need(login.name, site, accounts, requests, seconds, every[login.sites[0]], not known)


def demands(
    spec: InventorySpec, needs: Collection[Need], bears: Mapping[str, float] | None = None
) -> tuple[Demand, ...]:
    """Return what is needed of each site that is visited, by name."""
    by_site: dict[str, list[Need]] = defaultdict(list)
    for need in needs:
        by_site[need.site].append(need)
    return tuple(
        _demand(site, by_site[site.name], (bears or {}).get(site.name))
        for site in sorted(spec.sites, key=lambda one: one.name)
        if not site.policy.is_import
    )


def _demand(site: SiteSpec, needs: Collection[Need], bears: float | None) -> Demand:
    slot = timedelta(minutes=site.policy.slot_minutes).total_seconds()
    return Demand(
        site.name,
        site.policy,
        logins=len(needs),
        accounts=sum(need.accounts for need in needs),
        guesses=sum(need.is_guess for need in needs),
        requests=sum(need.requests * slot / need.every_seconds for need in needs),
        visit_seconds=sum(need.seconds * slot / need.every_seconds for need in needs),
        bears=bears,
    )
