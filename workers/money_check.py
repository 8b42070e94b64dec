"""Check what `danga.yaml` says about money: currencies and VAT that can be read and compared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from crawler.site import Site
from domain.currency import CURRENCIES
from domain.errors import Fault
from domain.metric import Unit
from workers.inventory_model import AccountEntry, InventoryFile, SideEntry, WatchEntry
from workers.yaml_source import Place, YamlSource


def money_faults(
    file: InventoryFile, source: YamlSource, sites: Mapping[str, Site]
) -> Iterator[Fault]:
    """Yield a fault for each currency that no class reads, and each sum that means nothing."""
    for number, account in enumerate(file.accounts or ()):
        site = sites.get(account.site)
        if site is not None and account.currency not in site.currencies:
            reads = ", ".join(sorted(site.currencies))
            what = f"the class of {site.name} reads amounts in {reads}, not in {account.currency}"
            cure = "correct the currency, or name it in the class's `currencies`"
            yield Fault(source.where(("accounts", number, "currency")), what, cure)
    accounts = {f"{one.site}/{one.id}": one for one in file.accounts or ()}
    for number, watch in enumerate(file.watches or ()):
        paid = _paid(watch, accounts, sites)
        by_currency = {one.currency: name for name, one in paid.items()}
        place: Place = ("watches", number)
        if len(by_currency) > 1:
            seen = ", ".join(f"{name} in {currency}" for currency, name in by_currency.items())
            what = f"watches two currencies: {seen}"
            cure = "make a watch of each, as amounts of two currencies are never added"
            yield Fault(source.where((*place, "spend")), what, cure)
        yield from _amount_faults(watch, source, place, frozenset(by_currency))
        yield from _vat_faults(watch, source, place, paid)


def _amount_faults(
    watch: WatchEntry, source: YamlSource, place: Place, currencies: Collection[str]
) -> Iterator[Fault]:
    for name in ("target", "daily_budget"):
        amount = getattr(watch, name)
        for currency in currencies if amount is not None else ():
            try:
                CURRENCIES[currency].minor(amount)
            except ValueError as error:
                yield Fault(source.where((*place, name)), str(error), "write it with as many")


def _vat_faults(
    watch: WatchEntry, source: YamlSource, place: Place, paid: Mapping[str, AccountEntry]
) -> Iterator[Fault]:
    """Yield a fault where some accounts read amounts with VAT, some without, and none is meant."""
    if watch.vat is None and len({one.vat_included for one in paid.values()}) > 1:
        seen = (f"{name} {'with' if one.vat_included else 'without'}" for name, one in paid.items())
        what = f"adds amounts with VAT to amounts without: {', '.join(seen)}"
        cure = "say `vat: included` or `vat: excluded` for the watch"
        yield Fault(source.where((*place, "spend")), what, cure)


def _paid(
    watch: WatchEntry, accounts: Mapping[str, AccountEntry], sites: Mapping[str, Site]
) -> dict[str, AccountEntry]:
    """Return the accounts of which the watch takes amounts of money, by name."""
    sides = (*watch.spend.parts, *watch.results.parts)
    named = {name for side in sides for name in side.all_accounts if _is_money(side, name, sites)}
    return {name: accounts[name] for name in sorted(named) if name in accounts}


def _is_money(side: SideEntry, account: str, sites: Mapping[str, Site]) -> bool:
    site = sites.get(account.partition("/")[0])
    return site is not None and any(
        metric.name == side.metric and metric.unit is Unit.MONEY for metric in site.metrics
    )
