"""Check what `danga.yaml` says about money: currencies that can be read and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from crawler.site import Site
from domain.errors import Fault
from domain.metric import Unit
from workers.inventory_model import AccountEntry, InventoryFile, SideEntry, WatchEntry
from workers.yaml_source import YamlSource


def money_faults(
    file: InventoryFile, source: YamlSource, sites: Mapping[str, Site]
) -> Iterator[Fault]:
    """Yield a fault for each currency that cannot be read, and each watch over two of them."""
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
        if len(by_currency) > 1:
            seen = ", ".join(f"{name} in {currency}" for currency, name in by_currency.items())
            what = f"watches two currencies: {seen}"
            cure = "make a watch of each, as amounts of two currencies are never added"
            yield Fault(source.where(("watches", number, "spend")), what, cure)


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
