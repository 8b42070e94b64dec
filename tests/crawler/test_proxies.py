"""Visits through real forward proxies."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.proxy import Proxy
from domain.verdict import VerdictKind
from tests.crawler.memory_house import MemoryHouse, by_number, true_numbers
from tests.demo_server import RunningDemo
from tests.proxy_server import ForwardProxy, forward_proxy


@pytest.fixture
def open_proxy() -> Iterator[ForwardProxy]:
    with forward_proxy() as proxy:
        yield proxy


@pytest.fixture
def locked_proxy() -> Iterator[ForwardProxy]:
    with forward_proxy(username="agency", password="kept-secret") as proxy:
        yield proxy


def test_every_request_of_a_login_leaves_through_its_proxy(
    house: MemoryHouse, demo: RunningDemo, open_proxy: ForwardProxy
) -> None:
    house.proxy = Proxy("one", open_proxy.server)
    report = house.visit()
    assert by_number(report.readings) == true_numbers(demo, "kim")
    stats = demo.stats()
    assert sum(stats["by_via"].values()) == stats["total"] == report.requests


def test_a_proxy_with_a_password_lets_its_login_through(
    house: MemoryHouse, demo: RunningDemo, locked_proxy: ForwardProxy
) -> None:
    house.proxy = Proxy("two", locked_proxy.server, "agency", "kept-secret")
    report = house.visit(house.accounts[0])
    assert report.verdict.ok
    stats = demo.stats()
    assert sum(stats["by_via"].values()) == stats["total"]


def test_a_wrong_proxy_password_blames_the_proxy_and_reaches_nobody(
    house: MemoryHouse, demo: RunningDemo, locked_proxy: ForwardProxy
) -> None:
    house.proxy = Proxy("two", locked_proxy.server, "agency", "wrong")
    report = house.visit()
    assert report.verdict.kind is VerdictKind.PROXY_DOWN
    assert demo.stats()["total"] == 0


def test_a_dead_proxy_is_blamed_and_nothing_goes_out_directly(
    house: MemoryHouse, demo: RunningDemo, open_proxy: ForwardProxy
) -> None:
    house.proxy = Proxy("one", open_proxy.server)
    open_proxy.stop()
    report = house.visit()
    assert report.verdict.kind is VerdictKind.PROXY_DOWN
    assert demo.stats()["total"] == 0
