"""One browser page in which a visit reads; every failure leaves it as a verdict.

Waiting is for a mark of the site class, bounded by the class's own time; a page on which the
network fell silent without any mark is not waited for longer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass

from playwright.sync_api import BrowserContext
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from crawler.answers import AnswerCollector
from crawler.errors import Stopped
from crawler.forwarder import Way
from crawler.proxy_conversation import DOWN
from crawler.request_meter import RequestMeter, Tally
from crawler.site import Site
from crawler.snapshot import Snapshot
from crawler.trouble import name_trouble
from domain.clock import Clock
from domain.verdict import Verdict, VerdictKind

BLANK = "about:blank"
_POLL_MS = 200
_LINGER_MS = 3_000
_QUIET_SECONDS = 0.8
_LOOKS_WHILE_NAVIGATING = 10
_NAVIGATING = "page is navigating"
_EMPTY_ERROR_PAGE = "ERR_HTTP_RESPONSE_CODE_FAILURE"


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a tab is told: the hosts that count, the business clock, the urls never asked for."""

    hosts: frozenset[str]
    clock: Clock
    blocked: Sequence[str] = ()
    bounded: Callable[[], AbstractContextManager[None]] = nullcontext
    """Ends the browser when what is done inside takes too long: scripts may never end."""


class Tab:
    """A page of a login's context, with its meter and its answers.

    `broken` is set once the page can no longer be trusted to answer (a navigation that timed
    out, a crash): whoever owns the context closes it.
    """

    def __init__(
        self, context: BrowserContext, around: Surroundings, tally: Tally, way: Way | None = None
    ) -> None:
        self._clock = around.clock
        self._bounded = around.bounded
        self.broken = False
        self._way = way
        with self._named():
            self.page = context.new_page()
            self._protocol = context.new_cdp_session(self.page)
            self._meter = RequestMeter(self.page, self._protocol, around.hosts, tally)
            self._answers = AnswerCollector(self.page, around.hosts)
            self._protocol.send("Network.enable")
            self._protocol.send("Network.setBlockedURLs", {"urls": list(around.blocked)})

    def go(self, url: str, site: Site) -> None:
        """Open `url` as a document and wait until it shows a mark or falls silent.

        The way back from it ends on a blank page, never on a page that was read before.

        Raises:
            Stopped: browser, proxy or network failed.
        """
        self.rest()
        self._begin()
        with self._named():
            self.page.goto(url, wait_until="commit", timeout=site.ready_within_seconds * 1000)
        self.wait(site)

    def reload(self, site: Site) -> None:
        """Ask for the document again."""
        self._begin()
        with self._named():
            self.page.reload(wait_until="commit", timeout=site.ready_within_seconds * 1000)
        self.wait(site)

    def back(self, site: Site) -> None:
        """Go back one entry of the history; judged by what the page then shows."""
        if self.page.url == BLANK:
            return  # behind it stands the page that was read before
        with self._named():
            self.page.go_back(wait_until="commit", timeout=site.ready_within_seconds * 1000)
        self.wait(site)

    def forward(self, site: Site) -> None:
        """Go forward one entry of the history."""
        with self._named():
            self.page.go_forward(wait_until="commit", timeout=site.ready_within_seconds * 1000)
        self.wait(site)

    def dismiss(self, site: Site) -> None:
        """Click what the class names as the overlay's close."""
        marks = site.marks
        with self._named():
            self.page.click(marks.overlay_close, timeout=5_000)
            self.page.wait_for_selector(marks.overlay, state="detached", timeout=5_000)

    def linger(self) -> None:
        """Give a page that has begun to render time to change, once."""
        with self._named(), self._bounded():
            before = self.page.evaluate("() => document.body.innerHTML.length")
            try:
                self.page.wait_for_function(
                    "before => document.body.innerHTML.length !== before",
                    arg=before,
                    timeout=_LINGER_MS,
                )
            except PlaywrightTimeout:
                return  # it stays as it is: the next look says so

    def wait(self, site: Site) -> None:
        """Wait for a mark of the class, or for silence without one."""
        wanted = ", ".join(_marks_to_wait_for(site))
        deadline = time.monotonic() + site.ready_within_seconds
        with self._named():
            while time.monotonic() < deadline:
                try:
                    self.page.wait_for_selector(wanted, state="attached", timeout=_POLL_MS)
                    return
                except PlaywrightTimeout:
                    if self._meter.quiet_for() > _QUIET_SECONDS:
                        return

    def snapshot(self) -> Snapshot:
        """Return what the page shows now.

        Raises:
            Stopped: browser, proxy or network failed.
        """
        status = self._status()
        if status == DOWN and self._way and self._way.fault:
            raise Stopped(Verdict(VerdictKind.PROXY_DOWN, self._way.fault))
        with self._named(), self._bounded():
            return Snapshot(
                url=self.page.url,
                status=status,
                html=self._html(),
                answers=self._answers.collect(),
                taken_at=self._clock.now(),
                retry_after_seconds=self._answers.retry_after_seconds,
            )

    def _html(self) -> str:
        """Return the document; one that is just being replaced has none for a moment."""
        for _look in range(_LOOKS_WHILE_NAVIGATING):
            try:
                return self.page.content()
            except PlaywrightError as error:
                if _NAVIGATING not in str(error):
                    raise
                self.page.wait_for_timeout(_POLL_MS)
        return self.page.content()

    def take_first_byte_ms(self) -> float | None:
        """Return how long a new document's first byte took, once; None: there was none."""
        taken, self._answers.first_byte_ms = self._answers.first_byte_ms, None
        return taken

    def screenshot(self) -> bytes | None:
        """Return the page as PNG, or None where the browser can no longer give one."""
        if self.broken:
            return None
        try:
            return self.page.screenshot(timeout=5_000)
        except PlaywrightError:
            return None

    def rest(self) -> None:
        """Leave the site: a page that is left open may go on asking for things."""
        with self._named():
            self.page.goto(BLANK, timeout=5_000)

    def close(self) -> None:
        """Close the page; one that is gone already is closed."""
        with self._named():
            self.page.close()

    def shows(self, selector: str) -> bool:
        """Whether an element stands on the page now."""
        with self._named(), self._bounded():
            return self.page.query_selector(selector) is not None

    def _status(self) -> int | None:
        """Some proxies ask for their password with 401: sites with a form never challenge so."""
        proxy_asks = self._way is not None and self._answers.challenged
        return DOWN if proxy_asks else self._answers.status

    def _begin(self) -> None:
        if self._way is not None:
            self._way.fault = None
        self._answers.begin()
        self._meter.begin()

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except PlaywrightError as error:
            if _EMPTY_ERROR_PAGE in str(error) and self._answers.status is not None:
                return  # an error status without a body: the snapshot judges the status
            verdict = self._explained(name_trouble(error))
            self.broken = self.broken or _is_final(error, verdict.kind)
            raise Stopped(verdict) from error

    def _explained(self, verdict: Verdict) -> Verdict:
        """The browser knows that its proxy failed; the way knows why."""
        fault = self._way.fault if self._way else None
        if verdict.kind is not VerdictKind.PROXY_DOWN or not fault:
            return verdict
        return Verdict(verdict.kind, fault)


def _is_final(error: PlaywrightError, kind: VerdictKind) -> bool:
    """After a timed-out navigation a page may never answer again."""
    return kind is VerdictKind.OURS or isinstance(error, PlaywrightTimeout)


def _marks_to_wait_for(site: Site) -> Iterator[str]:
    marks = site.marks
    yield marks.ready or f"{marks.root}:not(:empty)"
    for mark in (
        marks.sign_in,
        marks.captcha,
        marks.consent,
        marks.second_factor,
        marks.bad_credentials,
        marks.refused,
        marks.overloaded,
        marks.maintenance,
        marks.gone,
    ):
        if mark:
            yield mark
