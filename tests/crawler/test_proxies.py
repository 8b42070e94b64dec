"""Visits through real forward proxies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from domain.proxy import Proxy
from domain.verdict import VerdictKind
from tests.crawler.memory_house import MemoryHouse, by_number, true_numbers
from tests.demo_server import RunningDemo
from tests.proxy_server import ForwardProxy, forward_proxy, socks_proxy, tls_front

THERE = "127.0.0.2"
"""From where the proxies speak to sites: whatever comes from elsewhere went beside them."""
SCHEMES = ("http", "https", "socks5")
OPEN, LOCKED = None, "agency"
SECRET = "kept:s@cret/%"


@pytest.fixture
def open_proxy() -> Iterator[ForwardProxy]:
    with forward_proxy(address=THERE) as proxy:
        yield proxy


@contextmanager
def _proxy(scheme: str, username: str | None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A real proxy of a scheme, which knows `SECRET` where it has a user."""
    password = SECRET if username and scheme == "socks5" else "plain-secret" if username else ""
    known = (username, password) if username else (None, None)
    if scheme == "socks5":
        with socks_proxy(username=username, password=password, address=THERE) as socks:
            yield Proxy("p", socks.server, *known)
        return
    with forward_proxy(username=username, password=password, address=THERE) as plain:
        if scheme == "http":
            yield Proxy("p", plain.server, *known)
            return
        with tls_front(plain.port) as front:
            monkeypatch.setenv("SSL_CERT_FILE", str(front.authority))
            yield Proxy("p", f"https://127.0.0.1:{front.port}", *known)


@pytest.mark.parametrize("username", [OPEN, LOCKED])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_request_of_a_login_leaves_through_its_proxy_and_a_warm_page_costs_no_more(
    house: MemoryHouse,
    demo: RunningDemo,
    scheme: str,
    username: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (account,) = house.accounts[:1]
    house.visit(account)
    direct = house.visit(account).requests
    house.browser.drop("kim")
    with _proxy(scheme, username, monkeypatch) as house.proxy:
        demo.reset_stats()
        cold = house.visit()
        assert by_number(cold.readings) == true_numbers(demo, "kim")
        stats = demo.stats()
        assert set(stats["by_address"]) == {THERE}
        assert stats["total"] == cold.requests
        assert house.visit(account).requests == direct, "the HTTP cache is on"
        assert set(demo.stats()["by_address"]) == {THERE}
        house.browser.drop("kim")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_wrong_proxy_password_blames_the_proxy_and_reaches_nobody(
    house: MemoryHouse, demo: RunningDemo, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _proxy(scheme, LOCKED, monkeypatch) as proxy:
        house.proxy = Proxy("p", proxy.server, LOCKED, "wrong")
        report = house.visit()
    assert report.verdict.kind is VerdictKind.PROXY_DOWN
    assert "password" in report.verdict.detail or "authenticat" in report.verdict.detail.lower()
    assert "wrong" not in report.verdict.detail
    assert demo.stats()["total"] == 0


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_dead_proxy_is_blamed_and_nothing_goes_out_directly(
    house: MemoryHouse, demo: RunningDemo, scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with _proxy(scheme, OPEN, monkeypatch) as house.proxy:
        pass
    report = house.visit()
    assert report.verdict.kind is VerdictKind.PROXY_DOWN
    assert "cannot be reached" in report.verdict.detail
    assert demo.stats()["total"] == 0


def test_a_proxy_whose_certificate_nobody_vouches_for_is_not_spoken_to(
    house: MemoryHouse, demo: RunningDemo
) -> None:
    with forward_proxy() as plain, tls_front(plain.port) as front:
        house.proxy = Proxy("p", f"https://127.0.0.1:{front.port}", "agency", "kept-secret")
        report = house.visit()
        assert plain.requests() == 0
    assert report.verdict.kind is VerdictKind.PROXY_DOWN
    assert "certificate" in report.verdict.detail
    assert demo.stats()["total"] == 0


def test_a_proxy_that_dies_within_a_visit_is_blamed_and_nothing_goes_out_directly(
    house: MemoryHouse, demo: RunningDemo, open_proxy: ForwardProxy
) -> None:
    house.proxy = Proxy("one", open_proxy.server)
    assert house.visit(house.accounts[0]).verdict.ok
    demo.reset_stats()
    open_proxy.kill()
    assert house.visit().verdict.kind is VerdictKind.PROXY_DOWN
    assert demo.stats()["total"] == 0
    open_proxy.start()
    assert house.visit(house.accounts[0]).verdict.ok
    assert set(demo.stats()["by_address"]) == {THERE}
