"""The inventory as the rows of a sheet that, applied again, change nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest

from domain.currency import CURRENCIES, KRW
from domain.entity import EntityKind
from domain.inventory import AccountSpec, ClientSpec, InventorySpec, MemberRule, Vat, WatchSpec
from domain.person import Language
from workers.sheets.cells import NONE
from workers.sheets.grid import Value
from workers.sheets.inventory_headings import HEADINGS
from workers.sheets.table import REMARK

Entry = Mapping[str, Value]
_LEVELS: Mapping[Language, Mapping[EntityKind, str]] = {
    Language.KOREAN: {
        EntityKind.CAMPAIGN: "캠페인",
        EntityKind.AD_GROUP: "광고그룹",
        EntityKind.CREATIVE: "소재",
        EntityKind.CHANNEL: "채널",
    },
    Language.ENGLISH: {kind: str(kind) for kind in EntityKind},
}
_VAT = {Language.KOREAN: ("포함", "별도"), Language.ENGLISH: ("included", "excluded")}
_NOTE = {
    Language.KOREAN: "# 로 시작하는 줄은 읽지 않습니다. 줄을 채운 뒤: danga apply 파일",
    Language.ENGLISH: "# Lines that begin so are not read. Fill in rows, then: danga apply FILE",
}


def template_lines(language: Language) -> list[list[Value]]:
    """Return headings, a row as an example, and what to do; both are remarks."""
    example: Entry = {
        "client": f"{REMARK} 봄꽃마켓",
        "owner": "김지은",
        "watch": "봄꽃 친구 추가",
        "label": "친구 추가 단가",
        "target": 30_000,
        "budget": 500_000,
        "site": "moment",
        "login": "kim",
        "account": "1001",
        "account_name": "봄꽃마켓 공식",
        "level": _LEVELS[language][EntityKind.CREATIVE],
        "name": "*친구*",
        "metric": "spend",
        "currency": KRW,
        "vat": _VAT[language][0],
        "vat_rate": "10%",
        "result_site": "channel",
        "result_login": "kim",
        "result_account": "bomkkot",
        "result_level": _LEVELS[language][EntityKind.CHANNEL],
        "result_metric": "friends",
    }
    return [*_lines([example], language), [_NOTE[language]]]


def inventory_lines(spec: InventorySpec, language: Language) -> list[list[Value]]:
    """Return the headings and all rows."""
    return _lines(list(_entries(spec, language)), language)


def choices(spec: InventorySpec, language: Language) -> Mapping[int, Sequence[str]]:
    """Return the words to offer in a column."""
    levels = tuple(_LEVELS[language].values())
    sites = sorted(one.name for one in spec.sites)
    logins = sorted(one.name for one in spec.logins)
    offered: Mapping[str, Sequence[str]] = {
        "site": sites,
        "login": logins,
        "level": levels,
        "vat": _VAT[language],
        "counted": _VAT[language],
        "result_site": sites,
        "result_login": logins,
        "result_level": levels,
    }
    return {at: offered[one.key] for at, one in enumerate(HEADINGS) if one.key in offered}


def _lines(entries: Sequence[Entry], language: Language) -> list[list[Value]]:
    korean = language is Language.KOREAN
    return [
        [one.korean if korean else one.english for one in HEADINGS],
        *([entry.get(one.key) for one in HEADINGS] for entry in entries),
    ]


def _entries(spec: InventorySpec, language: Language) -> Iterator[Entry]:
    """Yield a row for each member of a watch, then what no watch has said."""
    clients = {one.name: one for one in spec.clients}
    accounts = {one.key: one for one in spec.accounts}
    told: set[str] = set()
    for watch in sorted(spec.watches, key=lambda one: (one.client, one.name)):
        told.add(watch.client)
        head = _of_watch(watch, clients.get(watch.client), language)
        sides = zip_longest(sorted(watch.spend, key=str), sorted(watch.results, key=str))
        for ads, results in sides:
            account = {} if ads is None else _of_account(accounts[ads.account], language)
            found = _of_results(results, ads, language)
            yield {**head, **account, **_of_ads(ads, language), **found}
    for one in sorted(spec.accounts, key=lambda one: one.key):
        if not _said_by_a_watch(one, spec.watches):
            told.add(one.client or "")
            client = _of_client(clients.get(one.client or "")) or {"client": NONE}
            yield {**client, **_of_account(one, language)}
    for name in sorted(clients.keys() - told):
        yield _of_client(clients[name])


def _said_by_a_watch(account: AccountSpec, watches: Sequence[WatchSpec]) -> bool:
    """Whether the rows of watches say all of the account: it costs there, for one client."""
    costs = [one for one in watches if account.key in {rule.account for rule in one.spend}]
    counts = [one for one in watches if account.key in {rule.account for rule in one.results}]
    return bool(costs) and all(one.client == account.client for one in (*costs, *counts))


def _of_client(client: ClientSpec | None) -> Entry:
    if client is None:
        return {}
    return {"client": client.name, "owner": ", ".join(sorted(client.owners)) or NONE}


def _amount(minor: int | None, currency: str) -> int | Decimal | None:
    if minor is None or not CURRENCIES[currency].digits:
        return minor
    return CURRENCIES[currency].major(minor)


def _of_watch(watch: WatchSpec, client: ClientSpec | None, language: Language) -> Entry:
    return {
        **_of_client(client),
        "client": watch.client,
        "watch": watch.name,
        "label": watch.label,
        "target": _amount(watch.target, watch.currency),
        "budget": _amount(watch.daily_budget, watch.currency),
        "counted": watch.vat and _VAT[language][0 if watch.vat is Vat.INCLUDED else 1],
    }


def _of_account(account: AccountSpec, language: Language) -> Entry:
    terms = account.terms
    return {
        "site": account.key.site,
        "login": account.login,
        "account": account.key.external_id,
        "account_name": account.shown_name,
        "currency": terms.currency,
        "vat": _VAT[language][0 if terms.vat_included else 1],
        "vat_rate": _percent(terms.vat_rate),
    }


def _of_ads(rule: MemberRule | None, language: Language) -> Entry:
    if rule is None:
        return {}
    return {
        "level": _LEVELS[language][rule.kind],
        "name": None if rule.external_ids else rule.name,
        "ids": ", ".join(sorted(rule.external_ids)) or None,
        "metric": rule.metric,
    }


def _of_results(rule: MemberRule | None, ads: MemberRule | None, language: Language) -> Entry:
    if rule is None:
        return {}
    if ads is not None and _same_entities(rule, ads):
        return {"result_metric": rule.metric}
    return {
        "result_site": rule.account.site,
        "result_account": rule.account.external_id,
        "result_level": _LEVELS[language][rule.kind],
        "result_name": None if rule.external_ids else rule.name,
        "result_ids": ", ".join(sorted(rule.external_ids)) or None,
        "result_metric": rule.metric,
    }


def _same_entities(one: MemberRule, other: MemberRule) -> bool:
    return (one.account, one.kind, one.name, one.external_ids) == (
        other.account,
        other.kind,
        other.name,
        other.external_ids,
    )


def _percent(rate: Decimal) -> str:
    return f"{(rate * 100).normalize():f}%"
