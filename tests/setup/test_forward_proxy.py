"""The forward proxy of the tests, and what a real browser needs to speak through it.

Every site of the tests is on 127.0.0.1, which Chromium never proxies unless it is told to.
Playwright tells it, for a proxy of the whole browser and for one of a context alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from playwright.sync_api import Browser, ProxySettings, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from crawler.browser_path import find_browser
from tests.proxy_server import ForwardProxy, forward_proxy


class Mirror(BaseHTTPRequestHandler):
    """Answers with the address that the request came from."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.client_address[0].encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def mirror() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mirror)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find_browser()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=program.executable, chromium_sandbox=program.sandbox
        )
        yield opened
        opened.close()


@pytest.fixture
def locked() -> Iterator[ForwardProxy]:
    with forward_proxy(username="agency", password="sesame", address="127.0.0.3") as proxy:
        yield proxy


def test_a_request_arrives_from_the_address_of_its_proxy(mirror: str) -> None:
    with forward_proxy(address="127.0.0.2") as proxy:
        assert httpx.get(mirror, proxy=proxy.url).text == "127.0.0.2"
        assert (proxy.requests(), proxy.passed()) == (1, 1)


def test_a_proxy_with_a_password_lets_nobody_else_through(
    mirror: str, locked: ForwardProxy
) -> None:
    assert httpx.get(mirror, proxy=locked.server).status_code == 407
    assert httpx.get(mirror, proxy=locked.url.replace("sesame", "guess")).status_code == 401
    assert (locked.requests(), locked.passed()) == (2, 0)
    assert httpx.get(mirror, proxy=locked.url).text == "127.0.0.3"


def test_a_stopped_proxy_refuses_and_comes_back_on_its_port(mirror: str) -> None:
    with forward_proxy() as proxy:
        proxy.stop()
        with pytest.raises(httpx.ConnectError):
            httpx.get(mirror, proxy=proxy.url)
        proxy.start()
        assert httpx.get(mirror, proxy=proxy.url).status_code == 200


def test_a_browser_context_reaches_loopback_sites_through_its_own_proxy(
    mirror: str, browser: Browser
) -> None:
    with forward_proxy(address="127.0.0.2") as first, forward_proxy(address="127.0.0.4") as second:
        assert _seen(browser, mirror, {"server": first.server}) == "127.0.0.2"
        assert _seen(browser, mirror, {"server": second.server}) == "127.0.0.4"
        assert _seen(browser, mirror, None) == "127.0.0.1"
        assert first.passed() >= 1
        assert second.passed() >= 1


def test_a_browser_context_gives_its_proxy_the_password(
    mirror: str, browser: Browser, locked: ForwardProxy
) -> None:
    settings: ProxySettings = {
        "server": locked.server,
        "username": "agency",
        "password": "sesame",
    }
    assert _seen(browser, mirror, settings) == "127.0.0.3"


def test_a_browser_context_with_a_dead_proxy_never_goes_direct(
    mirror: str, browser: Browser
) -> None:
    with forward_proxy() as proxy:
        proxy.stop()
        with pytest.raises(PlaywrightError, match="ERR_PROXY_CONNECTION_FAILED"):
            _seen(browser, mirror, {"server": proxy.server})


def _seen(browser: Browser, url: str, proxy: ProxySettings | None) -> str:
    context = browser.new_context(proxy=proxy)
    try:
        page = context.new_page()
        page.goto(url)
        return page.inner_text("body")
    finally:
        context.close()
