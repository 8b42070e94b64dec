"""Which proxies are down for one cause: a provider's outage is one message, not forty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.proxy import Proxy
from storage.logins import LoginBook
from storage.proxies import ProxyBook, ProxyRest
from workers.house import House

PROVIDER, LABEL, PROXY = "provider", "label", "proxy"


@dataclass(frozen=True, slots=True)
class Outage:
    """All proxies of a provider or of a label rest, or one alone does.

    `since` and `until` (the first of them to return) are on the database's clock. `logins` are
    those that went through them.
    """

    kind: str
    name: str
    proxies: tuple[str, ...]
    since: datetime
    until: datetime
    reasons: tuple[str, ...]
    logins: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        """`provider example`, `label kr` or `proxy kr-1`: the key of one message."""
        return f"{self.kind} {self.name}"


def outages(house: House) -> tuple[Outage, ...]:
    """Return what is down now, each cause once: providers, labels, then single proxies."""
    book = ProxyBook(house.engine)
    names = {one.id: one.name for one in LoginBook(house.engine).all()}
    users: dict[str, list[str]] = {}
    for one in book.assigned():
        if one.login_id in names:
            users.setdefault(one.proxy_id, []).append(names[one.login_id])
    resting = {one.proxy_id: one for one in book.resting()}
    return causes(house.proxies, resting, users)


def all_down(house: House) -> tuple[Outage, ...]:
    """Return the providers and labels of which no proxy is left."""
    return tuple(one for one in outages(house) if one.kind != PROXY)


def causes(
    known: Sequence[Proxy],
    resting: Mapping[str, ProxyRest],
    users: Mapping[str, Sequence[str]],
) -> tuple[Outage, ...]:
    """Tell the causes apart. A group of one is told as that proxy, and none is told twice."""
    told: set[str] = set()
    found = []
    for kind, name, members in _groups(known):
        down = [one for one in members if one in resting]
        whole = kind == PROXY or (len(members) > 1 and len(down) == len(members))
        if down and whole and not told >= set(down):
            told.update(down)
            found.append(_outage(kind, name, [resting[one] for one in down], users))
    return tuple(found)


def _groups(known: Sequence[Proxy]) -> Iterator[tuple[str, str, list[str]]]:
    for provider in sorted({one.provider for one in known if one.provider is not None}):
        yield PROVIDER, provider, [one.id for one in known if one.provider == provider]
    for label in sorted({label for one in known for label in one.labels}):
        yield LABEL, label, [one.id for one in known if label in one.labels]
    for one in known:
        yield PROXY, one.id, [one.id]


def _outage(
    kind: str, name: str, rests: Sequence[ProxyRest], users: Mapping[str, Sequence[str]]
) -> Outage:
    return Outage(
        kind,
        name,
        tuple(one.proxy_id for one in rests),
        min(one.rested_at for one in rests),
        min(one.resting_until for one in rests),
        tuple(sorted({one.reason for one in rests})),
        tuple(sorted(login for one in rests for login in users.get(one.proxy_id, ()))),
    )
