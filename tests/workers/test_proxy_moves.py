"""Logins behind real forward proxies: kept, deferred first, moved within bounds, never direct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from crawler.browser import Browser
from domain.inventory import ProxyWish
from domain.proxy import Proxy
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.proxies import ProxyBook
from tests.demo_server import RunningDemo
from tests.proxy_server import ForwardProxy, forward_proxy
from tests.workers.workspace import (
    LEE,
    Agency,
    Identity,
    inventory,
    login_of,
    pass_time,
    stored_numbers,
    true_numbers,
    visits_of,
)
from workers.house import House
from workers.proxy_choice import Assigned, Direct, NoProxy, Rest, choose_proxy
from workers.tick import tick
from workers.visiting import visit_next

ACCOUNTS = ("moment/1001", "channel/ch501")
BEHIND = Identity("kim", ACCOUNTS, proxy={"label": "kr"})
PLACES = ("127.0.0.2", "127.0.0.3", "127.0.0.4")


@pytest.fixture
def proxies() -> Iterator[list[ForwardProxy]]:
    """Three proxies, each with an address of its own."""
    with ExitStack() as stack:
        yield [stack.enter_context(forward_proxy(address=address)) for address in PLACES]


@pytest.fixture
def agency(agency: Agency, proxies: list[ForwardProxy]) -> Agency:
    """A workspace that knows the three proxies, all of the label `kr`."""
    agency.proxies = [
        {"id": f"kr-{number}", "url": proxy.url, "labels": ["kr"]}
        for number, proxy in enumerate(proxies, start=1)
    ]
    return agency


@pytest.fixture
def house(agency: Agency) -> Iterator[House]:
    """The open house of an agency whose one login goes through a proxy."""
    agency.apply(inventory(agency.demo, BEHIND))
    with agency.house() as opened:
        yield opened


def _proxy_of(house: House) -> str:
    assigned = ProxyBook(house.engine).assignment(login_of(house.engine).id)
    assert assigned is not None
    return assigned.proxy_id


def _slot(house: House, agency: Agency, browser: Browser) -> None:
    agency.step(minutes=20)
    tick(house)
    visit_next(house, browser)


def test_a_login_keeps_its_proxy_across_restarts_and_nothing_goes_out_beside_it(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, BEHIND))
    used = set()
    for _restart in range(3):
        with agency.house() as house:
            _slot(house, agency, browser)
            used.add(_proxy_of(house))
        browser.drop("kim")
    assert used == {"kr-1"}
    assert set(demo.stats()["by_address"]) == {"127.0.0.2"}
    assert demo.stats()["logins"]["ok"] == 1


def test_logins_are_spread_over_the_proxies(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, BEHIND, Identity("lee", LEE.accounts, proxy={"label": "kr"})))
    with agency.house() as house:
        tick(house)
        pass_time(house.engine, minutes=10)
        while visit_next(house, browser) is not None:
            continue
        assigned = Counter(one.proxy_id for one in ProxyBook(house.engine).assigned())
    assert assigned == {"kr-1": 1, "kr-2": 1}


def test_a_dead_proxy_defers_its_login_first_and_moves_it_after_ten_minutes(
    house: House,
    agency: Agency,
    browser: Browser,
    demo: RunningDemo,
    proxies: list[ForwardProxy],
) -> None:
    _slot(house, agency, browser)
    proxies[0].kill()
    demo.reset_stats()
    _slot(house, agency, browser)
    visit = visits_of(house.engine)[-1]
    assert (visit.state, visit.verdict) == (VisitState.DEFERRED, VerdictKind.PROXY_DOWN)
    assert visit.attempts == 0, "a dead proxy is not the visit's doing"
    assert demo.stats()["total"] == 0
    assert [rest.proxy_id for rest in ProxyBook(house.engine).resting()] == ["kr-1"]

    pass_time(house.engine, minutes=9)
    assert visit_next(house, browser) is None
    pass_time(house.engine, minutes=2)
    visit_next(house, browser)
    visit = visits_of(house.engine)[-1]
    assert visit.state is VisitState.DONE
    assert stored_numbers(house.engine, visit.planned_at) == true_numbers(demo, BEHIND)
    assert _proxy_of(house) == "kr-2"
    assert set(demo.stats()["by_address"]) == {"127.0.0.3"}
    assert demo.stats()["logins"]["ok"] == 0, "the session moved along"


def test_another_login_of_the_dead_proxy_waits_without_trying_it(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    both = {"id": "kr-1"}
    agency.apply(
        inventory(
            demo, Identity("kim", ACCOUNTS, proxy=both), Identity("lee", LEE.accounts, proxy=both)
        )
    )
    with agency.house() as house:
        tick(house)
        pass_time(house.engine, minutes=10)
        while visit_next(house, browser) is not None:
            continue
        ProxyBook(house.engine).rest("kr-1", 1800, "proxy_down: ERR_PROXY_CONNECTION_FAILED")
        demo.reset_stats()
        agency.step(minutes=20)
        tick(house)
        pass_time(house.engine, minutes=5)
        while visit_next(house, browser) is not None:
            continue
        waiting = [visit for visit in visits_of(house.engine) if visit.state != VisitState.DONE]
        assert {visit.state for visit in waiting} == {VisitState.DEFERRED}
        assert all("its proxy kr-1 rests" in visit.detail for visit in waiting)
    assert demo.stats()["total"] == 0


def test_a_refused_address_rests_and_its_login_moves_once_a_day(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    _slot(house, agency, browser)
    demo.knobs(refuse_addresses="127.0.0.2,127.0.0.3")
    _slot(house, agency, browser)
    assert visits_of(house.engine)[-1].verdict is VerdictKind.REFUSED
    pass_time(house.engine, minutes=20)
    _slot(house, agency, browser)
    assert _proxy_of(house) == "kr-2"
    assert visits_of(house.engine)[-1].verdict is VerdictKind.REFUSED
    demo.reset_stats()
    pass_time(house.engine, minutes=20)
    _slot(house, agency, browser)
    last = visits_of(house.engine)[-1]
    assert last.state is VisitState.DEFERRED
    assert last.detail == "its proxy kr-2 rests, and it has moved 1 times today"
    assert demo.stats()["total"] == 0


def test_a_site_whose_policy_is_pause_is_left_alone_by_every_login_for_an_hour(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    lee = Identity("lee", LEE.accounts, proxy={"id": "kr-3"})
    agency.apply(inventory(demo, BEHIND, lee, on_refusal="pause"))
    with agency.house() as house:
        demo.knobs(refuse_addresses="127.0.0.2", refuse_as="page")
        tick(house)
        pass_time(house.engine, minutes=10)
        visit_next(house, browser)
        demo.reset_stats()
        visit_next(house, browser)
        refused, waiting = sorted(visits_of(house.engine), key=lambda visit: visit.id)
        assert refused.verdict is VerdictKind.REFUSED
        assert waiting.state is VisitState.DEFERRED
        assert "it refused us" in waiting.detail
        assert 3500 < (waiting.not_before - refused.started_at).total_seconds() < 3700  # type: ignore[operator]
    assert demo.stats()["total"] == 0


def test_a_site_that_refuses_a_login_without_a_proxy_is_paused_as_well(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, Identity("kim", ACCOUNTS), LEE))
    with agency.house() as house:
        demo.knobs(refuse_addresses="127.0.0.1")
        tick(house)
        pass_time(house.engine, minutes=10)
        visit_next(house, browser)
        demo.reset_stats()
        visit_next(house, browser)
        assert "it refused us" in visits_of(house.engine)[-1].detail
    assert demo.stats()["total"] == 0


KR = frozenset({"kr"})
A, B, C = (Proxy(name, f"http://{name}:1", labels=KR) for name in "abc")
WISH = ProxyWish(label="kr")


def test_a_login_goes_out_directly_only_where_its_wish_allows_it() -> None:
    gone = {name: Rest(3600) for name in "abc"}
    allowed = ProxyWish(label="kr", direct_allowed=True)
    held = Assigned("a")
    assert isinstance(choose_proxy(WISH, [A, B, C], gone, held, Counter()), NoProxy)
    assert choose_proxy(allowed, [A, B, C], gone, held, Counter()) == Direct()
    early = choose_proxy(allowed, [A, B, C], {"a": Rest(10)}, held, Counter())
    assert isinstance(early, NoProxy)
    assert early.seconds == 590


def test_a_login_whose_wish_changed_takes_one_that_fits() -> None:
    jp = Proxy("j", "http://j:1", labels=frozenset({"jp"}))
    assert choose_proxy(ProxyWish(label="jp"), [A, jp], {}, Assigned("a"), Counter()) == jp
    nothing = choose_proxy(ProxyWish(id="z"), [A, jp], {}, Assigned("a"), Counter())
    assert nothing == NoProxy("proxies.yaml has none that fits: z")


@pytest.mark.parametrize(("refused", "moves"), [(False, 2), (True, 1)])
def test_moves_are_bounded_and_more_so_where_a_site_refuses(refused: bool, moves: int) -> None:
    resting = {"a": Rest(3600, refused)}
    free = choose_proxy(WISH, [A, B], resting, Assigned("a", moves - 1), Counter())
    bound = choose_proxy(WISH, [A, B], resting, Assigned("a", moves), Counter())
    assert free == B
    assert isinstance(bound, NoProxy)
