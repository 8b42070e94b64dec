"""Hand each login its proxy, and send one to rest; what is decided is in `proxy_choice.py`."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlsplit

import structlog

from crawler.errors import ProxyDown
from crawler.upstream import probe
from domain.audit import Actor
from domain.errors import DangaError
from domain.inventory import ProxyWish
from domain.proxy import Proxy
from domain.verdict import Verdict, VerdictKind
from storage.errors import ProxyTaken
from storage.logins import LoginBook, LoginRecord
from storage.proxies import Backoff, ProxyAssignment, ProxyBook, ProxyRest
from workers.follow_up import FOLLOW_UPS
from workers.house import House
from workers.proxy_choice import Assigned, Direct, NoProxy, Rest, choose_proxy
from workers.proxy_sharing import Holder, apart_from, closed_to, taken

log = structlog.get_logger(__name__)

PROBED = "probe"
"""What stands in a reason behind the verdict, where a probe and no page found out."""
_TAKEN_SECONDS = 5.0


class NoProxyNow(DangaError):
    """Every proxy that this login may use rests, so it waits: it never goes out directly."""

    advice = "Run `danga proxy list`; mend or add a proxy in proxies.yaml."

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds


class ProxyDesk:
    """The proxies of `proxies.yaml`, with who uses which and which ones rest.

    `actor` is who asks: every change is audited with it.
    """

    def __init__(self, house: House, actor: Actor) -> None:
        self._house = house
        self._actor = actor
        self._book = ProxyBook(house.engine)
        self._known = house.proxies
        self._now = house.clock.now()
        self._today = self._now.astimezone(house.settings.zone).date()

    def proxy_for(self, login: LoginRecord) -> Proxy | None:
        """Return the proxy that the login goes through now, None for a direct one.

        One whose rest is over is probed first: the site sees a connection and no request.

        Raises:
            NoProxyNow: there is none for it at the moment.
        """
        if login.proxy is None:
            return None
        for _another in range(len(self._known) + 1):
            chosen = self._chosen(login, login.proxy)
            if chosen is None:
                return None
            if self._is_well(chosen, login):  # before it is taken: a move is not to be wasted
                self._take(login, login.proxy, chosen)
                return chosen
        raise NoProxyNow(_TAKEN_SECONDS, "none of its proxies answers a probe")

    def worked(self, proxy: Proxy) -> None:
        """Forget the failures of a proxy through which a page came."""
        self._book.worked(proxy.id, self._actor)

    def rest(self, proxy: Proxy, backoff: Backoff, verdict: Verdict) -> float:
        """Let nobody use the proxy for a while; return the seconds."""
        reason = f"{verdict.kind}: {verdict.detail}"
        seconds = self._book.rest(proxy.id, backoff, reason, self._actor)
        log.warning("proxy.rests", proxy=proxy.id, seconds=seconds, because=str(verdict.kind))
        return seconds

    def holders(self) -> tuple[Holder, ...]:
        """Return who has which proxy, of the logins that still wish one."""
        wishes = {one.id: one.proxy for one in LoginBook(self._house.engine).all()}
        return tuple(
            Holder(one.login_id, one.proxy_id, one.since, wish)
            for one in self._book.assigned()
            if (wish := wishes.get(one.login_id)) is not None
        )

    def give(
        self,
        login: LoginRecord,
        wish: ProxyWish,
        proxy: Proxy,
        reason: str,
        after: ProxyRest | None = None,
    ) -> None:
        """Let the login go through the proxy from now on; `after` is the rest of its own one.

        Raises:
            ProxyTaken: another login has it, and they may not share it.
        """
        refused = int(after is not None and after.refused)
        wanted = ProxyAssignment(login.id, proxy.id, self._now, 0, self._today, refused)
        apart = apart_from(login.id, wish, proxy, self.holders())
        self._book.assign(wanted, self._actor, reason, apart)
        log.info("proxy.assigned", login=login.name, proxy=proxy.id)

    def _chosen(self, login: LoginRecord, wish: ProxyWish) -> Proxy | None:
        own = self._book.assignment(login.id)
        holders = self.holders()
        resting = {one.proxy_id: one for one in self._book.resting()}
        chosen = choose_proxy(
            wish,
            self._known,
            {name: Rest(one.seconds_rested, one.refused) for name, one in resting.items()},
            _standing(own, self._today),
            taken(holders, but=login.id),
            closed_to(login.id, wish, self._known, holders),
        )
        if isinstance(chosen, NoProxy):
            raise NoProxyNow(chosen.seconds, chosen.reason)
        return None if isinstance(chosen, Direct) else chosen

    def _take(self, login: LoginRecord, wish: ProxyWish, proxy: Proxy) -> None:
        own = self._book.assignment(login.id)
        if own is not None and own.proxy_id == proxy.id:
            return
        rest = next((r for r in self._book.resting() if own and r.proxy_id == own.proxy_id), None)
        try:
            self.give(login, wish, proxy, _why_it_moves(own, rest), rest)
        except ProxyTaken as lost:  # in this very moment: the next look finds another
            raise NoProxyNow(_TAKEN_SECONDS, str(lost)) from lost

    def _is_well(self, proxy: Proxy, login: LoginRecord) -> bool:
        """Whether a page may be tried through it: it has no trouble, or proves that it is over."""
        trouble = next((one for one in self._book.rests() if one.proxy_id == proxy.id), None)
        if trouble is None or trouble.probed:
            return True
        return self.check(proxy, login.sites[0])

    def check(self, proxy: Proxy, site: str) -> bool:
        """Probe the proxy on the way to a site, and note what was found.

        A running rest is not shortened: it has its reason.
        """
        host, port = host_and_port(self._house.policy(site).base_url)
        try:
            probe(proxy, host, port)
        except ProxyDown as down:
            backoff = FOLLOW_UPS[VerdictKind.PROXY_DOWN].proxy_rests
            assert backoff is not None
            self.rest(proxy, backoff, Verdict(VerdictKind.PROXY_DOWN, f"{PROBED}: {down.what}"))
            return False
        self._book.probed(proxy.id)
        return True


def refusals(house: House, site: str, but: Proxy | None) -> tuple[str, ...]:
    """Return the proxies that rest because a site refused them, other than one."""
    said = f"{VerdictKind.REFUSED}: {site}: "
    return tuple(
        one.proxy_id
        for one in ProxyBook(house.engine).resting()
        if one.reason.startswith(said) and (but is None or one.proxy_id != but.id)
    )


def host_and_port(url: str) -> tuple[str, int]:
    """Return where a tunnel to a url leads.

    >>> host_and_port("https://ads.example.com/")
    ('ads.example.com', 443)
    """
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _standing(own: ProxyAssignment | None, today: date) -> Assigned:
    if own is None:
        return Assigned()
    return Assigned(own.proxy_id, own.moves_on(today), own.refused_moves_on(today))


def _why_it_moves(own: ProxyAssignment | None, rest: ProxyRest | None) -> str:
    if own is None:
        return ""
    return f"{own.proxy_id} rests: {rest.reason}" if rest else f"{own.proxy_id} fits no longer"
