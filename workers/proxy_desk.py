"""Hand each login its proxy, and send one to rest; what is decided is in `proxy_choice.py`."""

from __future__ import annotations

from collections import Counter

import structlog

from domain.errors import DangaError
from domain.proxy import Proxy
from domain.verdict import Verdict, VerdictKind
from storage.logins import LoginRecord
from storage.proxies import ProxyBook, ProxyRest
from workers.house import House
from workers.proxy_choice import Assigned, Direct, NoProxy, Rest, choose_proxy

log = structlog.get_logger(__name__)


class NoProxyNow(DangaError):
    """Every proxy that this login may use rests, so it waits: it never goes out directly."""

    advice = "Run `danga doctor`; mend or add a proxy in proxies.yaml."

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(reason)
        self.seconds = seconds


class ProxyDesk:
    """The proxies of `proxies.yaml`, with who uses which and which ones rest."""

    def __init__(self, house: House) -> None:
        self._book = ProxyBook(house.engine)
        self._known = house.proxies
        self._now = house.clock.now()
        self._today = self._now.astimezone(house.settings.zone).date()

    def proxy_for(self, login: LoginRecord) -> Proxy | None:
        """Return the proxy that the login goes through now, None for a direct one.

        Raises:
            NoProxyNow: there is none for it at the moment.
        """
        if login.proxy is None:
            return None
        own = self._book.assignment(login.id)
        chosen = choose_proxy(
            login.proxy,
            self._known,
            {rest.proxy_id: _rest(rest) for rest in self._book.resting()},
            Assigned(own.proxy_id, own.moves_on(self._today)) if own else Assigned(),
            Counter(one.proxy_id for one in self._book.assigned()),
        )
        if isinstance(chosen, NoProxy):
            raise NoProxyNow(chosen.seconds, chosen.reason)
        if isinstance(chosen, Direct):
            return None
        if own is None or own.proxy_id != chosen.id:
            log.info("proxy.assigned", login=login.name, proxy=chosen.id)
            self._book.assign(login.id, chosen.id, self._now, self._today)
        return chosen

    def worked(self, proxy: Proxy) -> None:
        """Forget the failures of a proxy through which a page came."""
        self._book.worked(proxy.id)

    def rest(self, proxy: Proxy, seconds: float, verdict: Verdict) -> None:
        """Let nobody use the proxy for a while."""
        log.warning("proxy.rests", proxy=proxy.id, seconds=seconds, because=str(verdict.kind))
        self._book.rest(proxy.id, seconds, f"{verdict.kind}: {verdict.detail}")


def _rest(rest: ProxyRest) -> Rest:
    """The verdict that sent a proxy to rest stands first in the reason."""
    return Rest(rest.seconds_rested, rest.reason.startswith(f"{VerdictKind.REFUSED}:"))
