"""Check what one part of `danga.yaml` says about another: names that exist, and only once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from crawler.site import Site
from domain.entity import EntityKind
from domain.errors import Fault
from domain.metric import Metric, MetricKind, Unit
from domain.person import Role
from domain.policy import IMPORT
from workers.file_model import doubles
from workers.inventory_model import InventoryFile, SideEntry, WatchEntry
from workers.nearest import suggest
from workers.yaml_source import Place, YamlSource

Mention = tuple[Place, str]


def name_faults(
    file: InventoryFile, source: YamlSource, sites: Mapping[str, Site]
) -> Iterator[Fault]:
    """Yield a fault for each doubled or unknown name, in a file whose form is right.

    `sites` are those whose class could be loaded: metrics of the others are not judged.
    """
    yield from _doubled(file, source)
    yield from _unknown(file, source)
    yield from _strange_logins(file, source)
    yield from _strange_kinds(file, source)
    for number, watch in enumerate(file.watches or ()):
        for place, side in _sides(number, watch):
            yield from _metric_faults(side, source, place, sites)
            if "spend" in place:
                yield from _spend_faults(side, source, place, sites)


def _doubled(file: InventoryFile, source: YamlSource) -> Iterator[Fault]:
    for section in ("sites", "owners", "clients", "logins", "watches", "notify"):
        entries = getattr(file, section) or ()
        named = [((section, n, "name"), entry.name) for n, entry in enumerate(entries)]
        yield from doubles(source, named, "name")
    accounts = enumerate(file.accounts or ())
    keys: list[Mention] = [(("accounts", n, "id"), f"{one.site}/{one.id}") for n, one in accounts]
    yield from doubles(source, keys, "account")


def _unknown(file: InventoryFile, source: YamlSource) -> Iterator[Fault]:
    known = {
        "site": [one.name for one in file.sites or ()],
        "owner": [one.name for one in file.owners or ()],
        "client": [one.name for one in file.clients or ()],
        "login": [one.name for one in file.logins or ()],
        "account": [f"{one.site}/{one.id}" for one in file.accounts or ()],
    }
    for what, mentions in _mentions(file).items():
        for place, name in mentions:
            if name not in known[what]:
                cure = suggest(name, known[what])
                yield Fault(source.where(place), f"unknown {what} {name}", cure)


def _mentions(file: InventoryFile) -> dict[str, list[Mention]]:
    """Every name that is used, by what it names."""
    accounts, follow = file.accounts or (), file.follow or ()
    logins, watches = file.logins or (), file.watches or ()
    return {
        "owner": [
            *(
                (("clients", n, "owners", m), owner)
                for n, client in enumerate(file.clients or ())
                for m, owner in enumerate(client.owners)
            ),
            *(
                (("notify", n, "name"), one.name)
                for n, one in enumerate(file.notify or ())
                if Role.OWNER in one.roles  # their clients are found by that name
            ),
        ],
        "site": [
            *(
                (("logins", n, "sites", m), s)
                for n, x in enumerate(logins)
                for m, s in _in(x.sites)
            ),
            *((("accounts", n, "site"), account.site) for n, account in enumerate(accounts)),
        ],
        "login": [
            *((("accounts", n, "login"), one.login) for n, one in enumerate(accounts) if one.login),
            *((("follow", n, "login"), rule.login) for n, rule in enumerate(follow) if rule.login),
        ],
        "client": [
            *(
                (("accounts", n, "client"), one.client)
                for n, one in enumerate(accounts)
                if one.client
            ),
            *((("watches", n, "client"), watch.client) for n, watch in enumerate(watches)),
        ],
        "account": [
            *((("follow", n, "account"), r.account) for n, r in enumerate(follow) if r.account),
            *(
                mention
                for n, watch in enumerate(watches)
                for place, side in _sides(n, watch)
                for mention in _accounts_of(side, place)
            ),
        ],
    }


def _sides(number: int, watch: WatchEntry) -> Iterator[tuple[Place, SideEntry]]:
    """Yield every choice of both sides of a watch, and where it stands."""
    for key, side in (("spend", watch.spend), ("results", watch.results)):
        yield ("watches", number, key), side
        for at, part in enumerate(side.also):
            yield ("watches", number, key, "also", at), part


def _in(names: Iterable[str]) -> Iterator[tuple[int, str]]:
    return iter(enumerate(names))


def _accounts_of(side: SideEntry, place: Place) -> Iterator[Mention]:
    if side.account is not None:
        yield (*place, "account"), side.account
    for number, account in enumerate(side.accounts):
        yield (*place, "accounts", number), account


def _strange_logins(file: InventoryFile, source: YamlSource) -> Iterator[Fault]:
    """An account can only be read by a login of its site; that of an import by nobody."""
    imports = _imports(file)
    for number, login in enumerate(file.logins or ()):
        for at, site in enumerate(login.sites):
            if site in imports:
                where = source.where(("logins", number, "sites", at))
                yield Fault(where, f"nobody signs in at {site}: it is an import", "leave it out")
    sites = {login.name: login.sites for login in file.logins or ()}
    for number, account in enumerate(file.accounts or ()):
        place = source.where(("accounts", number, "login"))
        if account.site in imports:
            if account.login is not None:
                yield Fault(place, f"nobody reads {account.site}: it is an import", "leave it out")
            continue
        if account.login is None:
            yield Fault(place, "is missing", "name the login that reads the account")
            continue
        has = sites.get(account.login)
        if has is not None and account.site not in has:
            what = f"the login {account.login} has no access to {account.site}"
            yield Fault(place, what, f"add {account.site} to the sites of {account.login}")


def _strange_kinds(file: InventoryFile, source: YamlSource) -> Iterator[Fault]:
    """An account of an import has no ads: a rule for any would match nothing, and say nothing."""
    imports = _imports(file)
    for number, watch in enumerate(file.watches or ()):
        for place, side in _sides(number, watch):
            if _sites_of(side) & imports and side.kind is not EntityKind.CHANNEL:
                what = "an account of an import is one thing, itself: a channel"
                yield Fault(source.where((*place, "kind")), what, "write kind: channel")


def _imports(file: InventoryFile) -> set[str]:
    return {one.name for one in file.sites or () if one.site_class == IMPORT}


def _metric_faults(
    side: SideEntry, source: YamlSource, place: Place, sites: Mapping[str, Site]
) -> Iterator[Fault]:
    for name in sorted(_sites_of(side) & sites.keys()):
        known = [metric.name for metric in sites[name].metrics]
        if side.metric not in known:
            what = f"the site {name} has no metric {side.metric}"
            yield Fault(source.where((*place, "metric")), what, suggest(side.metric, known))


def _spend_faults(
    side: SideEntry, source: YamlSource, place: Place, sites: Mapping[str, Site]
) -> Iterator[Fault]:
    for name in sorted(_sites_of(side) & sites.keys()):
        for metric in sites[name].metrics:
            if metric.name == side.metric and not is_money(metric):
                what = f"{metric.name} of {name} is no amount of money that grows"
                yield Fault(source.where((*place, "metric")), what, "name what the ads cost")


def is_money(metric: Metric) -> bool:
    """Whether a metric is an amount of money that grows, as the spend side of a watch needs."""
    return metric.unit is Unit.MONEY and metric.kind is not MetricKind.GAUGE


def _sites_of(side: SideEntry) -> set[str]:
    return {account.partition("/")[0] for account in side.all_accounts}
