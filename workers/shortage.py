"""What of the inventory does not fit into the budgets: the arithmetic, and the setting to change.

Pure, over `workers/demand.py`; shown by `danga plan`, `danga apply` and `danga doctor`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import ceil, floor, log10

from domain.inventory import InventorySpec, WatchSpec
from domain.policy import SitePolicy
from domain.together import merged
from workers.demand import Demand, Need

FULL = 0.9
"""So much of a budget may be planned: the rest is for second tries and sign-ins."""
TOGETHER_SECONDS = 120.0
"""Spend and results that are read further apart are skewed."""
_DAY_MINUTES = 1440
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Shortage:
    """Something of a site that does not fit."""

    site: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.site}: {self.what}: {self.cure}"


@dataclass(frozen=True, slots=True)
class FarWatch:
    """A watch whose two sides may be read `seconds` apart."""

    watch: str
    client: str
    logins: tuple[str, ...]
    seconds: float
    cure: str


def shortages(demands: Iterable[Demand]) -> tuple[Shortage, ...]:
    """Return what is too small, site by site."""
    return tuple(short for one in demands for short in _of_site(one))


def _of_site(demand: Demand) -> Iterator[Shortage]:
    if demand.rate_share > FULL:
        yield _of_rate(demand)
    elif demand.bears and demand.requests > FULL * demand.bears * demand.slot_seconds:
        yield _of_what_it_bears(demand, demand.bears)
    if demand.places_share > FULL:
        yield _of_places(demand)
    if demand.day_share > FULL:
        yield _of_day(demand)


def _of_rate(demand: Demand) -> Shortage:
    what = (
        f"a slot needs {demand.requests:,.0f} requests, and "
        f"{demand.policy.budget.requests_per_second:g} a second x {demand.slot_seconds:,.0f} s "
        f"= {demand.given:,.0f} ({demand.rate_share:.0%})"
    )
    rate = _rounded_up(demand.requests / FULL / demand.slot_seconds)
    return Shortage(
        demand.site, what, _cure(demand, demand.rate_share, "requests_per_second", rate)
    )


def _of_what_it_bears(demand: Demand, bears: float) -> Shortage:
    given = bears * demand.slot_seconds
    what = (
        f"a slot needs {demand.requests:,.0f} requests, and the site bears {bears:.2g} a second "
        f"now x {demand.slot_seconds:,.0f} s = {given:,.0f}"
    )
    return Shortage(demand.site, what, _longer(demand, demand.requests / given))


def _of_places(demand: Demand) -> Shortage:
    places = demand.policy.budget.concurrent_visits
    what = (
        f"the visits of a slot last {demand.visit_seconds:,.0f} s together, and {places} at a time "
        f"x {demand.slot_seconds:,.0f} s = {places * demand.slot_seconds:,.0f} "
        f"({demand.places_share:.0%})"
    )
    more = ceil(demand.visit_seconds / FULL / demand.slot_seconds)
    return Shortage(
        demand.site, what, _cure(demand, demand.places_share, "concurrent_visits", more)
    )


def _of_day(demand: Demand) -> Shortage:
    budget = demand.policy.budget
    slots = budget.open_a_day.total_seconds() / demand.slot_seconds
    what = (
        f"{slots:,.0f} slots a day x {demand.requests:,.0f} requests = {demand.day_requests:,.0f}, "
        f"and requests_per_day is {budget.requests_per_day:,}"
    )
    more = _rounded_up(demand.day_requests / FULL)
    return Shortage(demand.site, what, _cure(demand, demand.day_share, "requests_per_day", more))


def _cure(demand: Demand, share: float, setting: str, value: float) -> str:
    """Name the softer way first: the site is asked less often."""
    return f"{_longer(demand, share)}, or {setting}: {f'{value:f}'.rstrip('0').rstrip('.')}"


def _longer(demand: Demand, share: float) -> str:
    wanted = demand.policy.slot_minutes * share / FULL - _TINY
    fits = (one for one in range(1, _DAY_MINUTES + 1) if _DAY_MINUTES % one == 0 and one >= wanted)
    minutes = next(fits, None)
    return "read fewer accounts" if minutes is None else f"set slot_minutes: {minutes}"


def _rounded_up(value: float) -> float:
    """Return the next number of two digits: 2.31 -> 2.4, 61,234 -> 62,000."""
    step = 10.0 ** (floor(log10(value)) - 1)
    return ceil(value / step - _TINY) * step


def far_watches(
    spec: InventorySpec, needs: Collection[Need], rates: Mapping[str, float] | None = None
) -> tuple[FarWatch, ...]:
    """Return the watches whose sides may be read more than 120 s apart, the furthest first.

    `rates` are those that sites bear now, where that is less than their ceiling.
    """
    logins_of = {watch.name: _logins_of(watch, spec) for watch in spec.watches}
    groups = merged(logins_of.values())
    group_of = {login: group for group in groups for login in group}
    by_login: dict[str, list[Need]] = defaultdict(list)
    for need in needs:
        by_login[need.login].append(need)
    policies = {one.name: one.policy for one in spec.sites}
    times: dict[frozenset[str], tuple[float, str]] = {}
    found = []
    for watch in spec.watches:
        logins = logins_of[watch.name]
        if not logins or len(_accounts_of(watch)) < 2:
            continue  # one visit reads both sides on the same pages
        reads = logins if len(logins) == 1 else group_of[min(logins)]
        if reads not in times:
            group = [need for login in sorted(reads) for need in by_login[login]]
            times[reads] = _time_of(group, policies, rates or {})
        seconds, cure = times[reads]
        if seconds > TOGETHER_SECONDS:
            found.append(FarWatch(watch.name, watch.client, tuple(sorted(logins)), seconds, cure))
    return tuple(sorted(found, key=lambda one: (-one.seconds, one.watch)))


def _accounts_of(watch: WatchSpec) -> frozenset[object]:
    return frozenset(member.account for member in (*watch.spend, *watch.results))


def _logins_of(watch: WatchSpec, spec: InventorySpec) -> frozenset[str]:
    accounts = _accounts_of(watch)
    return frozenset(
        one.login for one in spec.accounts if one.login is not None and one.key in accounts
    )


def _time_of(
    group: Collection[Need], policies: Mapping[str, SitePolicy], rates: Mapping[str, float]
) -> tuple[float, str]:
    """Return how long logins that start together take until the last has read, and the cure."""
    longest = max((need.seconds for need in group), default=0.0)
    ways = [(longest, "divide its accounts between more logins: their visits take so long")]
    for site in sorted({need.site for need in group}):
        there = [need for need in group if need.site == site]
        budget = policies[site].budget
        rate = min(rates.get(site, budget.requests_per_second), budget.requests_per_second)
        waiting = max(0.0, sum(need.requests for need in there) - budget.burst)
        by_rate = _rounded_up(max(waiting / TOGETHER_SECONDS, _TINY))
        ways.append((waiting / rate, f"{site}: set requests_per_second: {by_rate:g}"))
        lasting = sum(need.seconds for need in there)
        by_places = ceil(lasting / TOGETHER_SECONDS)
        ways.append(
            (lasting / budget.concurrent_visits, f"{site}: set concurrent_visits: {by_places}")
        )
    return max(ways)
