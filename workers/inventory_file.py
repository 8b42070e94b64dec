"""Read `danga.yaml` into an `InventorySpec`, with every name that it mentions looked up.

Site classes are loaded, so that a watch on a metric its site does not declare is told here and
not by a visit at night. Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from crawler.errors import SiteClassBroken
from crawler.site import Site
from crawler.site_loader import site_of
from domain.account import AccountKey
from domain.currency import CURRENCIES
from domain.errors import BadInput, Fault
from domain.inventory import (
    AccountSpec,
    AccountTerms,
    ClientSpec,
    FollowRule,
    InventorySpec,
    LoginSpec,
    MemberRule,
    OwnerSpec,
    ProxyWish,
    SiteSpec,
    WatchSpec,
)
from domain.metric import Metric
from domain.person import PersonSpec
from domain.policy import SitePolicy
from domain.proxy import Proxy
from domain.request_budget import RequestBudget
from workers.budget_check import budget_faults
from workers.file_model import in_order, validate
from workers.inventory_check import name_faults
from workers.inventory_model import (
    AccountEntry,
    FollowEntry,
    InventoryFile,
    LoginEntry,
    PersonEntry,
    ProxyEntry,
    SideEntry,
    SiteEntry,
    WatchEntry,
)
from workers.money_check import money_faults
from workers.proxy_sharing import left_over
from workers.yaml_source import YamlSource, load_yaml


def load_inventory(path: Path, workspace: Path, proxies: Sequence[Proxy] = ()) -> InventorySpec:
    """Return what the file declares.

    Site classes with a path are looked for in `workspace`; `proxies` are those that this machine
    knows, for wishes that cannot all be met.

    Raises:
        BadInput: all faults at once, each with its line; first those of form, and where there
            are none those of names and site classes.
    """
    source = load_yaml(path)
    file = validate(source, InventoryFile)
    faults: list[Fault] = []
    sites = dict(_sites(file, source, faults, workspace))
    faults += name_faults(file, source, sites)
    faults += money_faults(file, source, sites)
    faults += budget_faults(file, source, sites)
    faults += _unmet_wishes(file, source, proxies)
    if faults:
        raise BadInput(*in_order(faults))
    return _spec(file, sites)


def _unmet_wishes(
    file: InventoryFile, source: YamlSource, proxies: Sequence[Proxy]
) -> Iterator[Fault]:
    """Yield a fault for each login for which no proxy is left, as others have theirs alone."""
    entries = {one.name: (n, one) for n, one in enumerate(file.logins or ()) if one.proxy}
    wishes = {name: wish for name, (_, one) in entries.items() if (wish := _wish(one.proxy))}
    for name in left_over(wishes, proxies):
        where = source.where(("logins", entries[name][0], "proxy"))
        cure = "add one to proxies.yaml, or take an `exclusive` away"
        yield Fault(where, "no proxy is left: others have theirs alone", cure)


def _sites(
    file: InventoryFile, source: YamlSource, faults: list[Fault], workspace: Path
) -> Iterator[tuple[str, Site]]:
    """Load each site's class; what does not load is a fault of its line."""
    for number, entry in enumerate(file.sites or ()):
        try:
            yield entry.name, site_of(entry.name, _policy(entry), workspace)
        except SiteClassBroken as error:
            where = source.where(("sites", number, "class"))
            faults.append(Fault(where, str(error), error.next_step))


def _spec(file: InventoryFile, sites: dict[str, Site]) -> InventorySpec:
    currencies = {f"{one.site}/{one.id}": one.currency for one in file.accounts or ()}
    return InventorySpec(
        sites=tuple(_site(entry, sites[entry.name]) for entry in file.sites or ()),
        owners=tuple(OwnerSpec(one.name, one.locale) for one in file.owners or ()),
        clients=tuple(ClientSpec(one.name, frozenset(one.owners)) for one in file.clients or ()),
        logins=tuple(_login(entry) for entry in file.logins or ()),
        accounts=tuple(_account(entry, sites[entry.site]) for entry in file.accounts or ()),
        follow=frozenset(_follow(entry) for entry in file.follow or ()),
        watches=tuple(_watch(entry, currencies) for entry in file.watches or ()),
        people=tuple(_person(entry) for entry in file.notify or ()),
    )


def _site(entry: SiteEntry, site: Site) -> SiteSpec:
    budget = RequestBudget(**dict(entry.budget), time_zone=site.time_zone)
    return SiteSpec(entry.name, replace(_policy(entry), budget=budget))


def _policy(entry: SiteEntry) -> SitePolicy:
    return SitePolicy(
        site_class=entry.site_class,
        base_url=(entry.base_url or "").rstrip("/"),
        on_refusal=entry.on_refusal,
        slot_minutes=entry.slot_minutes,
        midnight_guard_seconds=entry.midnight_guard_seconds,
        changed_layout_slots=entry.changed_layout_slots,
        sign_ins_per_day=entry.sign_ins_per_day,
        probe_at=entry.probe_at,
        metrics=tuple(
            Metric(one.name, one.kind, one.unit, is_judged=False) for one in entry.metrics
        ),
    )


def _login(entry: LoginEntry) -> LoginSpec:
    return LoginSpec(entry.name, entry.sites, entry.username, entry.source, _wish(entry.proxy))


def _wish(entry: ProxyEntry | None) -> ProxyWish | None:
    if entry is None:
        return None
    return ProxyWish(entry.id, entry.label, entry.direct_allowed, entry.exclusive)


def _account(entry: AccountEntry, site: Site) -> AccountSpec:
    rate = entry.vat_rate.quantize(AccountTerms().vat_rate)
    terms = AccountTerms(entry.currency, entry.vat_included, rate, site.time_zone)
    key = AccountKey(entry.site, entry.id)
    return AccountSpec(key, entry.login, entry.client, entry.name, terms)


def _follow(entry: FollowEntry) -> FollowRule:
    account = None if entry.account is None else _key(entry.account)
    return FollowRule(entry.level, entry.name, account, entry.login)


def _watch(entry: WatchEntry, currencies: Mapping[str, str]) -> WatchSpec:
    currency = CURRENCIES[currencies[entry.spend.all_accounts[0]]]
    budget = entry.daily_budget
    return WatchSpec(
        entry.name,
        entry.client,
        currency.minor(entry.target),
        frozenset(_members(entry.spend.parts)),
        frozenset(_members(entry.results.parts)),
        entry.label,
        currency.code,
        None if budget is None else currency.minor(budget),
        entry.vat,
    )


def _person(entry: PersonEntry) -> PersonSpec:
    return PersonSpec(
        entry.name,
        frozenset(entry.roles),
        entry.urls,
        entry.language,
        entry.quiet,
        entry.wake,
        entry.starts,
        entry.digest,
    )


def _members(parts: Sequence[SideEntry]) -> Iterator[MemberRule]:
    for side in parts:
        for account in side.all_accounts:
            yield MemberRule(
                _key(account), side.kind, side.metric, side.name or "*", frozenset(side.ids)
            )


def _key(account: str) -> AccountKey:
    site, _, external_id = account.partition("/")
    return AccountKey(site, external_id)
