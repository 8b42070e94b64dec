"""The browser context of one login, kept warm between its visits.

A context belongs to one login and one proxy. It is brought to the vault's newest session by
cookies, which leaves the HTTP cache alone; where local storage differs it is built anew.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import ProxySettings

from crawler.errors import Stopped
from crawler.forwarder import Way
from crawler.ports import StoredSession
from crawler.request_meter import Tally
from crawler.tab import Surroundings, Tab
from crawler.trouble import name_trouble
from domain.proxy import Proxy
from domain.session import BrowserSession

_RESTORE_SESSION_STORAGE = """
const saved = %s[location.origin];
if (saved && sessionStorage.length === 0)
  for (const [name, value] of Object.entries(saved)) sessionStorage.setItem(name, value);
"""
_READ_SESSION_STORAGE = """() => {
  try { return [location.origin, {...sessionStorage}]; }
  catch { return [location.origin, {}]; }  // the browser's own error page lets nobody look
}"""
_MOST_MS = 10_000
_ONE_WINDOW = """
// Whatever would open a second window or a worker of many pages stays in this page or is not
// there: its requests would leave uncounted.
window.open = () => null;
delete window.SharedWorker;
const here = (element) => { if (element && element.target) element.target = '_self'; };
addEventListener('click', (event) => here(event.target.closest?.('a, area')), true);
addEventListener('submit', (event) => here(event.target), true);
for (const [kind, method] of [[HTMLElement, 'click'], [HTMLFormElement, 'submit']]) {
  const original = kind.prototype[method];
  kind.prototype[method] = function () { here(this); return original.apply(this, arguments); };
}
"""


class LoginContext:
    """A context with a blank page that keeps it warm and the tab in which visits read."""

    def __init__(
        self,
        browser: PlaywrightBrowser,
        stored: StoredSession | None,
        way: Way | None,
        around: Surroundings,
    ) -> None:
        session = stored.session if stored else BrowserSession()
        self.version = stored.version if stored else 0
        self._way = way
        self.hosts = around.hosts
        self._around = around
        self.warm_sites: set[str] = set()
        self._storage = _fingerprint(session)
        self._saved: BrowserSession | None = session
        self._session_storage = session.session_storage
        self._context = browser.new_context(
            storage_state=_storage_state(session),  # type: ignore[arg-type]
            proxy=None if way is None else ProxySettings(server=way.server),
            service_workers="block",
            accept_downloads=False,
            locale="ko-KR",
        )
        self._context.set_default_timeout(_MOST_MS)
        self._context.add_init_script(_ONE_WINDOW)
        self.tally = Tally()
        self._ours = 0
        self._context.on("page", self._on_page)
        self._open_blank_page()
        self.tab = self._new_tab()

    def fits(
        self, stored: StoredSession | None, proxy: Proxy | None, hosts: frozenset[str]
    ) -> bool:
        """Whether this context can serve the session: same proxy, hosts and local storage."""
        if self.tab.broken or hosts != self.hosts or not self._goes_through(proxy):
            return False
        if stored is None or stored.version == self.version:
            return True
        return _fingerprint(stored.session) == self._storage

    def _goes_through(self, proxy: Proxy | None) -> bool:
        if self._way is None or proxy is None:
            return self._way is None and proxy is None
        return self._way.proxy.leads_as(proxy)

    def bring_to(self, stored: StoredSession | None) -> None:
        """Take over the cookies of a newer session, which another worker may have saved."""
        if stored is None or stored.version == self.version:
            return
        self._context.clear_cookies()
        self._context.add_cookies(list(stored.session.cookies))  # type: ignore[arg-type]
        self.version, self._saved = stored.version, stored.session

    def session(self) -> BrowserSession:
        """Return what the browser holds now, to be saved.

        A page that no longer answers is not asked: then storage is as it was last known.

        Raises:
            Stopped: the browser is gone.
        """
        try:
            with self._around.bounded():
                return self._held()
        except PlaywrightError as error:
            raise Stopped(name_trouble(error)) from error

    def _held(self) -> BrowserSession:
        if self.tab.broken:
            before = self._saved or BrowserSession()
            return replace(before, cookies=tuple(map(dict, self._context.cookies())))
        state: dict[str, Any] = dict(self._context.storage_state())
        self._keep_session_storage()
        return BrowserSession(
            cookies=tuple(state.get("cookies", ())),
            origins=tuple(state.get("origins", ())),
            session_storage=self._session_storage,
            user_agent=self.tab.page.evaluate("() => navigator.userAgent"),
        )

    def _keep_session_storage(self) -> None:
        origin, items = self.tab.page.evaluate(_READ_SESSION_STORAGE)
        if items:
            self._session_storage = self._session_storage | {origin: items}

    def forget_saved(self) -> None:
        """What this context was opened with is not in the vault yet."""
        self._saved = None

    @property
    def last_session(self) -> BrowserSession | None:
        """The session as it was last loaded or saved."""
        return self._saved

    def changed(self, session: BrowserSession) -> bool:
        """Whether the browser holds anything else than what was last saved or loaded."""
        return session != self._saved

    def saved(self, session: BrowserSession, version: int) -> None:
        """Remember that `session` is the vault's `version`."""
        self._saved, self._storage, self.version = session, _fingerprint(session), version

    def renew_tab(self) -> None:
        """Replace the tab by a new one: its history and its page's state are gone.

        Session storage belongs to a tab, so it is handed on.
        """
        if not self.tab.broken:
            with suppress(PlaywrightError), self._around.bounded():
                self._keep_session_storage()
        fresh = self._new_tab()
        self.tab.close()
        self.tab = fresh

    def close(self) -> None:
        """Close the context and its pages."""
        try:
            self._context.close()
        finally:
            if self._way is not None:
                self._way.close()

    def _open_blank_page(self) -> None:
        """A context that has no other page costs twice the CPU for each new one."""
        self._ours += 1
        self._context.new_page()

    def _new_tab(self) -> Tab:
        self._ours += 1
        tab = Tab(self._context, self._around, self.tally, self._way)
        if self._session_storage:
            script = _RESTORE_SESSION_STORAGE % json.dumps(self._session_storage)
            tab.page.add_init_script(script)
        return tab

    def _on_page(self, page: BrowserPage) -> None:
        """Close a window that got through all the same, and charge what it has asked for."""
        if self._ours > 0:
            self._ours -= 1
            return
        self.tally.requests += 1
        page.close()


def _storage_state(session: BrowserSession) -> dict[str, Any]:
    return {"cookies": list(session.cookies), "origins": list(session.origins)}


def _fingerprint(session: BrowserSession) -> str:
    """A hash of what cookies alone cannot bring over."""
    held = json.dumps([session.origins, session.session_storage], sort_keys=True, default=list)
    return hashlib.sha256(held.encode()).hexdigest()
