"""Which metric of which entity a row means: by the name of a watch, or by site, account and id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from domain.account import AccountKey
from domain.entity import EntityKey, EntityKind
from domain.errors import Fault
from domain.metric import Metric
from storage.accounts import AccountBook, AccountRecord
from storage.entities import EntityBook, EntityRecord
from storage.watches import MemberRecord, WatchBook
from workers.house import House
from workers.nearest import suggest
from workers.reading_import.brought import Target
from workers.sheets.cells import CellReader
from workers.sheets.inventory_headings import LEVELS, METRICS, metric_name
from workers.sheets.table import Cell, SheetRow

_KEYS = ("watch", "site", "account", "level", "entity", "metric")
_LEVEL_CURE = "write 캠페인, 광고그룹, 소재 or 채널"


@dataclass
class Targets:
    """Looks rows up; the same words are looked up once."""

    house: House
    cells: CellReader
    _found: dict[tuple[object, ...], Target] = field(default_factory=dict)

    def of(self, row: SheetRow) -> Target | None:
        """Return what the row speaks of; None: it cannot be told, and a fault says why."""
        words = tuple(row.cell(key).value for key in _KEYS)
        found = self._found.get(words)
        if found is None:
            found = self._by_watch(row) if row.has("watch") else self._by_account(row)
            if found is not None:
                self._found[words] = found
        return found

    @cached_property
    def _watches(self) -> Mapping[str, int]:
        return {one.name: one.id for one in WatchBook(self.house.engine).all()}

    @cached_property
    def _accounts(self) -> Mapping[AccountKey, AccountRecord]:
        return {one.key: one for one in AccountBook(self.house.engine).all()}

    def _by_watch(self, row: SheetRow) -> Target | None:
        cell = row.cell("watch")
        name = self.cells.named(cell, "watch", self._watches)
        if name is None:
            return None
        members = WatchBook(self.house.engine).members(self._watches[name])
        found = {(one.entity, one.metric): one for one in members if self._is_meant(row, one)}
        brought = {pair: one for pair, one in found.items() if self._is_import(one.entity.site)}
        for choice in (found, brought):
            if len(choice) == 1:
                ((_, member),) = choice.items()
                return self._target(member.entity_id, member.entity, member.metric)
        seen = ", ".join(sorted(f"{entity} {metric}" for entity, metric in found)) or "nothing"
        what = f"{name} counts {seen[:200]} there, not one thing"
        self._refuse(cell, what, "say 지표, or 매체, 광고계정 and 소재 ID")
        return None

    def _is_meant(self, row: SheetRow, member: MemberRecord) -> bool:
        """Whether all that the row says besides the watch is true of a member."""
        key = member.entity
        said = {
            "site": key.site,
            "account": key.account,
            "entity": key.external_id,
        }
        if any(row.has(name) and str(row.cell(name).value) != said[name] for name in said):
            return False
        word = row.cell("metric").value
        if word is None:
            return member.side == "results"
        return metric_name(str(word), {member.metric: None}) == member.metric

    def _by_account(self, row: SheetRow) -> Target | None:
        account = self._account(row)
        if account is None:
            return None
        entity = self._entity(row, account)
        metric = self._metric(row.cell("metric"), account.site)
        if entity is None or metric is None:
            return None
        return self._target(entity.id, entity.key, metric.name)

    def _account(self, row: SheetRow) -> AccountKey | None:
        sites = {key.site: None for key in self._accounts}
        site = self.cells.named(row.cell("site"), "site", sites)
        cell = row.cell("account")
        external_id = self.cells.text(cell)
        if site is None or external_id is None:
            if not row.has("site", "account"):
                self._refuse(Cell(None, row.where), "names nothing", "fill in 단가 항목")
            elif not row.has("site") or not row.has("account"):
                self._refuse(Cell(None, row.where), "names half an account", "fill in both")
            return None
        key = AccountKey(site, external_id)
        if key in self._accounts:
            return key
        known = [one.external_id for one in self._accounts if one.site == site]
        self._refuse(cell, f"unknown account {key}", suggest(external_id, known))
        return None

    def _entity(self, row: SheetRow, account: AccountKey) -> EntityRecord | None:
        cell = row.cell("entity")
        level: EntityKind | None = self.cells.choice(row.cell("level"), LEVELS, _LEVEL_CURE)
        external_id = self.cells.text(cell)
        if external_id is None and self._is_import(account.site):
            external_id, level = account.external_id, EntityKind.CHANNEL
        there = EntityBook(self.house.engine).all(account)
        if external_id is None:
            self._refuse(Cell(None, row.where), f"says nothing of {account}", "fill in 소재 ID")
            return None
        found = [
            one
            for one in there
            if one.key.external_id == external_id and level in (None, one.key.kind)
        ]
        if len(found) == 1:
            return found[0]
        if found:
            self._refuse(cell, f"{external_id} stands for several things", "fill in 단위")
        else:
            cure = suggest(external_id, {one.key.external_id for one in there})
            self._refuse(cell, f"{account} has no {external_id}", cure)
        return None

    def _metric(self, cell: Cell, site: str) -> Metric | None:
        known = {one.name: one for one in self.house.site(site).metrics}
        word = self.cells.text(cell)
        if word is None and len(known) == 1:
            return next(iter(known.values()))
        metric = known.get(metric_name(word or "", known))
        if metric is None:
            words = [korean for korean, name in METRICS.items() if name in known]
            what = f"the site {site} has no metric {word}" if word else "names no metric"
            self._refuse(cell, what, suggest(word or "", [*known, *words]))
        return metric

    def _target(self, entity_id: int, entity: EntityKey, metric: str) -> Target:
        declared = {one.name: one for one in self.house.site(entity.site).metrics}
        account = self._accounts.get(AccountKey(entity.site, entity.account))
        currency = account.terms.currency if account else ""
        return Target(entity_id, entity, declared[metric], currency)

    def _is_import(self, site: str) -> bool:
        return self.house.policy(site).is_import

    def _refuse(self, cell: Cell, what: str, cure: str) -> None:
        self.cells.faults.append(Fault(cell.where, what, cure))
