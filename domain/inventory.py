"""What is to be watched, as a person declares it (`danga.yaml`), and what applying it changes.

Values only: whoever parses a file builds an `InventorySpec`, storage builds one from what it
holds, and `changes` compares the two.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

from domain.account import AccountKey
from domain.currency import KRW
from domain.entity import EntityKind
from domain.errors import BadInput, Fault
from domain.money import show_money
from domain.person import PersonSpec
from domain.policy import SitePolicy


class EntityState(StrEnum):
    """Whether the numbers of an entity are read."""

    FOLLOWED = "followed"
    RESTING = "resting"
    """Followed, but the site does not list it any more; it returns by itself."""
    SEEN = "seen"
    """Listed by the site, and no rule follows it."""


class Vat(StrEnum):
    """With VAT in it or without: how an amount is counted, whatever the accounts read."""

    INCLUDED = "included"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class SiteSpec:
    """A site by our name for it."""

    name: str
    policy: SitePolicy


@dataclass(frozen=True, slots=True)
class OwnerSpec:
    """A marketer; `locale` is the language of what is sent."""

    name: str
    locale: str = "ko"


@dataclass(frozen=True, slots=True)
class ClientSpec:
    """An advertiser and the names of its owners."""

    name: str
    owners: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ProxyWish:
    """Through which proxy a login goes: one by id, or any that carries the label."""

    id: str | None = None
    label: str | None = None
    direct_allowed: bool = False
    """Whether it may go without a proxy when none is left; never by default."""
    exclusive: bool = False
    """Whether it shares its proxy with no other login."""


@dataclass(frozen=True, slots=True)
class LoginSpec:
    """An identity on one or several sites; it signs in at the first.

    `credential_source` is `stored` (`danga login password`), `env:NAME`, or None: a person or
    an import signs in. `proxy` None: no proxy at all.
    """

    name: str
    sites: tuple[str, ...]
    username: str | None = None
    credential_source: str | None = None
    proxy: ProxyWish | None = None


@dataclass(frozen=True, slots=True)
class AccountTerms:
    """How an account's money and days are to be understood; carries validity."""

    currency: str = "KRW"
    vat_included: bool = True
    vat_rate: Decimal = Decimal("0.1000")
    time_zone: str = "Asia/Seoul"


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """An account and the login that reads it; `shown_name` None: as the site lists it.

    `login` None: people bring its numbers. Such an account is one entity, itself.
    """

    key: AccountKey
    login: str | None
    client: str | None = None
    shown_name: str | None = None
    terms: AccountTerms = AccountTerms()


@dataclass(frozen=True, slots=True)
class FollowRule:
    """New entities of a level whose name matches join by themselves.

    In one account, or in every account of a login: exactly one of the two is given. The
    pattern is a shell's (`*`, `?`, `[...]`), case-sensitive.
    """

    level: EntityKind
    name: str = "*"
    account: AccountKey | None = None
    login: str | None = None

    def __str__(self) -> str:
        return f"{self.account or self.login} {self.level} {self.name}"


@dataclass(frozen=True, slots=True)
class MemberRule:
    """Which entities of an account stand on a side of a watch, with which metric.

    By explicit `external_ids` where there are any, else by the name pattern. What a watch
    names is followed, whether or not a follow rule says so too.
    """

    account: AccountKey
    kind: EntityKind
    metric: str
    name: str = "*"
    external_ids: frozenset[str] = frozenset()

    def __str__(self) -> str:
        chosen = ",".join(sorted(self.external_ids)) or self.name
        return f"{self.account} {self.kind} {chosen} {self.metric}"


@dataclass(frozen=True, slots=True)
class WatchSpec:
    """Spend of some entities over results of some, against a target cost.

    `target` (for one result) and `daily_budget` (of all its spend) are in minor units of
    `currency`, that of the accounts it pays. `vat` says in which form of its spend the unit cost
    is counted and compared; None: as the accounts read it.
    """

    name: str
    client: str
    target: int
    spend: frozenset[MemberRule]
    results: frozenset[MemberRule]
    label: str = "단가"
    currency: str = KRW
    daily_budget: int | None = None
    vat: Vat | None = None


@dataclass(frozen=True, slots=True)
class InventorySpec:
    """Everything that is declared. Names are unique within each noun."""

    sites: tuple[SiteSpec, ...] = ()
    owners: tuple[OwnerSpec, ...] = ()
    clients: tuple[ClientSpec, ...] = ()
    logins: tuple[LoginSpec, ...] = ()
    accounts: tuple[AccountSpec, ...] = ()
    follow: frozenset[FollowRule] = frozenset()
    watches: tuple[WatchSpec, ...] = ()
    people: tuple[PersonSpec, ...] = ()

    def nouns(self) -> Mapping[str, Mapping[str, Any]]:
        """Return each noun's declarations by name, in the order in which they depend."""
        return {
            "site": {one.name: one for one in self.sites},
            "owner": {one.name: one for one in self.owners},
            "client": {one.name: one for one in self.clients},
            "login": {one.name: one for one in self.logins},
            "account": {str(one.key): one for one in self.accounts},
            "follow": {str(rule): rule for rule in sorted(self.follow, key=str)},
            "watch": {one.name: one for one in self.watches},
            "person": {one.name: one for one in self.people},
        }


class ChangeKind(StrEnum):
    """What applying does to one declaration; nothing is ever deleted."""

    ADD = "add"
    CHANGE = "change"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of what `danga apply` shows before it does it."""

    kind: ChangeKind
    what: str
    name: str
    detail: str = ""
    wanted: Any = field(default=None, repr=False, compare=False)
    """The declaration to write; None when it closes."""


def changes(now: InventorySpec, wanted: InventorySpec) -> tuple[Change, ...]:
    """Return what turns `now` into `wanted`, in the order in which it can be done.

    Raises:
        BadInput: a watch would go on in another currency than its figures are in.
    """
    _require_same_currencies(now, wanted)
    before = now.nouns()
    return tuple(
        change
        for noun, declared in wanted.nouns().items()
        for change in _changes_of(noun, before[noun], declared)
    )


def _require_same_currencies(now: InventorySpec, wanted: InventorySpec) -> None:
    before = {one.name: one.currency for one in now.watches}
    faults = [
        Fault(
            f"watch {one.name}",
            f"its figures are in {before[one.name]}, its accounts' amounts would be in "
            f"{one.currency}",
            "give it another name: the old one is closed and keeps its figures",
        )
        for one in wanted.watches
        if before.get(one.name, one.currency) != one.currency
    ]
    if faults:
        raise BadInput(*faults)


def _changes_of(what: str, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[Change]:
    for name, spec in wanted.items():
        if name not in now:
            yield Change(ChangeKind.ADD, what, name, wanted=spec)
        elif now[name] != spec:
            yield Change(ChangeKind.CHANGE, what, name, _difference(now[name], spec), spec)
    for name in now:
        if name not in wanted:
            yield Change(ChangeKind.CLOSE, what, name)


def _difference(now: Any, wanted: Any) -> str:
    return "; ".join(
        f"{one.name}: changed"
        if one.name in _UNSHOWN
        else f"{one.name}: {_show(now, one.name)} -> {_show(wanted, one.name)}"
        for one in fields(now)
        if getattr(now, one.name) != getattr(wanted, one.name)
    )


_UNSHOWN = frozenset({"username"})
"""Half of what signs in: it can be erased one day, which the audit cannot."""


_AMOUNTS = frozenset({"target", "daily_budget"})


def _show(spec: Any, name: str) -> str:
    value = getattr(spec, name)
    if name in _AMOUNTS and value is not None:
        return show_money(value, spec.currency)
    if isinstance(value, frozenset | tuple):
        return "[" + ", ".join(sorted(str(one) for one in value)) + "]"
    return str(value)
