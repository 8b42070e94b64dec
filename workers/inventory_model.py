"""The shape of `danga.yaml`: what may stand where, before anything is looked up.

Keys and their meaning are documented in docs/configuration.md.
"""

from __future__ import annotations

import re
from datetime import time
from decimal import Decimal
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from domain.currency import CURRENCIES, KRW
from domain.entity import EntityKind
from domain.inventory import Vat
from domain.metric import MetricKind, Unit
from domain.person import START_OF_WORK, DigestDays, Language, Role
from domain.policy import IMPORT, OnRefusal
from domain.request_budget import QuietHours
from workers.file_model import FileModel


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("holds a line break or another sign that cannot be seen")
    return text


def _quiet_hours(text: object) -> object:
    if not isinstance(text, str):
        return text
    begin, dash, end = text.partition("-")
    try:
        hours = QuietHours(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))
    except ValueError:
        raise ValueError("has to be two times, such as 01:00-05:30") from None
    if not dash or hours.begin == hours.end:
        raise ValueError("has to be two different times, such as 01:00-05:30")
    return hours


def _time_of_day(text: object) -> object:
    if not isinstance(text, str):
        return text
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise ValueError("has to be a time of day, such as 09:00") from None


def _currency(code: str) -> str:
    if code not in CURRENCIES:
        raise ValueError(f"is no currency that Danga knows: {', '.join(CURRENCIES)}")
    return code


def _divides_a_day(minutes: int) -> int:
    if 1440 % minutes:
        raise ValueError("has to divide a day: 5, 10, 15, 20, 30, 60 ...")
    return minutes


_VARIABLE = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]{0,99}")
_WORD = r"^\w[\w.@+-]*$"
Word = Annotated[str, StringConstraints(pattern=_WORD, max_length=60)]
"""A name for command lines and queues."""
LoginName = Annotated[str, StringConstraints(pattern=_WORD, max_length=100)]
_ONE_LINE = AfterValidator(_one_line)
Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), _ONE_LINE
]
Shown = Annotated[str, StringConstraints(min_length=1, max_length=190), _ONE_LINE]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=300), _ONE_LINE]
AccountRef = Annotated[str, StringConstraints(pattern=r"^[^/]+/.+$", max_length=251)]
"""`site/id`."""


Amount = Annotated[Decimal, Field(gt=0, le=10**12)]
"""In the currency's major unit: won, dollars."""


class BudgetEntry(FileModel):
    """What the site may receive from us; absent keys take the defaults."""

    requests_per_second: Annotated[float, Field(gt=0, le=100)] = 2.0
    burst: Annotated[int, Field(ge=1, le=10_000)] = 60
    concurrent_visits: Annotated[int, Field(ge=1, le=100)] = 2
    requests_per_day: Annotated[int, Field(ge=0, le=100_000_000)] = 20_000
    quiet: Annotated[QuietHours | None, BeforeValidator(_quiet_hours)] = None
    floor_per_second: Annotated[float, Field(gt=0, le=100)] | None = None


class MetricEntry(FileModel):
    """A metric of an import."""

    name: Annotated[Word, StringConstraints(max_length=40)]
    kind: MetricKind = MetricKind.DAILY_CUMULATIVE
    unit: Unit = Unit.COUNT


BaseUrl = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+", max_length=500)]


class SiteEntry(FileModel):
    """A site; one of the class `import` has metrics and no address."""

    name: Word
    site_class: Annotated[Shown, Field(alias="class")]
    base_url: BaseUrl | None = None
    metrics: tuple[MetricEntry, ...] = ()
    budget: BudgetEntry = BudgetEntry()
    on_refusal: OnRefusal = OnRefusal.ROTATE
    slot_minutes: Annotated[int, Field(ge=1, le=1440), AfterValidator(_divides_a_day)] = 20
    midnight_guard_seconds: Annotated[int, Field(ge=0, le=7200)] = 300
    changed_layout_slots: Annotated[int, Field(ge=1, le=72)] = 3
    sign_ins_per_day: Annotated[int, Field(ge=0, le=50)] = 6
    probe_at: Annotated[time | None, BeforeValidator(_time_of_day)] = None

    @model_validator(mode="after")
    def _is_visited_or_imported(self) -> Self:
        if self.site_class == IMPORT:
            if self.base_url is not None or not self.metrics:
                raise ValueError("of the class import has metrics, and no base_url")
        elif self.base_url is None:
            raise ValueError("has no base_url")
        elif self.metrics:
            raise ValueError("has metrics, which its class declares: leave them out")
        return self


class OwnerEntry(FileModel):
    """A marketer."""

    name: Name
    locale: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")] = "ko"


class ClientEntry(FileModel):
    """An advertiser."""

    name: Name
    owners: tuple[Name, ...] = ()


class ProxyEntry(FileModel):
    """Which proxy a login goes through: one, any of a label, or any at all."""

    id: Word | None = None
    label: Word | None = None
    any: bool = False
    direct_allowed: bool = False
    exclusive: bool = False

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.id is not None) + (self.label is not None) + self.any != 1:
            raise ValueError("has to name one of id, label and any: true")
        return self


def _direct(wish: object) -> object:
    if isinstance(wish, str):
        if wish != "direct":
            raise ValueError("has to be direct, {id: NAME}, {label: NAME} or {any: true}")
        return None
    return wish


def _source(text: str) -> str:
    if text not in {"stored", "none"} and not _VARIABLE.fullmatch(text):
        raise ValueError("has to be stored, none or env:NAME of a variable")
    if text.upper().startswith("ENV:DANGA_"):
        raise ValueError("names a setting of Danga's own: use another variable")
    return text


class LoginEntry(FileModel):
    """An identity on one or several sites."""

    name: LoginName
    sites: Annotated[tuple[Word, ...], Field(min_length=1)]
    username: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    credentials: Annotated[str, AfterValidator(_source)] | None = None
    proxy: Annotated[ProxyEntry | None, BeforeValidator(_direct)] = None

    @property
    def source(self) -> str | None:
        """Where the password comes from; absent: stored, where there is a user name."""
        if self.credentials is None:
            return None if self.username is None else "stored"
        return None if self.credentials == "none" else self.credentials

    @model_validator(mode="after")
    def _has_a_username(self) -> Self:
        if self.source is not None and self.username is None:
            raise ValueError("has a password and no username")
        return self


class AccountEntry(FileModel):
    """An ad account or channel; its days are those of the site's time zone.

    Only one of an import has no login.
    """

    site: Word
    id: Shown
    login: LoginName | None = None
    name: Shown | None = None
    client: Name | None = None
    currency: Annotated[str, AfterValidator(_currency)] = KRW
    vat_included: bool = True
    vat_rate: Annotated[Decimal, Field(ge=0, lt=1, max_digits=5, decimal_places=4)] = Decimal("0.1")


class FollowEntry(FileModel):
    """New entities of a level, in one account or in every account of a login."""

    level: EntityKind
    name: Pattern = "*"
    account: AccountRef | None = None
    login: LoginName | None = None

    @model_validator(mode="after")
    def _names_one(self) -> Self:
        if (self.account is None) == (self.login is None):
            raise ValueError("has to name either an account or a login")
        return self


class SideEntry(FileModel):
    """One side of a watch: entities of accounts, by pattern or by ids."""

    kind: EntityKind
    metric: Annotated[str, StringConstraints(min_length=1, max_length=40)]
    account: AccountRef | None = None
    accounts: tuple[AccountRef, ...] = ()
    name: Pattern | None = None
    ids: tuple[Shown, ...] = ()

    @property
    def all_accounts(self) -> tuple[str, ...]:
        """The accounts, however many were named."""
        return (self.account,) if self.account is not None else self.accounts

    @model_validator(mode="after")
    def _is_one_choice(self) -> Self:
        if (self.account is None) == (not self.accounts):
            raise ValueError("has to name either an account or a list of accounts")
        if self.name is not None and self.ids:
            raise ValueError("has a name pattern and ids: choose one")
        return self


class ResultsEntry(SideEntry):
    """The side that is divided by; `also` names more entities of it, each chosen like the first."""

    also: tuple[SideEntry, ...] = ()

    @property
    def parts(self) -> tuple[SideEntry, ...]:
        """All choices of the side."""
        return (self, *self.also)


class CostingEntry(SideEntry):
    """Entities that cost."""

    metric: Annotated[str, StringConstraints(min_length=1, max_length=40)] = "spend"


class SpendEntry(CostingEntry):
    """The side that costs; `also` as of the results."""

    also: tuple[CostingEntry, ...] = ()

    @property
    def parts(self) -> tuple[SideEntry, ...]:
        """All choices of the side."""
        return (self, *self.also)


class WatchEntry(FileModel):
    """Spend over results, against a target cost; amounts are in the accounts' currency."""

    name: Name
    client: Name
    target: Amount
    spend: SpendEntry
    results: ResultsEntry
    label: Name = "단가"
    daily_budget: Amount | None = None
    vat: Vat | None = None


_WHOLE_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,99})\}")


def _target(text: str) -> str:
    """Return the variable that is named; a url itself would be a secret in a file."""
    found = _WHOLE_VARIABLE.fullmatch(text)
    if found is None:
        raise ValueError("has to be a variable of .env, ${NAME}: such a url is a secret")
    if found[1].upper().startswith("DANGA_"):
        raise ValueError("names a setting of Danga's own: use another variable")
    return found[1]


def _once(roles: tuple[Role, ...]) -> tuple[Role, ...]:
    if len(set(roles)) != len(roles):
        raise ValueError("names a role twice")
    return roles


class PersonEntry(FileModel):
    """Somebody who is told when something is wrong."""

    name: Name
    roles: Annotated[tuple[Role, ...], Field(min_length=1), AfterValidator(_once)]
    urls: Annotated[tuple[Annotated[str, AfterValidator(_target)], ...], Field(min_length=1)]
    language: Language = Language.KOREAN
    quiet: Annotated[QuietHours | None, BeforeValidator(_quiet_hours)] = None
    wake: bool = False
    starts: Annotated[time, BeforeValidator(_time_of_day)] = START_OF_WORK
    digest: DigestDays = DigestDays.WEEKDAYS


class InventoryFile(FileModel):
    """The whole file; every section may be absent or empty."""

    sites: tuple[SiteEntry, ...] | None = None
    owners: tuple[OwnerEntry, ...] | None = None
    clients: tuple[ClientEntry, ...] | None = None
    logins: tuple[LoginEntry, ...] | None = None
    accounts: tuple[AccountEntry, ...] | None = None
    follow: tuple[FollowEntry, ...] | None = None
    watches: tuple[WatchEntry, ...] | None = None
    notify: tuple[PersonEntry, ...] | None = None
