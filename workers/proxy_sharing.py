"""Who may share a proxy with whom: pure.

A proxy may be one login's alone (`exclusive` in proxies.yaml), and a login may want one for
itself (`exclusive` in its wish). Whoever had it first keeps it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.inventory import ProxyWish
from domain.proxy import Proxy
from workers.proxy_choice import fits


@dataclass(frozen=True, slots=True)
class Holder:
    """A login that has a proxy, since when, and what it wishes."""

    login_id: int
    proxy_id: str
    since: datetime
    wish: ProxyWish


def taken(holders: Iterable[Holder], but: int) -> Counter[str]:
    """Return how many logins each proxy has, without the login `but`."""
    return Counter(one.proxy_id for one in holders if one.login_id != but)


def apart_from(
    login_id: int, wish: ProxyWish, proxy: Proxy, holders: Iterable[Holder]
) -> frozenset[int]:
    """Return the logins with which this one may not share the proxy, whoever has it."""
    alone = proxy.exclusive or wish.exclusive
    return frozenset(
        one.login_id
        for one in holders
        if one.login_id != login_id and (alone or one.wish.exclusive)
    )


def closed_to(
    login_id: int, wish: ProxyWish, known: Iterable[Proxy], holders: Sequence[Holder]
) -> frozenset[str]:
    """Return the proxies that this login may not use, as another has them and had them first."""
    mine = next((one for one in holders if one.login_id == login_id), None)
    return frozenset(
        proxy.id
        for proxy in known
        if any(
            one.login_id in apart_from(login_id, wish, proxy, holders)
            and one.proxy_id == proxy.id
            and not _was_later(one, mine)
            for one in holders
        )
    )


def _was_later(other: Holder, mine: Holder | None) -> bool:
    if mine is None or mine.proxy_id != other.proxy_id:
        return False
    return (other.since, other.login_id) > (mine.since, mine.login_id)


def left_over(wishes: Mapping[str, ProxyWish], known: Sequence[Proxy]) -> tuple[str, ...]:
    """Return the logins for which no proxy is left, however they are handed out.

    Whoever needs one alone is matched with one of its own (augmenting paths); the others share
    what then remains, and are left over where nothing does.
    """
    options = {
        name: [proxy for proxy in known if fits(wish, proxy)] for name, wish in wishes.items()
    }
    alone = [
        name
        for name, wish in wishes.items()
        if options[name] and (wish.exclusive or all(one.exclusive for one in options[name]))
    ]
    owner: dict[str, str] = {}

    def place(name: str, tried: set[str]) -> bool:
        for proxy in options[name]:
            if proxy.id in tried:
                continue
            tried.add(proxy.id)
            if proxy.id not in owner or place(owner[proxy.id], tried):
                owner[proxy.id] = name
                return True
        return False

    missing = [name for name in alone if not place(name, set())]
    for name in (one for one in wishes if options[one] and one not in alone):
        shared = [
            one.id
            for one in options[name]
            if not one.exclusive and owner.get(one.id, name) not in alone
        ]
        if shared:
            owner.setdefault(shared[0], name)
        elif not place(name, set()):
            missing.append(name)
    return tuple(missing)
