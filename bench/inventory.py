"""What a bench measures, and the `danga.yaml` that says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

FAST: Mapping[str, float] = {
    "requests_per_second": 50,
    "floor_per_second": 50,
    "burst": 150,
    "concurrent_visits": 8,
    "requests_per_day": 1_000_000,
}
"""The pace stays on, and lets through what one machine's browsers can ask: a bench of hours
would be run by nobody. `fit` runs at the default budget instead."""
DEFAULT: Mapping[str, float] = {}
"""What a site gets when its policy names no budget."""
CLIENT = "단가 시험 광고주"


@dataclass(frozen=True, slots=True)
class Login:
    """A user of the demo; `accounts` are `site/id`, and it signs in at the first of `sites`.

    `proxy` is its wish, None: it goes out directly.
    """

    name: str
    sites: tuple[str, ...]
    accounts: tuple[str, ...]
    proxy: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Spend of all creatives of some accounts over one metric of some accounts."""

    name: str
    spend: tuple[str, ...]
    results: tuple[str, ...]
    metric: str

    @property
    def sides(self) -> tuple[tuple[str, tuple[str, ...], str], ...]:
        """Side, accounts and metric of both sides."""
        return ("spend", self.spend, "spend"), ("results", self.results, self.metric)


@dataclass(frozen=True, slots=True)
class Inventory:
    """Logins, watches and the budget of both sites."""

    logins: tuple[Login, ...]
    watches: tuple[Watch, ...] = ()
    budget: Mapping[str, float] = field(default_factory=lambda: FAST)

    @property
    def sites(self) -> tuple[str, ...]:
        """The sites that any login uses."""
        return tuple(sorted({site for login in self.logins for site in login.sites}))

    @property
    def queues(self) -> frozenset[str]:
        """The sites at which a login signs in: visits are announced there."""
        return frozenset(login.sites[0] for login in self.logins)

    def as_yaml(self, url: str) -> str:
        """Return `danga.yaml` for a demo that serves at `url`."""
        accounts = [(account, login) for login in self.logins for account in login.accounts]
        content: dict[str, Any] = {
            "sites": [self._site(site, url) for site in self.sites],
            "clients": [{"name": CLIENT}],
            "logins": [_login(one) for one in self.logins],
            "accounts": [
                {**dict(zip(("site", "id"), account.split("/"), strict=True)), "login": login.name}
                for account, login in accounts
            ],
            "follow": [
                {"account": account, "level": kind_of(account), "name": "*"}
                for account, _ in accounts
            ],
            "watches": [_watch(watch) for watch in self.watches],
        }
        return yaml.safe_dump(content, allow_unicode=True, sort_keys=False)

    def _site(self, site: str, url: str) -> dict[str, Any]:
        entry: dict[str, Any] = {"name": site, "class": site, "base_url": url}
        return {**entry, "budget": dict(self.budget)} if self.budget else entry


def _login(login: Login) -> dict[str, Any]:
    entry = {"name": login.name, "sites": list(login.sites), "username": login.name}
    return entry if login.proxy is None else {**entry, "proxy": dict(login.proxy)}


def kind_of(account: str) -> str:
    """Return the kind of what is measured in an account `site/id`."""
    return "channel" if account.startswith("channel/") else "creative"


def _watch(watch: Watch) -> dict[str, Any]:
    return {"name": watch.name, "client": CLIENT, "target": 30_000} | {
        side: {"accounts": list(accounts), "kind": kind_of(accounts[0]), "metric": metric}
        for side, accounts, metric in watch.sides
    }
