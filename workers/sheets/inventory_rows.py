"""Read the rows of an inventory sheet: each names a client, accounts, and sides of a watch."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from pydantic import TypeAdapter

from crawler.site import Site
from domain.account import AccountKey
from domain.entity import EntityKind
from domain.errors import Fault
from domain.inventory import InventorySpec, MemberRule, SiteSpec, Vat
from domain.metric import Metric
from workers.inventory_check import is_money
from workers.inventory_model import Name, Pattern, Shown
from workers.nearest import suggest
from workers.sheets.cells import NONE, CellReader
from workers.sheets.inventory_headings import LEVELS, METRICS, VAT, metric_name
from workers.sheets.said import Said
from workers.sheets.table import Cell, SheetRow

_NAME, _SHOWN, _PATTERN = (TypeAdapter[str](kind) for kind in (Name, Shown, Pattern))
_LEVEL_CURE = "write 캠페인, 광고그룹, 소재 or 채널"
_RESULTS = ("result_site", "result_account", "result_level", "result_name", "result_ids")


LoadSite = Callable[[SiteSpec], Site]


@dataclass(frozen=True)
class SheetFacts:
    """What the rows are judged by: the inventory of now, and the classes of its sites."""

    now: InventorySpec
    load: LoadSite
    _loaded: dict[str, Site] = field(default_factory=dict)

    @cached_property
    def sites(self) -> Mapping[str, SiteSpec]:
        """The sites by name."""
        return {one.name: one for one in self.now.sites}

    @cached_property
    def logins(self) -> Mapping[str, tuple[str, ...]]:
        """The sites of each login."""
        return {one.name: one.sites for one in self.now.logins}

    def site(self, name: str) -> Site:
        """Return the page object of a site that some row names.

        Raises:
            SiteClassBroken: its class cannot be loaded.
        """
        if name not in self._loaded:
            self._loaded[name] = self.load(self.sites[name])
        return self._loaded[name]

    def metrics(self, site: str) -> Mapping[str, Metric]:
        """Return the metrics of a site by name."""
        return {one.name: one for one in self.site(site).metrics}


@dataclass(slots=True)
class InventoryRows:
    """Collects what the rows say."""

    facts: SheetFacts
    faults: list[Fault]
    said: Said = field(init=False)
    cells: CellReader = field(init=False)
    first: dict[str, dict[Any, Cell]] = field(default_factory=lambda: defaultdict(dict))
    """Where each client, account and watch is named first."""
    beside: dict[AccountKey, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The clients of the watches in whose rows an account stands."""
    spend: dict[str, list[MemberRule]] = field(default_factory=lambda: defaultdict(list))
    results: dict[str, list[MemberRule]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        """Share the list of faults."""
        self.said, self.cells = Said(self.faults), CellReader(self.faults)

    def read(self, row: SheetRow) -> None:
        """Note what one row says."""
        if not row.has("client", "watch", "account"):
            what = "names no client, no watch and no ad account"
            self.faults.append(Fault(row.where, what, "fill in 광고주, or delete the row"))
            return
        client = self._client(row)
        account = self._ad_account(row, client)
        watch = self.cells.text(row.cell("watch"), _NAME)
        if watch is None:
            self._refuse_sides_without_watch(row)
            return
        self._watch(row, watch, client)
        ads = self._ads(row, account)
        if ads is not None:
            self.spend[watch].append(ads)
        results = self._results(row, ads)
        if results is not None:
            self.results[watch].append(results)

    def _client(self, row: SheetRow) -> str | None:
        cell, owners = row.cell("client"), row.cell("owner")
        name = self.cells.text(cell, _NAME)
        if name is None or name == NONE:
            if owners.value is not None:
                self._refuse(owners, "looks after no client", "fill in 광고주")
            return name
        self.first["client"].setdefault(name, cell)
        named = self.cells.texts(owners, _NAME)
        if named is not None:
            self.said.say("client", name, "owners", frozenset(named) - {NONE}, owners)
        return name

    def _ad_account(self, row: SheetRow, client: str | None) -> AccountKey | None:
        key = self._account(row, "site", "account", None)
        self._about_account(row, key, "login", "account_name")
        vat, rate = row.cell("vat"), row.cell("vat_rate")
        included = self.cells.choice(vat, VAT, "write 포함 or 별도")
        share = self.cells.fraction(rate)
        if key is None:
            return None
        if row.has("watch"):
            self._stands_beside(key, client)
        else:
            self.said.say("account", key, "client", client, row.cell("client"))
        self._currency(row.cell("currency"), key)
        self.said.say("account", key, "vat", included, vat)
        self.said.say("account", key, "vat_rate", share, rate)
        return key

    def _stands_beside(self, account: AccountKey, client: str | None) -> None:
        if client is not None:
            self.beside[account].add(client)

    def _currency(self, cell: Cell, account: AccountKey) -> None:
        code = self.cells.text(cell)
        if code is None:
            return
        site = self.facts.site(account.site)
        if code not in site.currencies:
            reads = ", ".join(sorted(site.currencies))
            what = f"the class of {site.name} reads amounts in {reads}, not in {code}"
            self._refuse(cell, what, "correct it, or name it in the class's `currencies`")
        else:
            self.said.say("account", account, "currency", code, cell)

    def _about_account(self, row: SheetRow, key: AccountKey | None, login: str, name: str) -> None:
        cell, shown = row.cell(login), row.cell(name)
        reader = self.cells.named(cell, "login", self.facts.logins)
        shown_name = self.cells.text(shown, _SHOWN)
        if key is None:
            return
        if self._is_import(key.site):
            if reader is not None:
                self._refuse(cell, f"nobody reads {key.site}: it is an import", "leave it empty")
            reader = None
        elif reader is not None and key.site not in self.facts.logins[reader]:
            cure = f"add {key.site} to the sites of {reader} in danga.yaml"
            self._refuse(cell, f"the login {reader} has no access to {key.site}", cure)
        self.said.say("account", key, "login", reader, cell)
        self.said.say("account", key, "name", shown_name, shown)

    def _account(
        self, row: SheetRow, site: str, account: str, otherwise: str | None
    ) -> AccountKey | None:
        """Return the account that two cells name; `otherwise` is the site where none is named."""
        site_cell, cell = row.cell(site), row.cell(account)
        name = self.cells.named(site_cell, "site", self.facts.sites) or otherwise
        external_id = self.cells.text(cell, _SHOWN)
        if external_id is None:
            if site_cell.value is not None and cell.value is None:
                self._refuse(site_cell, "names a site and no account", "fill in the account")
            return None
        if name is None:
            if site_cell.value is None:
                self._refuse(cell, "names an account and no site", "fill in 매체")
            return None
        key = AccountKey(name, external_id)
        self.first["account"].setdefault(key, cell)
        return key

    def _watch(self, row: SheetRow, name: str, client: str | None) -> None:
        self.first["watch"].setdefault(name, row.cell("watch"))
        self.said.say("watch", name, "client", client, row.cell("client"))
        label = row.cell("label")
        self.said.say("watch", name, "label", self.cells.text(label, _NAME), label)
        target = row.cell("target")
        amount = self.cells.number(target)
        if amount == 0:
            self._refuse(target, "a target of 0 can never be met", "write the cost per result")
        self.said.say("watch", name, "target", amount or None, target)
        budget, counted = row.cell("budget"), row.cell("counted")
        daily = self.cells.number(budget)
        if daily == 0:
            self._refuse(budget, "a daily budget of 0 is none", "leave it empty")
        self.said.say("watch", name, "budget", daily or None, budget)
        included = self.cells.choice(counted, VAT, "write 포함 or 별도")
        meant = None if included is None else Vat.INCLUDED if included else Vat.EXCLUDED
        self.said.say("watch", name, "counted", meant, counted)

    def _ads(self, row: SheetRow, account: AccountKey | None) -> MemberRule | None:
        level = self._level(row.cell("level"))
        if account is None:
            if row.has("level", "name", "ids", "metric") and not row.has("account"):
                cure = "fill in 매체 and 광고계정"
                self._refuse(_first_filled(row, "level", "name", "ids", "metric"),
                             "says which ads, and not of which account", cure)  # fmt: skip
            return None
        metric = self._metric(row.cell("metric"), account.site) or "spend"
        known = self.facts.metrics(account.site)
        if metric not in known or not is_money(known[metric]):
            cell = row.cell("metric" if row.has("metric") else "account")
            what = f"{metric} of {account.site} is no amount of money that grows"
            self._refuse(cell, what, "name what the ads cost in 소진 지표")
        default = EntityKind.CREATIVE
        if self._is_import(account.site):
            default = EntityKind.CHANNEL
        return self._rule(row, account, level or default, metric, "name", "ids")

    def _is_import(self, site: str) -> bool:
        return self.facts.sites[site].policy.is_import

    def _results(self, row: SheetRow, ads: MemberRule | None) -> MemberRule | None:
        cell = row.cell("result_metric")
        if cell.value is None:
            if row.has(*_RESULTS):
                what = "says where the results are, and not which metric"
                self._refuse(_first_filled(row, *_RESULTS), what, "fill in 결과 지표")
            return None
        site = None if ads is None else ads.account.site
        account = self._account(row, "result_site", "result_account", site)
        if account is not None:
            self._about_account(row, account, "result_login", "result_account_name")
            self._stands_beside(account, self.cells.text(row.cell("client")))
            level = self._level(row.cell("result_level")) or EntityKind.CHANNEL
        elif row.has("result_site", "result_account"):
            return None
        elif ads is None:
            if row.has("account"):
                return None
            self._refuse(cell, "has no account to count in", "fill in 결과 매체 and 결과 계정")
            return None
        else:
            account = ads.account
            level = self._level(row.cell("result_level")) or ads.kind
        metric = self._metric(cell, account.site)
        if metric is None:
            return None
        if row.has("result_account", "result_level", "result_name", "result_ids") or ads is None:
            return self._rule(row, account, level, metric, "result_name", "result_ids")
        return MemberRule(account, level, metric, ads.name, ads.external_ids)

    def _rule(
        self, row: SheetRow, account: AccountKey, level: EntityKind, metric: str, *keys: str
    ) -> MemberRule:
        name, ids = (row.cell(key) for key in keys)
        if self._is_import(account.site) and level is not EntityKind.CHANNEL:
            what = f"an account of {account.site} is one thing, itself: a channel"
            self._refuse(_first_filled(row, "result_level", "level", "account"), what, "write 채널")
        if name.value is not None and ids.value is not None:
            self._refuse(ids, f"there is a pattern in {name.where}, too", "choose one of them")
        pattern = self.cells.text(name, _PATTERN) or "*"
        return MemberRule(
            account, level, metric, pattern, frozenset(self.cells.texts(ids, _SHOWN) or ())
        )

    def _level(self, cell: Cell) -> EntityKind | None:
        level: EntityKind | None = self.cells.choice(cell, LEVELS, _LEVEL_CURE)
        return level

    def _metric(self, cell: Cell, site: str) -> str | None:
        word = self.cells.text(cell)
        if word is None:
            return None
        known = self.facts.metrics(site)
        metric = metric_name(word, known)
        if metric in known:
            return metric
        words = [korean for korean, name in METRICS.items() if name in known]
        self._refuse(cell, f"the site {site} has no metric {word}", suggest(word, [*known, *words]))
        return None

    def _refuse_sides_without_watch(self, row: SheetRow) -> None:
        sides = (
            "label",
            "target",
            "budget",
            "counted",
            "level",
            "name",
            "ids",
            "metric",
            "result_metric",
            *_RESULTS,
        )
        if row.has(*sides):
            what = "is part of a watch, and the row names none"
            self._refuse(_first_filled(row, *sides), what, "fill in 단가 항목")

    def _refuse(self, cell: Cell, what: str, cure: str) -> None:
        self.faults.append(Fault(cell.where, what, cure))


def _first_filled(row: SheetRow, *keys: str) -> Cell:
    return next(row.cell(key) for key in keys if row.has(key))
