"""Nothing of a login leaves beside its proxy, whatever a page tries: counted at real listeners."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page

from crawler import browser as browser_module
from crawler.browser import FLAGS, Browser
from crawler.browser_path import find_browser
from domain.clock import SystemClock
from domain.proxy import Proxy
from tests.crawler.temptation import NAME, Temptation, temptation
from tests.proxy_server import ForwardProxy, forward_proxy, socks_proxy

THERE = "127.0.0.2"
EVERYTHING = {"/", "/fetch", "/kept", "/beacon", "/frame", "/image", "/socket", "/events", "/json"}
HOSTS = frozenset({"127.0.0.1"})


@pytest.fixture
def site() -> Iterator[Temptation]:
    with temptation() as running:
        yield running


@pytest.fixture
def locked() -> Iterator[ForwardProxy]:
    with forward_proxy(username="agency", password="kept-secret", address=THERE) as proxy:
        yield proxy


def _try_everything(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_function("document.title === 'tried'", timeout=20_000)
    page.context.request.get(f"{url}json")


def _behind(browser: Browser, proxy: Proxy | None, look: Callable[[Page], None]) -> None:
    context = browser.open("tempted", None, proxy, HOSTS)
    try:
        look(context.tab.page)
    finally:
        browser.drop("tempted")


def test_no_request_datagram_or_connection_leaves_beside_the_proxy(
    browser: Browser, site: Temptation, locked: ForwardProxy
) -> None:
    proxy = Proxy("p", locked.server, "agency", "kept-secret")
    _behind(browser, proxy, lambda page: _try_everything(page, site.url))
    assert site.paths >= EVERYTHING, "the page tried all of it, and it arrived"
    assert site.addresses == {THERE}
    assert site.datagrams == [], "WebRTC, WebTransport, QUIC"
    assert set(site.knocks) <= {THERE}, "TURN over TCP goes through the proxy or not at all"
    assert locked.passed() >= len(site.seen)


def test_the_same_through_socks5(browser: Browser, site: Temptation) -> None:
    with socks_proxy(username="agency", password="kept-secret", address=THERE) as socks:
        proxy = Proxy("p", socks.server, "agency", "kept-secret")
        _behind(browser, proxy, lambda page: _try_everything(page, site.url))
    assert site.paths >= EVERYTHING
    assert site.addresses == {THERE}
    assert site.datagrams == []
    assert set(site.knocks) <= {THERE}


def test_the_listeners_would_see_what_a_browser_without_our_flags_lets_out(
    monkeypatch: pytest.MonkeyPatch, site: Temptation, locked: ForwardProxy
) -> None:
    monkeypatch.setattr(browser_module, "FLAGS", ())
    proxy = Proxy("p", locked.server, "agency", "kept-secret")

    def look(browser: Browser) -> None:
        _behind(browser, proxy, lambda page: _try_everything(page, site.url))

    _with_another_browser(look)
    assert site.datagrams


def test_two_logins_of_one_browser_keep_to_their_own_proxies(
    browser: Browser, site: Temptation
) -> None:
    with forward_proxy(address="127.0.0.2") as one, forward_proxy(address="127.0.0.3") as other:
        for name, server in (("a", one.server), ("b", other.server)) * 2:
            context = browser.open(name, None, Proxy(name, server), HOSTS)
            context.tab.page.context.request.get(f"{site.url}{name}")
            context.tab.page.evaluate("url => fetch(url, {mode: 'no-cors'})", f"{site.url}{name}-f")
        for name in "ab":
            browser.drop(name)
    came = {(path.strip("/")[0], address) for path, address in site.seen}
    assert came == {("a", "127.0.0.2"), ("b", "127.0.0.3")}


def test_the_request_client_of_a_context_fails_with_its_proxy_and_never_goes_out_directly(
    browser: Browser, site: Temptation, locked: ForwardProxy
) -> None:
    locked.kill()

    def look(page: Page) -> None:
        try:
            answer = page.context.request.get(f"{site.url}json")
        except PlaywrightError:
            return
        assert answer.status == 502

    _behind(browser, Proxy("p", locked.server, "agency", "kept-secret"), look)
    assert site.seen == []


def test_names_are_resolved_by_the_proxy_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, site: Temptation
) -> None:
    """By the browser's own log; a login without a proxy shows that it would stand there."""

    def lookups(proxy: Proxy | None, file: Path) -> set[str]:
        monkeypatch.setattr(browser_module, "FLAGS", (*FLAGS, f"--log-net-log={file}"))
        seen = len(site.seen)

        def look(page: Page) -> None:
            if proxy is not None:
                _try_everything(page, f"http://{NAME}/")
                return
            with pytest.raises(PlaywrightError, match="ERR_NAME_NOT_RESOLVED"):
                page.goto(f"http://{NAME}/")

        _with_another_browser(lambda browser: _behind(browser, proxy, look))
        assert (len(site.seen) > seen) is (proxy is not None)
        return _resolved(json.loads(file.read_text()))

    with forward_proxy(address=THERE, upstream=(".test", site.port)) as knows:
        through = lookups(Proxy("p", knows.server), tmp_path / "through.json")
    assert not [name for name in through if NAME in name]
    direct = lookups(None, tmp_path / "direct.json")
    assert [name for name in direct if NAME in name]


def _resolved(log: dict[str, Any]) -> set[str]:
    """What a browser's resolver went to work on: a look into its own cache is no job."""
    kinds = {number: name for name, number in log["constants"]["logEventTypes"].items()}
    return {
        str(event.get("params"))
        for event in log["events"]
        if kinds[event["type"]] == "HOST_RESOLVER_MANAGER_JOB" and "params" in event
    }


def _with_another_browser(look: Callable[[Browser], None]) -> None:
    """In a thread of its own: a thread can hold one Playwright only."""

    def work() -> None:
        with Browser(find_browser(), SystemClock()) as browser:
            look(browser)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
