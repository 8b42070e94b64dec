"""Logins behind real forward proxies: kept, deferred first, moved within bounds, never direct."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from crawler.browser import Browser
from domain.audit import person, program
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.audit import AuditBook
from storage.proxies import Backoff, ProxyBook
from storage.site_halts import HaltBook
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
from workers.proxy_desk import ProxyDesk
from workers.proxy_outage import all_down, outages
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
        assigned = {one.proxy_id for one in ProxyBook(house.engine).assigned()}
    assert assigned == {"kr-1", "kr-2"}


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
        ProxyBook(house.engine).rest(
            "kr-1", Backoff(1800, 1800), "proxy_down: it cannot be reached", program("visit 0")
        )
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


def test_a_refused_address_rests_and_a_second_one_at_the_same_site_is_for_a_person(
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
    (halt,) = HaltBook(house.engine).all()
    assert (halt.site, halt.until) == ("channel", None)
    assert "through kr-1 and kr-2" in halt.reason
    demo.reset_stats()
    pass_time(house.engine, minutes=20)
    _slot(house, agency, browser)
    assert demo.stats()["total"] == 0
    HaltBook(house.engine).resume("channel", person("jieun"), "they allowed us")
    pass_time(house.engine, minutes=60)
    _slot(house, agency, browser)
    last = visits_of(house.engine)[-1]
    assert last.state is VisitState.DEFERRED
    assert last.detail == "its proxy kr-2 rests, and it has moved once today because it was refused"
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
        (line,) = AuditBook(house.engine).newest("site channel", "site.rest")
        assert (line.actor, line.deed.detail) == (program("visit 1"), {"seconds": 3600.0})
    assert demo.stats()["total"] == 0


def test_a_proxy_that_comes_back_is_probed_and_its_login_returns_without_a_move(
    house: House,
    agency: Agency,
    browser: Browser,
    demo: RunningDemo,
    proxies: list[ForwardProxy],
) -> None:
    _slot(house, agency, browser)
    proxies[0].stop()
    _slot(house, agency, browser)
    proxies[0].start()
    asked = proxies[0].requests()
    demo.reset_stats()
    pass_time(house.engine, minutes=11)
    assert visit_next(house, browser) is not None
    assert visits_of(house.engine)[-1].state is VisitState.DONE
    assert set(demo.stats()["by_address"]) == {"127.0.0.2"}
    assert proxies[0].requests() - asked == demo.stats()["total"] + 1, "one probe, without a page"
    assert ProxyBook(house.engine).rests() == ()
    deeds = [line.deed.action for line in AuditBook(house.engine).newest(action="proxy.")]
    assert list(reversed(deeds)) == ["proxy.assign", "proxy.rest", "proxy.works"]


def test_a_move_stands_in_the_audit_with_its_reason(
    house: House, agency: Agency, browser: Browser, proxies: list[ForwardProxy]
) -> None:
    _slot(house, agency, browser)
    proxies[0].kill()
    _slot(house, agency, browser)
    pass_time(house.engine, minutes=11)
    visit_next(house, browser)
    (move,) = AuditBook(house.engine).newest(action="proxy.move")
    assert move.deed.subject == "login kim"
    assert move.deed.detail == {"from": "kr-1", "to": "kr-2", "moves_today": 1}
    assert move.deed.reason.startswith("kr-1 rests: proxy_down: probe: it cannot be reached")
    assert move.actor == program(f"visit {visits_of(house.engine)[-1].id}")


def test_a_login_that_wants_a_proxy_alone_shares_none(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    alone = {"label": "kr", "exclusive": True}
    lee = Identity("lee", LEE.accounts, proxy={"id": "kr-1"})
    agency.apply(inventory(demo, Identity("kim", ACCOUNTS, proxy=alone), lee))
    with agency.house() as house:
        book = ProxyBook(house.engine)
        desk = ProxyDesk(house, program("test"))
        assert desk.proxy_for(login_of(house.engine, "lee")) == house.proxies[0]
        assert desk.proxy_for(login_of(house.engine, "kim")) == house.proxies[1]
        assert [one.proxy_id for one in book.assigned()] == ["kr-2", "kr-1"]


def test_of_two_who_share_what_became_exclusive_the_later_one_moves(
    agency: Agency, demo: RunningDemo
) -> None:
    lee = Identity("lee", LEE.accounts, proxy={"any": True})
    agency.apply(inventory(demo, BEHIND, lee))
    with agency.house() as house:
        kim, lee_ = login_of(house.engine, "kim"), login_of(house.engine, "lee")
        desk = ProxyDesk(house, program("test"))
        for login in (kim, lee_):
            assert login.proxy is not None
            desk.give(login, login.proxy, house.proxies[0], "")
        agency.proxies[0]["exclusive"] = True
        _write_proxies(agency)
        desk = ProxyDesk(house, program("test"))
        kept = [desk.proxy_for(login) for login in (kim, lee_)]
    assert [proxy and proxy.id for proxy in kept] == ["kr-1", "kr-2"]


def _write_proxies(agency: Agency) -> None:
    text = json.dumps({"proxies": agency.proxies})
    (agency.root / "proxies.yaml").write_text(text, encoding="utf-8")


def test_a_changed_file_is_noticed_by_a_running_process_and_a_broken_one_said_once(
    house: House, agency: Agency, capsys: pytest.CaptureFixture[str]
) -> None:
    assert [proxy.id for proxy in house.proxies] == ["kr-1", "kr-2", "kr-3"]
    agency.proxies.append({"id": "new", "url": "socks5://kim:${NEW_SECRET}@h:1", "labels": ["kr"]})
    _write_proxies(agency)
    for _look in range(3):
        assert [proxy.id for proxy in house.proxies] == ["kr-1", "kr-2", "kr-3"]
    said = capsys.readouterr().out
    assert said.count("NEW_SECRET is not set") == 1
    with (agency.root / ".env").open("a", encoding="utf-8") as file:
        file.write("NEW_SECRET=whatever\n")
    assert [proxy.id for proxy in house.proxies] == ["kr-1", "kr-2", "kr-3", "new"]
    assert house.proxies[3].password == "whatever"


def test_a_login_goes_on_through_the_same_proxy_with_its_new_password(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    with forward_proxy(username="agency", password="right", address="127.0.0.5") as locked:
        agency.proxies = [{"id": "p", "url": f"http://agency:${{SECRET}}@127.0.0.1:{locked.port}"}]
        env = agency.root / ".env"
        text = env.read_text(encoding="utf-8")
        env.write_text(f"{text}\nSECRET=wrong\n", encoding="utf-8")
        agency.apply(inventory(demo, Identity("kim", ACCOUNTS, proxy={"any": True})))
        with agency.house() as house:
            _slot(house, agency, browser)
            assert visits_of(house.engine)[-1].verdict is VerdictKind.PROXY_DOWN
            env.write_text(f"{text}\nSECRET=right-1\n", encoding="utf-8")
            env.write_text(f"{text}\nSECRET=right\n", encoding="utf-8")
            pass_time(house.engine, minutes=11)
            visit_next(house, browser)
            assert visits_of(house.engine)[-1].state is VisitState.DONE
    assert set(demo.stats()["by_address"]) == {"127.0.0.5"}


def test_a_provider_that_is_down_is_one_cause_and_a_single_proxy_its_own(
    agency: Agency, demo: RunningDemo
) -> None:
    for one, provider in zip(agency.proxies, ("acme", "acme", "other"), strict=True):
        one["provider"] = provider
    agency.apply(inventory(demo, BEHIND))
    with agency.house() as house:
        book, who = ProxyBook(house.engine), program("visit 1")
        ProxyDesk(house, who).proxy_for(login_of(house.engine))
        book.rest("kr-1", Backoff(300, 300), "proxy_down: 407", who)
        (single,) = outages(house)
        assert (single.subject, single.logins) == ("proxy kr-1", ("kim",))
        assert all_down(house) == ()
        book.rest("kr-2", Backoff(300, 300), "proxy_down: 407", who)
        (acme,) = all_down(house)
        assert (acme.subject, acme.proxies) == ("provider acme", ("kr-1", "kr-2"))
        assert (acme.reasons, acme.logins) == (("proxy_down: 407",), ("kim",))
        book.rest("kr-3", Backoff(300, 300), "proxy_down: it cannot be reached", who)
        assert [one.subject for one in outages(house)] == ["provider acme", "label kr"]
