"""`danga proxy`: the forward proxies, their health, and who goes through which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.login_commands import LoginArgument
from admin.output import Answer, Row
from domain.audit import person
from domain.errors import BadInput, Fault
from domain.proxy import Proxy
from workers.nearest import suggest
from workers.settings import who_asks

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.proxies import ProxyRest
    from workers.house import House

ProxyArgument = Annotated[str, typer.Argument(metavar="ID", help="An id of proxies.yaml.")]
ReasonOption = Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the audit.")]
_COLUMNS = {
    "id": "proxy",
    "server": "address",
    "labels": "labels",
    "provider": "provider",
    "exclusive": "for one login",
    "state": "state",
    "until": "until",
    "failures": "failures",
    "reason": "because",
    "logins": "logins",
}
_CHECKED = {"id": "proxy", "site": "to", "ok": "answers", "detail": ""}


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The forward proxies of proxies.yaml.")
    app.add_typer(group, name="proxy")
    command(group, "list", epilog=examples("danga proxy list", "danga proxy list --json"))(
        list_proxies
    )
    lines = ("danga proxy check seoul-1", "danga proxy check --all --site moment")
    command(group, "check", epilog=examples(*lines))(check)
    lines = (
        "danga proxy rest seoul-1 --minutes 120 --reason 'its operator works on it'",
        "danga proxy rest seoul-1 --end",
    )
    command(group, "rest", epilog=examples(*lines))(rest)
    command(group, "assign", epilog=examples("danga proxy assign kim seoul-2"))(assign)


def list_proxies(door: Door) -> None:
    """List the proxies: which are well, which rest until when and why, and who uses them."""
    from storage.proxies import ProxyBook
    from workers.house import House

    with door.engine() as engine:
        house = House(door.settings, engine)
        users, book = _users(engine), ProxyBook(engine)
        rests = {one.proxy_id: one for one in book.rests()}
        rows = [_row(proxy, rests.get(proxy.id), users[proxy.id]) for proxy in house.proxies]
    door.show(Answer("proxies", _COLUMNS, rows, nothing="No proxies, which is valid."))


def _users(engine: Engine) -> defaultdict[str, list[str]]:
    """The names of the logins that go through each proxy."""
    from storage.logins import LoginBook
    from storage.proxies import ProxyBook

    names = {one.id: one.name for one in LoginBook(engine).all() if one.proxy is not None}
    users: defaultdict[str, list[str]] = defaultdict(list)
    for one in ProxyBook(engine).assigned():
        if one.login_id in names:
            users[one.proxy_id].append(names[one.login_id])
    return users


def _row(proxy: Proxy, trouble: ProxyRest | None, logins: list[str]) -> Row:
    rests = trouble is not None and trouble.seconds_left > 0
    return {
        "id": proxy.id,
        "server": proxy.server,
        "labels": sorted(proxy.labels),
        "provider": proxy.provider,
        "exclusive": proxy.exclusive,
        "state": _state(trouble),
        "until": trouble.resting_until if trouble is not None and rests else None,
        "failures": trouble.failures if trouble is not None else 0,
        "reason": trouble.reason if trouble is not None else None,
        "logins": sorted(logins),
    }


def _state(trouble: ProxyRest | None) -> str:
    """A proxy whose rest is over is probed before a page is tried through it."""
    if trouble is None:
        return "well"
    if trouble.seconds_left > 0:
        return "rests"
    return "probed" if trouble.probed else "to be probed"


def check(
    door: Door,
    proxy: Annotated[str | None, typer.Argument(metavar="[ID]", help="This one only.")] = None,
    everyone: Annotated[bool, typer.Option("--all", help="All of proxies.yaml.")] = False,
    site: Annotated[
        str | None, typer.Option("--site", metavar="SITE", help="On the way to it. Default: any.")
    ] = None,
) -> None:
    """Ask a proxy for a way to a site; the site sees a connection and no request.

    One that fails is sent to rest, as a visit would. A running rest is not shortened: see
    `danga proxy rest ID --end`.
    """
    from workers.house import House

    if (proxy is None) == (not everyone):
        raise BadInput(Fault("danga proxy check", "wants one proxy, or --all"))
    with door.engine() as engine:
        house = House(door.settings, engine)
        chosen = house.proxies if proxy is None else (_known(house, proxy),)
        rows = _checked(house, chosen, site or _any_site(engine))
    door.show(Answer("proxies", _CHECKED, rows, nothing="No proxies, which is valid."))
    if not all(row["ok"] for row in rows):
        raise amiss()


def _checked(house: House, proxies: Sequence[Proxy], site: str) -> list[Row]:
    from storage.proxies import ProxyBook
    from workers.proxy_desk import ProxyDesk

    desk = ProxyDesk(house, person(who_asks()))
    rows: list[Row] = []
    for proxy in proxies:
        well = desk.check(proxy, site)
        rests = {one.proxy_id: one.reason for one in ProxyBook(house.engine).resting()}
        detail = rests.get(proxy.id, "")
        told = f"rests: {detail}" if well and detail else detail
        rows.append({"id": proxy.id, "site": site, "ok": well, "detail": told})
    return rows


def _any_site(engine: Engine) -> str:
    from storage.sites import SiteBook

    for site in SiteBook(engine).all():
        return site.name
    raise BadInput(Fault("danga proxy check", "no site is applied yet", "run `danga apply` first"))


def rest(
    door: Door,
    proxy: ProxyArgument,
    minutes: Annotated[
        float, typer.Option("--minutes", min=1, max=525_600, help="For so long.")
    ] = 60.0,
    end: Annotated[bool, typer.Option("--end", help="End its rest instead.")] = False,
    reason: ReasonOption = "",
) -> None:
    """Let nobody use a proxy for a while, or end its rest. Its logins wait, then move."""
    from storage.proxies import Backoff, ProxyBook
    from workers.house import House

    who = person(who_asks())
    with door.engine() as engine:
        known, book = _known(House(door.settings, engine), proxy), ProxyBook(engine)
        if end:
            book.end_rest(known.id, reason or "at a person's word", who)
        else:
            seconds = minutes * 60
            book.rest(known.id, Backoff(seconds, seconds), reason or f"{who.name} said so", who)
        until = {one.proxy_id: one.resting_until for one in book.resting()}.get(known.id)
    door.printer.record({"proxy": known.id, "rests_until": until})


def assign(
    door: Door,
    login: LoginArgument,
    proxy: Annotated[str, typer.Argument(metavar="ID", help="An id of proxies.yaml.")],
    reason: ReasonOption = "",
) -> None:
    """Let LOGIN go through another proxy from its next visit on.

    It has to be one that its wish in danga.yaml asks for. Such a move is recorded and does not
    count towards those that programs may make in a day.
    """
    from storage.logins import LoginBook
    from workers.house import House
    from workers.proxy_choice import fits
    from workers.proxy_desk import ProxyDesk

    with door.engine() as engine:
        house = House(door.settings, engine)
        known, chosen = LoginBook(engine).get(login), _known(house, proxy)
        wish = known.proxy
        if wish is None or not fits(wish, chosen):
            what = f"{login} goes out directly" if wish is None else "its wish is another"
            cure = f"change `proxy` of {login} in danga.yaml and apply it"
            raise BadInput(Fault(f"danga proxy assign {login} {proxy}", what, cure))
        ProxyDesk(house, person(who_asks())).give(known, wish, chosen, reason)
    door.printer.record({"login": login, "proxy": chosen.id})


def _known(house: House, name: str) -> Proxy:
    names = [proxy.id for proxy in house.proxies]
    if name not in names:
        raise BadInput(Fault(f"proxy {name}", "is none of proxies.yaml", suggest(name, names)))
    return house.proxies[names.index(name)]
