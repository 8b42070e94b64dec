"""An inventory sheet as an edit of the inventory that is applied: what the rows name, they change.

What no row speaks of stays as it is, unless the sheet is said to be the whole. A client's owners
and each side of a watch are spoken of together: where any row names some, they are exactly those
that the rows name. Sites, logins, policies, follow rules and people stay in `danga.yaml`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from typing import Any

from domain.account import AccountKey
from domain.currency import CURRENCIES, KRW
from domain.errors import BadInput, Fault
from domain.inventory import (
    AccountSpec,
    AccountTerms,
    ClientSpec,
    InventorySpec,
    MemberRule,
    OwnerSpec,
    WatchSpec,
)
from workers.sheets.cells import NONE
from workers.sheets.inventory_headings import HEADINGS
from workers.sheets.inventory_rows import InventoryRows, LoadSite, SheetFacts
from workers.sheets.said import NOTHING, Said
from workers.sheets.source import Sheet
from workers.sheets.table import Cell, SheetRow, read_table

_ROW = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True)
class InventorySheet:
    """Called with the inventory of now, returns the one that is wanted."""

    source: Sheet
    load: LoadSite
    is_whole: bool = False
    _rows: tuple[SheetRow, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Find headings and rows.

        Raises:
            BadInput: the sheet has no headings that are known, or no row.
        """
        object.__setattr__(self, "_rows", read_table(self.source.grid, HEADINGS))

    def __call__(self, now: InventorySpec) -> InventorySpec:
        """Return the inventory with what the rows say.

        Raises:
            BadInput: all bad cells at once; where there are none, all that the rows lack together.
        """
        faults: list[Fault] = []
        facts = SheetFacts(now, self.load)
        rows = InventoryRows(facts, faults)
        for row in self._rows:
            rows.read(row)
        _require_none(faults)  # what they lack together is told where each cell is right
        wanted = _Wanted(now, facts, rows, faults, self.is_whole).spec()
        _require_none(faults)
        return wanted


def _require_none(faults: list[Fault]) -> None:
    if faults:
        raise BadInput(*sorted(faults, key=_row_number))


def _row_number(fault: Fault) -> int:
    found = _ROW.search(fault.where)
    return int(found[1]) if found else 0


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Puts together what was and what the rows said."""

    now: InventorySpec
    facts: SheetFacts
    rows: InventoryRows
    faults: list[Fault]
    is_whole: bool

    @property
    def said(self) -> Said:
        return self.rows.said

    def spec(self) -> InventorySpec:
        clients = self._merged("client", {one.name: one for one in self.now.clients}, self._client)
        accounts = self._merged(
            "account", {one.key: one for one in self.now.accounts}, self._account
        )
        known = {one.name: one for one in self.now.watches}
        watches = self._merged(
            "watch", known, partial(self._watch, {**_by_key(self.now), **accounts})
        )
        if self.is_whole:
            # A watch of which the sheet says one side only keeps the accounts of the other.
            used = {rule.account for one in watches.values() for rule in one.spend | one.results}
            accounts |= {
                one.key: one for one in self.now.accounts if one.key in used - accounts.keys()
            }
        return replace(
            self.now,
            owners=self._owners(clients),
            clients=tuple(clients.values()),
            accounts=tuple(accounts.values()),
            follow=frozenset(
                one for one in self.now.follow if one.account is None or one.account in accounts
            ),
            watches=tuple(watches.values()),
        )

    def _merged(
        self, noun: str, before: Mapping[Any, Any], build: Callable[[Any, Any], Any]
    ) -> dict[Any, Any]:
        """Return what was, with what the rows name built anew."""
        merged = {} if self.is_whole else dict(before)
        for name in self.rows.first[noun]:
            built = build(name, before.get(name))
            if built is not None:
                merged[name] = built
        return merged

    def _owners(self, clients: Mapping[str, ClientSpec]) -> tuple[OwnerSpec, ...]:
        """Owners only ever join: one without a client does no harm, and may be told things."""
        known = {one.name for one in self.now.owners}
        named = {owner for one in clients.values() for owner in one.owners}
        return (*self.now.owners, *map(OwnerSpec, sorted(named - known)))

    def _client(self, name: str, before: ClientSpec | None) -> ClientSpec:
        owners = self.said.of("client", name, "owners", before.owners if before else frozenset())
        return ClientSpec(name, frozenset(owners))

    def _account(self, key: AccountKey, before: AccountSpec | None) -> AccountSpec | None:
        if before is None:
            before = self._new_account(key)
        said, terms = self.said, before.terms
        rate: Decimal = said.of("account", key, "vat_rate", terms.vat_rate)
        name = said.of("account", key, "name", before.shown_name)
        return AccountSpec(
            key,
            said.of("account", key, "login", before.login),
            _unless_none(said.of("account", key, "client", before.client)),
            _unless_none(name),
            replace(
                terms,
                currency=said.of("account", key, "currency", terms.currency),
                vat_included=said.of("account", key, "vat", terms.vat_included),
                vat_rate=rate.quantize(AccountTerms().vat_rate),
            ),
        )

    def _new_account(self, key: AccountKey) -> AccountSpec:
        login: str | None = self.said.of("account", key, "login")
        if self.facts.sites[key.site].policy.is_import:
            login = None
        elif login is NOTHING:
            what = f"the account {key} is new, and no row says which login reads it"
            self._refuse(self.rows.first["account"][key], what, "fill in 로그인")
            login = ""
        terms = AccountTerms(time_zone=self.facts.site(key.site).time_zone)
        return AccountSpec(key, login, self._client_of_new(key), None, terms)

    def _client_of_new(self, key: AccountKey) -> str | None:
        """Return the client of the watches in whose rows a new account stands."""
        clients = self.rows.beside[key]
        if len(clients) > 1 and self.said.of("account", key, "client") is NOTHING:
            what = f"the account {key} stands beside {' and '.join(sorted(clients))}"
            cure = f"add a row without 단가 항목 for it, with its 광고주 or {NONE}"
            self._refuse(self.rows.first["account"][key], what, cure)
        return min(clients, default=None)

    def _watch(
        self, accounts: Mapping[AccountKey, AccountSpec], name: str, before: WatchSpec | None
    ) -> WatchSpec | None:
        cell = self.rows.first["watch"][name]
        spend = frozenset(self.rows.spend[name]) or (before.spend if before else frozenset())
        results = frozenset(self.rows.results[name]) or (before.results if before else frozenset())
        client = self.said.of("watch", name, "client", before and before.client)
        currency = self._currency(cell, name, spend, accounts)
        target = self._amount(name, "target", currency) or (before.target if before else None)
        wanting = {
            "광고주": client,
            "목표단가": target,
            "광고계정": spend,
            "결과 지표": results,
        }
        missing = [heading for heading, value in wanting.items() if not value]
        if missing or target is None:
            what = f"the watch {name} is new, and no row says its {', '.join(missing)}"
            self._refuse(cell, what, "fill them in")
            return None
        fresh = before or WatchSpec(name, client, target, spend, results)
        label = self.said.of("watch", name, "label", fresh.label)
        vat = self.said.of("watch", name, "counted", fresh.vat)
        if vat is None and len({accounts[one.account].terms.vat_included for one in spend}) > 1:
            what = f"{name} adds amounts with VAT to amounts without"
            self._refuse(cell, what, "say in 단가 부가세 which it means: 포함 or 별도")
        return replace(
            fresh,
            client=client,
            target=target,
            spend=spend,
            results=results,
            label=label,
            currency=currency,
            daily_budget=self._amount(name, "budget", currency) or fresh.daily_budget,
            vat=vat,
        )

    def _currency(
        self,
        cell: Cell,
        name: str,
        spend: frozenset[MemberRule],
        accounts: Mapping[AccountKey, AccountSpec],
    ) -> str:
        found = sorted({accounts[rule.account].terms.currency for rule in spend})
        if len(found) > 1:
            what = f"{name} watches two currencies: {', '.join(found)}"
            self._refuse(cell, what, "make a watch of each, as they are never added")
        return found[0] if found else KRW

    def _amount(self, name: str, key: str, currency: str) -> int | None:
        amount = self.said.of("watch", name, key, None)
        if amount is None:
            return None
        try:
            return CURRENCIES[currency].minor(amount)
        except ValueError as error:
            cell = self.said.cell("watch", name, key)
            self._refuse(cell, f"{cell.value} is no amount: {error}", "write all its digits")
            return 1

    def _refuse(self, cell: Cell, what: str, cure: str) -> None:
        self.faults.append(Fault(cell.where, what, cure))


def _unless_none(value: str | None) -> str | None:
    return None if value == NONE else value


def _by_key(spec: InventorySpec) -> dict[AccountKey, AccountSpec]:
    return {one.key: one for one in spec.accounts}
