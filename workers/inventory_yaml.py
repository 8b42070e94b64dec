"""Write the applied inventory as `danga.yaml`: what `load_inventory` reads, the other way round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

import yaml

from domain.account import AccountKey
from domain.currency import CURRENCIES
from domain.inventory import (
    AccountSpec,
    FollowRule,
    InventorySpec,
    LoginSpec,
    MemberRule,
    SiteSpec,
    WatchSpec,
)
from domain.person import PersonSpec

_HEAD = "# What Danga measures, as it was applied. Every key: docs/configuration.md\n"
Entry = dict[str, Any]


def inventory_yaml(spec: InventorySpec) -> str:
    """Return the whole inventory as text; applying it changes nothing."""
    sections: Mapping[str, list[Entry]] = {
        "sites": [_site(one) for one in spec.sites],
        "owners": [asdict(one) for one in spec.owners],
        "clients": [_given(name=one.name, owners=sorted(one.owners)) for one in spec.clients],
        "logins": [_login(one) for one in spec.logins],
        "accounts": [_account(one) for one in spec.accounts],
        "follow": [_follow(one) for one in sorted(spec.follow, key=str)],
        "watches": [_watch(one) for one in spec.watches],
        "notify": [_person(one) for one in spec.people],
    }
    filled = {name: entries for name, entries in sections.items() if entries}
    text = yaml.safe_dump(filled, allow_unicode=True, sort_keys=False, width=100)
    return _HEAD + (text if filled else "")


def _site(one: SiteSpec) -> Entry:
    policy = one.policy
    budget = asdict(policy.budget)
    del budget["time_zone"]  # the class's
    budget["quiet"] = policy.budget.quiet and str(policy.budget.quiet)
    return _given(
        name=one.name,
        **{"class": policy.site_class},
        base_url=policy.base_url or None,
        metrics=[
            {"name": one.name, "kind": str(one.kind), "unit": str(one.unit)}
            for one in policy.metrics
        ],
        budget=_given(**budget),
        on_refusal=str(policy.on_refusal),
        slot_minutes=policy.slot_minutes,
        midnight_guard_seconds=policy.midnight_guard_seconds,
        changed_layout_slots=policy.changed_layout_slots,
        sign_ins_per_day=policy.sign_ins_per_day,
        probe_at=policy.probe_at and f"{policy.probe_at:%H:%M}",
    )


def _login(one: LoginSpec) -> Entry:
    proxy: Any = "direct"
    if one.proxy is not None:
        proxy = _given(**asdict(one.proxy))
        if one.proxy.id is None and one.proxy.label is None:
            proxy["any"] = True
    return _given(
        name=one.name,
        sites=list(one.sites),
        username=one.username,
        credentials=one.credential_source or "none",
        proxy=proxy,
    )


def _account(one: AccountSpec) -> Entry:
    return _given(
        site=one.key.site,
        id=one.key.external_id,
        name=one.shown_name,
        login=one.login,
        client=one.client,
        currency=one.terms.currency,
        vat_included=one.terms.vat_included,
        vat_rate=str(one.terms.vat_rate.normalize()),
    )


def _follow(one: FollowRule) -> Entry:
    account = None if one.account is None else str(one.account)
    return _given(account=account, login=one.login, level=str(one.level), name=one.name)


def _watch(one: WatchSpec) -> Entry:
    return _given(
        name=one.name,
        client=one.client,
        label=one.label,
        target=_amount(one.target, one.currency),
        daily_budget=_amount(one.daily_budget, one.currency),
        vat=one.vat and str(one.vat),
        spend=_side(one.spend),
        results=_side(one.results),
    )


def _amount(minor: int | None, currency: str) -> int | str | None:
    """Return minor units as a file writes them: whole where the currency has no decimals."""
    if minor is None or not CURRENCIES[currency].digits:
        return minor
    return str(CURRENCIES[currency].major(minor))


def _side(rules: Iterable[MemberRule]) -> Entry:
    """Return the side: accounts of which the same is chosen together, the others below `also`."""
    accounts: dict[tuple[Any, ...], list[AccountKey]] = {}
    for rule in sorted(rules, key=str):
        chosen = (str(rule.kind), rule.metric, rule.name, tuple(sorted(rule.external_ids)))
        accounts.setdefault(chosen, []).append(rule.account)
    first, *others = (
        _given(
            accounts=[str(account) for account in found],
            kind=kind,
            name=None if ids else name,
            ids=list(ids),
            metric=metric,
        )
        for (kind, metric, name, ids), found in accounts.items()
    )
    return {**first, "also": others} if others else first


def _person(one: PersonSpec) -> Entry:
    return _given(
        name=one.name,
        roles=sorted(str(role) for role in one.roles),
        urls=[f"${{{target}}}" for target in one.targets],
        language=str(one.language),
        quiet=one.quiet and str(one.quiet),
        wake=one.wake,
        starts=f"{one.starts:%H:%M}",
        digest=str(one.digest),
    )


def _given(**values: Any) -> Entry:
    """Leave out what is not there; False and 0 are there."""
    return {key: value for key, value in values.items() if value is not None and value != []}
