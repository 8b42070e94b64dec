"""The one Chromium of a worker process: launched lazily, recycled, replaced when dead.

Contexts are kept warm, one per login. Every close is bounded in time: a browser that does not
answer is killed by its process ids, never waited for.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Self

import psutil
import structlog
from playwright.sync_api import Browser as PlaywrightBrowser
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Playwright, sync_playwright

from crawler.blocked import BLOCKED_URLS
from crawler.browser_path import BrowserProgram
from crawler.errors import Stopped
from crawler.forwarder import Forwarder, Way
from crawler.login_context import LoginContext
from crawler.ports import StoredSession
from crawler.tab import Surroundings
from crawler.trouble import name_trouble
from domain.clock import Clock
from domain.proxy import Proxy

log = structlog.get_logger(__name__)


FLAGS = (
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",  # the same, for the headless shell
    "--disable-quic",
)
"""What Chromium would send beside a context's proxy: WebRTC's and QUIC's UDP."""


@dataclass(frozen=True, slots=True)
class BrowserLimits:
    """When a browser is replaced, and how long it may take to answer."""

    visits: int = 150
    memory_bytes: int = 1_500 * 1024 * 1024
    """Proportional set size (PSS) of Chromium's whole process tree."""
    answer_seconds: float = 20.0
    """How long a close, or a look at a page, may take before the browser is killed."""


class Audience(Enum):
    """Who looks at the pages."""

    PROGRAM = auto()
    """Without a window, without pictures."""
    PERSON = auto()
    """A person signs in: in a window where the program can open one, with all pictures."""


class Browser:
    """Hands out the warm context of a login; `with Browser(...)` closes everything at the end."""

    def __init__(
        self,
        program: BrowserProgram,
        clock: Clock,
        limits: BrowserLimits | None = None,
        audience: Audience = Audience.PROGRAM,
    ) -> None:
        self._program = program
        self._audience = audience
        self._clock = clock
        self._limits = limits or BrowserLimits()
        self._playwright: Playwright | None = None
        self._browser: PlaywrightBrowser | None = None
        self._pids: tuple[int, ...] = ()
        self._forwarder: Forwarder | None = None
        self._contexts: dict[str, LoginContext] = {}
        self._visits = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def warm_logins(self) -> frozenset[str]:
        """The logins whose context is open here."""
        return frozenset(self._contexts)

    def open(
        self, login: str, stored: StoredSession | None, proxy: Proxy | None, hosts: frozenset[str]
    ) -> LoginContext:
        """Return the login's context, holding the newest session.

        Raises:
            Stopped: the browser cannot be started or failed twice.
        """
        self._visits += 1
        held = self._contexts.get(login)
        if held is not None and held.fits(stored, proxy, hosts):
            try:
                held.bring_to(stored)
            except PlaywrightError as error:
                log.warning("browser.replaced", login=login, because=name_trouble(error).detail)
                self.close()
            else:
                return held
        return self._build(login, stored, proxy, hosts)

    def reopen(
        self, login: str, stored: StoredSession | None, proxy: Proxy | None, hosts: frozenset[str]
    ) -> LoginContext:
        """Return a new context: a page in the old one could not be repaired.

        `stored` is what the old one held, which the vault may not know yet.
        """
        self.drop(login)
        context = self._build(login, stored, proxy, hosts)
        context.forget_saved()
        return context

    def user_agent(self) -> str:
        """Return how the pages of this browser call it; sites may bind a session to that.

        Raises:
            Stopped: the browser cannot be started.
        """
        try:
            protocol = self._launched().new_browser_cdp_session()
            version = protocol.send("Browser.getVersion")
            protocol.detach()
        except PlaywrightError as error:
            raise Stopped(name_trouble(error)) from error
        return str(version["userAgent"])

    def drop(self, login: str) -> None:
        """Close the login's context, if there is one."""
        context = self._contexts.pop(login, None)
        if context is None:
            return
        try:
            with self._bounded():
                context.close()
        except PlaywrightError as error:
            log.warning("context.lost", login=login, because=name_trouble(error).detail)
            self.close()

    def recycle(self) -> None:
        """Between visits: replace the browser when it has served long or grown large."""
        if self._browser is None:
            return
        if self._visits >= self._limits.visits or self.memory_bytes() > self._limits.memory_bytes:
            log.info("browser.recycled", visits=self._visits)
            self.close()

    def memory_bytes(self) -> int:
        """Return the PSS of the browser's processes; 0 when none runs."""
        total = 0
        for pid in self._pids:
            try:
                for process in (root := psutil.Process(pid), *root.children(recursive=True)):
                    total += process.memory_full_info().pss
            except psutil.Error:
                continue  # it ended while we looked: it holds no memory
        return total

    def close(self) -> None:
        """Close contexts, browser and driver; whatever does not answer is killed."""
        self._contexts.clear()
        browser, self._browser = self._browser, None
        playwright, self._playwright = self._playwright, None
        self._visits = 0
        for part in (browser.close if browser else None, playwright.stop if playwright else None):
            if part is None:
                continue
            try:
                with self._bounded():
                    part()
            except Exception as error:  # noqa: BLE001 - a dead driver raises anything; all of it means "gone"
                log.warning("browser.close_failed", because=type(error).__name__)
        self._kill()
        forwarder, self._forwarder = self._forwarder, None
        if forwarder is not None:
            forwarder.close()

    def _build(
        self, login: str, stored: StoredSession | None, proxy: Proxy | None, hosts: frozenset[str]
    ) -> LoginContext:
        self.drop(login)
        for last_try in (False, True):
            try:
                context = self._context(stored, proxy, hosts)
            except (PlaywrightError, Stopped) as error:
                verdict = error.verdict if isinstance(error, Stopped) else name_trouble(error)
                log.warning("browser.replaced", login=login, because=verdict.detail)
                self.close()
                if last_try:
                    raise Stopped(verdict) from error
            else:
                self._contexts[login] = context
                return context
        raise AssertionError("unreachable: the second try returns or raises")

    def _context(
        self, stored: StoredSession | None, proxy: Proxy | None, hosts: frozenset[str]
    ) -> LoginContext:
        blocked = BLOCKED_URLS if self._audience is Audience.PROGRAM else ()
        return LoginContext(
            self._launched(),
            stored,
            self._way(proxy),
            Surroundings(hosts, self._clock, blocked, self._bounded),
        )

    def _way(self, proxy: Proxy | None) -> Way | None:
        """A way of the context's own; one whose context fails ends with the browser."""
        if proxy is None:
            return None
        self._forwarder = self._forwarder or Forwarder()
        return self._forwarder.open(proxy)

    def _launched(self) -> PlaywrightBrowser:
        if self._browser is None:
            self._playwright = self._playwright or sync_playwright().start()
            self._browser = self._playwright.chromium.launch(
                executable_path=self._program.executable,
                chromium_sandbox=self._program.sandbox,
                args=FLAGS,
                headless=self._audience is Audience.PROGRAM or self._program.is_headless_shell,
            )
            self._pids = _process_ids(self._browser)
        return self._browser

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        watchdog = threading.Timer(self._limits.answer_seconds, self._kill)
        watchdog.daemon = True
        watchdog.start()
        try:
            yield
        finally:
            watchdog.cancel()

    def _kill(self) -> None:
        pids, self._pids = self._pids, ()
        for pid in pids:
            try:
                root = psutil.Process(pid)
                for process in (*root.children(recursive=True), root):
                    process.kill()
            except psutil.NoSuchProcess:
                continue  # closed as it should


def _process_ids(browser: PlaywrightBrowser) -> tuple[int, ...]:
    """The pid of Chromium's browser process, which is the parent of all others."""
    protocol = browser.new_browser_cdp_session()
    processes = protocol.send("SystemInfo.getProcessInfo")["processInfo"]
    protocol.detach()
    return tuple(process["id"] for process in processes if process["type"] == "browser")
