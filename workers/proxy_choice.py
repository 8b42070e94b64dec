"""Which proxy a login goes through: its own, until that one rests. Pure.

A login keeps its proxy, as sites bind sessions to addresses. When the proxy rests, its logins
wait first, as most trouble passes; only then they move, to one of the same label, and only so
often a day. Nobody goes out directly unless the login's wish allows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.inventory import ProxyWish
from domain.proxy import Proxy

FIRST_WAIT_SECONDS = 10 * 60.0
LATER_SECONDS = 5 * 60.0
"""How long a login waits that may not move, until somebody looks again."""
MOVES_A_DAY = 2
MOVES_WHEN_REFUSED = 1
"""The same refusal through two addresses means us, not the address."""


@dataclass(frozen=True, slots=True)
class Direct:
    """No proxy, by the login's own wish."""


@dataclass(frozen=True, slots=True)
class NoProxy:
    """None may be used now; `reason` is for the visit's row."""

    reason: str
    seconds: float = LATER_SECONDS


@dataclass(frozen=True, slots=True)
class Assigned:
    """Where a login stands: its proxy, and how often it moved on this business date."""

    proxy_id: str | None = None
    moves_today: int = 0
    refused_moves_today: int = 0
    """How many of them because a site refused its proxy."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A proxy that may not be used now: since when, and whether a site refused it."""

    for_seconds: float
    refused: bool = False


def choose_proxy(
    wish: ProxyWish | None,
    known: Sequence[Proxy],
    resting: Mapping[str, Rest],
    assigned: Assigned,
    taken: Counter[str],
    closed: frozenset[str] = frozenset(),
) -> Proxy | Direct | NoProxy:
    """Return the proxy to use now. `taken` counts the logins of each proxy: the emptiest wins.

    `closed` are the proxies that this login may not share with those who have them.

    >>> kr = frozenset({"kr"})
    >>> a, b = Proxy("a", "http://a:1", labels=kr), Proxy("b", "http://b:1", labels=kr)
    >>> wish = ProxyWish(label="kr")
    >>> choose_proxy(wish, [a, b], {}, Assigned("b"), Counter()).id
    'b'
    >>> choose_proxy(wish, [a, b], {"b": Rest(60)}, Assigned("b"), Counter())
    NoProxy(reason='its proxy b rests; it moves when that lasts', seconds=540.0)
    >>> choose_proxy(wish, [a, b], {"b": Rest(660)}, Assigned("b"), Counter()).id
    'a'
    >>> choose_proxy(wish, [a, b], {"b": Rest(660)}, Assigned("b", moves_today=2), Counter())
    NoProxy(reason='its proxy b rests, and it has moved 2 times today', seconds=300.0)
    """
    if wish is None:
        return Direct()
    suitable = [proxy for proxy in known if fits(wish, proxy)]
    fitting = [proxy for proxy in suitable if proxy.id not in closed]
    own = next((proxy for proxy in fitting if proxy.id == assigned.proxy_id), None)
    if own is not None and own.id not in resting:
        return own
    rest = resting[own.id] if own is not None else None
    if own is not None and rest is not None and rest.for_seconds < FIRST_WAIT_SECONDS:
        reason = f"its proxy {own.id} rests; it moves when that lasts"
        return NoProxy(reason, FIRST_WAIT_SECONDS - rest.for_seconds)
    bound = _bound(rest, assigned)
    free = [] if bound else [proxy for proxy in fitting if proxy.id not in resting]
    if free:
        return min(free, key=lambda proxy: (taken[proxy.id], proxy.id))
    return Direct() if wish.direct_allowed else NoProxy(bound or _why_none(wish, suitable, fitting))


def _bound(rest: Rest | None, assigned: Assigned) -> str:
    """Return why the login may not move any more today, or nothing."""
    if rest is None:
        return ""
    refused = rest.refused and assigned.refused_moves_today >= MOVES_WHEN_REFUSED
    if not refused and assigned.moves_today < MOVES_A_DAY:
        return ""
    why = "once today because it was refused" if refused else f"{assigned.moves_today} times today"
    return f"its proxy {assigned.proxy_id} rests, and it has moved {why}"


def fits(wish: ProxyWish, proxy: Proxy) -> bool:
    """Whether the proxy is one that the wish asks for."""
    return proxy.id == wish.id if wish.id else wish.label is None or wish.label in proxy.labels


def _why_none(wish: ProxyWish, suitable: Sequence[Proxy], fitting: Sequence[Proxy]) -> str:
    if fitting:
        return f"all its proxies rest: {', '.join(proxy.id for proxy in fitting)}"
    if suitable:
        names = ", ".join(proxy.id for proxy in suitable)
        return f"its proxies may not be shared with those who have them: {names}"
    return f"proxies.yaml has none that fits: {wish.id or wish.label or 'any'}"
