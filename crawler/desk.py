"""The browser side of one login's visit: every action on a page, none of the deciding.

Methods are named in the past tense because their names are what the visit's row will say.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from crawler.browser import Browser
from crawler.class_guard import answered, guarded
from crawler.errors import Stopped
from crawler.login_context import LoginContext
from crawler.page import Expected, Page
from crawler.ports import CredentialsKeeper, StoredSession
from crawler.request_meter import Tally
from crawler.site import Site
from crawler.snapshot import Snapshot
from crawler.tab import Tab
from domain.credentials import Credentials
from domain.proxy import Proxy
from domain.verdict import Verdict, VerdictKind


class Desk:
    """A login's context with the page it reads; replaces tab and context where that repairs."""

    def __init__(
        self,
        browser: Browser,
        login: str,
        proxy: Proxy | None,
        hosts: frozenset[str],
        credentials: CredentialsKeeper,
        breath: Callable[[], None],
    ) -> None:
        self._browser = browser
        self.login = login
        self._proxy = proxy
        self._hosts = hosts
        self._credentials = credentials
        self._breath = breath
        self._context: LoginContext | None = None
        self._may_sign_in = True
        self.typed: Credentials | None = None
        """The credentials this visit has typed: they may stand on a page it keeps."""
        self._before = Tally()
        """What contexts sent that this visit has replaced, less what was sent before it."""

    def sit_down(self, stored: StoredSession | None) -> None:
        """Bring the login's context to the newest session.

        Raises:
            Stopped: there is no browser to be had.
        """
        self._context = self._browser.open(self.login, stored, self._proxy, self._hosts)
        self._before = Tally() - self._context.tally

    @property
    def context(self) -> LoginContext:
        """The login's context."""
        assert self._context is not None, "sit_down() comes first"
        return self._context

    @property
    def tab(self) -> Tab:
        """The tab in which the page stands now."""
        return self.context.tab

    @property
    def sent(self) -> Tally:
        """What this visit has sent and received so far, over all its tabs and contexts."""
        return self._before + self._context.tally if self._context else Tally()

    @property
    def requests(self) -> int:
        """Network requests of this visit so far."""
        return self.sent.requests

    @property
    def warm(self) -> bool:
        """Whether the site's assets are in this context's cache already."""
        return self.site.name in self.context.warm_sites

    def turn_to(self, site: Site, page: Page, expected: Expected) -> None:
        """Say which page the following actions are about."""
        self.site, self.page, self.expected = site, page, expected

    def opened(self) -> None:
        """Open the page's address as a document."""
        self.tab.go(self.page.url, self.site)
        self.context.warm_sites.add(self.site.name)

    def went_back(self) -> None:
        """Go back one entry: a single-page app often renders then."""
        self.tab.back(self.site)

    def went_forward(self) -> None:
        """Go forward one entry."""
        self.tab.forward(self.site)

    def reloaded(self) -> None:
        """Ask for the document again."""
        self.tab.reload(self.site)

    def waited(self) -> None:
        """Give a half-rendered page time to become whole."""
        self.tab.linger()

    def dismissed_overlay(self) -> None:
        """Close the overlay that the class names, and only that."""
        if self.site.marks.overlay_close:
            self.tab.dismiss(self.site)

    def took_new_tab(self) -> None:
        """Open the page in a new tab: without history and without the old page's state."""
        self.context.renew_tab()
        self.opened()

    def tried_again(self) -> None:
        """Open the page once more after a short breath: a network's hiccup passes."""
        self._breath()
        self.took_new_tab()

    def took_new_context(self) -> None:
        """Open the page in a new context with the same session and an empty cache."""
        stored = StoredSession(self.context.version, self.context.session())
        before = self.context
        self._context = self._browser.reopen(self.login, stored, self._proxy, self._hosts)
        self._before += before.tally
        self.opened()

    def set_view_right(self) -> None:
        """Let the class bring period or columns back, then wait for the page."""
        if guarded(self.site, "set_right", self.tab.page, self.expected):
            self.tab.wait(self.site)

    def signed_in(self) -> None:
        """Type the login's credentials into the site's form: once in a visit, never elsewhere.

        Raises:
            Stopped: there are no credentials, the class has no login, it was tried already, or
                it has to wait.
            DangaError: the lease was lost; nothing was typed.
        """
        credentials = self._fit_credentials()
        self._find_form()
        if urlsplit(self.tab.page.url).hostname not in self.site.hosts:
            raise Stopped(Verdict(VerdictKind.SIGNED_OUT, "the sign-in page is on a foreign host"))
        self._may_sign_in = False
        self._credentials.about_to_type(credentials)
        self.typed = credentials
        guarded(self.site, "login", self.tab.page, credentials)
        self.tab.wait(self.site)

    def _find_form(self) -> None:
        """A 401 alone shows no form: the lobby leads to it."""
        form = self.site.marks.sign_in
        if form and not self.tab.shows(form):
            self.tab.go(self.site.lobby().url, self.site)
            if not self.tab.shows(form):
                raise Stopped(Verdict(VerdictKind.SIGNED_OUT, "no sign-in form appeared"))

    def look(self) -> Snapshot:
        """Return what the page shows now."""
        return self.tab.snapshot()

    def judge(self, snapshot: Snapshot) -> Verdict:
        """Return the class's verdict of what the page showed."""
        return answered(self.site, "classify", Verdict, snapshot, self.expected)

    def leave(self) -> None:
        """End the visit on a blank page; a tab that cannot be trusted takes its context along."""
        if self._context is not None and not self._rests(self._context.tab):
            self._browser.drop(self.login)
        self._browser.recycle()

    @staticmethod
    def _rests(tab: Tab) -> bool:
        if tab.broken:
            return False
        try:
            tab.rest()
        except Stopped:
            return False
        return True

    def _fit_credentials(self) -> Credentials:
        if not self._may_sign_in:
            raise Stopped(Verdict(VerdictKind.SIGNED_OUT, "signed out again after one login"))
        if not self.site.can_login:
            raise Stopped(Verdict(VerdictKind.SIGNED_OUT, "this site is signed in by a person"))
        credentials = self._credentials.load()
        if credentials is None:
            raise Stopped(Verdict(VerdictKind.SIGNED_OUT, "no password is stored for this login"))
        return credentials
