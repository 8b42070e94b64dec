"""The browser against pages that nobody would build on purpose, on a small site of our own."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest

from crawler.browser import Browser, BrowserLimits
from crawler.browser_path import find_browser
from crawler.errors import Stopped
from crawler.login_context import LoginContext
from crawler.marks import Marks
from crawler.page import Expected, Page, Wanted
from crawler.ports import StoredSession
from crawler.site import Site
from crawler.snapshot import Snapshot
from domain.account import AccountKey
from domain.clock import SystemClock
from domain.metric import Metric
from domain.reading import Reading
from domain.verdict import VerdictKind

READY = "<html><body><div id='app'>ready</div>{}</body></html>"
Serve = Callable[[str, str], None]


class SmallSite:
    """Serves what a test put at a path, and counts what was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, str]] = {}
        self.asked: Counter[str] = Counter()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def put(self, path: str, body: str, status: int = 200) -> None:
        self.pages[path] = (status, body)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                path = self.path.split("?")[0]
                site.asked[path] += 1
                status, body = site.pages.get(path, (404, ""))
                content = body.encode()
                self.send_response(status)
                kind = "text/javascript" if path.endswith(".js") else "text/html"
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_args: Any) -> None:
                return None

        return Handler


class Plain(Site):
    """A site class that only waits and looks."""

    metrics: ClassVar[tuple[Metric, ...]] = ()
    marks = Marks(root="#app", ready="#app")
    ready_within_seconds = 3.0

    def lobby(self) -> Page:
        return Page("lobby", self.base_url)

    def pages(self, account: AccountKey, wanted: Wanted, day: date | None) -> Sequence[Page]:
        return []

    def extract(self, snapshot: Snapshot, expected: Expected) -> Sequence[Reading]:
        return []


@pytest.fixture
def small() -> Iterator[SmallSite]:
    site = SmallSite()
    thread = threading.Thread(target=site.server.serve_forever, daemon=True)
    thread.start()
    yield site
    site.server.shutdown()
    site.server.server_close()
    thread.join()


@pytest.fixture
def plain(small: SmallSite) -> Plain:
    return Plain("plain", small.url)


@pytest.fixture
def context(browser: Browser, plain: Plain) -> Iterator[LoginContext]:
    yield browser.open("mina", None, None, plain.hosts)
    browser.drop("mina")


def test_nothing_that_a_page_opens_leaves_uncounted(
    small: SmallSite, plain: Plain, context: LoginContext
) -> None:
    script = """<script>
      const link = document.createElement('a');
      link.href = '/popup'; link.target = '_blank';
      setTimeout(() => link.click(), 50);
      try { new SharedWorker('/shared.js'); } catch {}
      window.open('/opened');
      new Worker('/worker.js');
    </script><iframe src="/frame"></iframe>"""
    small.put("/page", READY.format(script))
    small.put("/popup", READY.format(""))
    small.put("/frame", "<p>frame</p>")
    small.put("/worker.js", "fetch('/from-worker')")
    context.tab.go(f"{small.url}/page", plain)
    context.tab.page.wait_for_url("**/popup")
    context.tab.wait(plain)
    context.tab.linger()
    assert small.asked["/opened"] == small.asked["/shared.js"] == 0
    assert small.asked["/popup"] == 1
    assert context.tally.requests >= small.asked.total()


def test_what_a_worker_asks_for_while_its_page_is_left_is_counted(
    small: SmallSite, plain: Plain, context: LoginContext
) -> None:
    script = """<script>
      const worker = new Worker('/worker.js');
      worker.onmessage = () => { location = '/next'; };
    </script>"""
    small.put("/page", READY.format(script))
    small.put("/worker.js", "fetch('/from-worker'); postMessage('leave')")
    small.put("/next", READY.format(""))
    for _round in range(5):
        context.tab.go(f"{small.url}/page", plain)
        context.tab.page.wait_for_url("**/next")
        context.tab.wait(plain)
    context.tab.rest()
    assert small.asked["/worker.js"] == small.asked["/next"] == 5
    assert context.tally.requests >= small.asked.total()


def test_a_script_that_never_ends_costs_a_browser_and_not_the_process(
    small: SmallSite, plain: Plain
) -> None:
    small.put("/page", READY.format("<script>setTimeout(() => { while (true) {} }, 50)</script>"))
    seen: list[VerdictKind] = []

    def look() -> None:
        limits = BrowserLimits(answer_seconds=2.0)
        with Browser(find_browser(), SystemClock(), limits) as browser:
            tab = browser.open("mina", None, None, plain.hosts).tab
            tab.go(f"{small.url}/page", plain)
            tab.page.wait_for_timeout(200)
            try:
                tab.snapshot()
            except Stopped as stop:
                seen.append(stop.verdict.kind)

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(60)
    assert seen == [VerdictKind.OURS]


def test_the_status_is_that_of_the_document_and_not_of_a_frame(
    small: SmallSite, plain: Plain, context: LoginContext
) -> None:
    small.put("/page", READY.format('<iframe src="/frame"></iframe>'), status=500)
    small.put("/frame", "<p>fine</p>")
    context.tab.go(f"{small.url}/page", plain)
    context.tab.linger()
    assert context.tab.snapshot().status == 500


def test_a_script_that_was_refused_as_too_much_is_seen(
    small: SmallSite, plain: Plain, context: LoginContext
) -> None:
    small.put("/page", READY.format('<script src="/app.js"></script>'))
    small.put("/app.js", "slow down", status=429)
    context.tab.go(f"{small.url}/page", plain)
    context.tab.linger()
    assert [answer.status for answer in context.tab.snapshot().answers] == [429]


def test_going_back_never_ends_on_a_page_that_was_read_before(
    small: SmallSite, plain: Plain, context: LoginContext
) -> None:
    small.put("/first", READY.format("first"))
    small.put("/second", "<html><body></body></html>")
    context.tab.go(f"{small.url}/first", plain)
    context.tab.go(f"{small.url}/second", plain)
    for _try in range(3):
        context.tab.back(plain)
    assert "first" not in context.tab.snapshot().html


def test_session_storage_goes_on_in_a_new_tab_and_in_a_new_context(
    small: SmallSite, plain: Plain, context: LoginContext, browser: Browser
) -> None:
    small.put("/page", READY.format("<script>sessionStorage.token ||= 'one'</script>"))
    context.tab.go(f"{small.url}/page", plain)
    context.tab.page.evaluate("() => { sessionStorage.token = 'two' }")
    context.renew_tab()
    context.tab.go(f"{small.url}/page", plain)
    held = context.session()
    assert held.session_storage[small.url]["token"] == "two"
    again = browser.reopen("mina", StoredSession(0, held), None, plain.hosts)
    again.tab.go(f"{small.url}/page", plain)
    assert again.session().session_storage[small.url]["token"] == "two"
    assert again.changed(held), "what a new context was opened with is not saved yet"
