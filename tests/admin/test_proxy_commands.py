"""`danga proxy`: what is seen and done by hand, each with its name in the audit."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import Engine

from storage.audit import AuditBook
from storage.engine import open_engine
from storage.proxies import ProxyBook
from tests.admin.conftest import Danga
from tests.admin.inventories import changed, whole
from tests.proxy_server import forward_proxy
from tests.servers import free_port

DEAD = free_port()


@pytest.fixture
def applied(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    monkeypatch.setenv("USER", "jieun")
    danga.write(
        "proxies.yaml",
        f"""proxies:
- {{id: kr-1, url: 'http://127.0.0.1:{DEAD}', labels: [kr], provider: acme}}
- {{id: kr-2, url: 'http://127.0.0.1:{free_port()}', labels: [kr]}}
- {{id: jp-1, url: 'socks5://127.0.0.1:{free_port()}', labels: [jp], exclusive: true}}
""",
    )
    danga.write("danga.yaml", whole())
    ran = danga("apply", "--yes")
    assert ran.code == 0, ran.err
    return danga


@pytest.fixture
def engine(applied: Danga) -> Engine:
    return open_engine(f"sqlite:///{applied.workspace}/danga.db")


def test_the_list_says_how_each_proxy_is_and_who_uses_it(applied: Danga) -> None:
    applied("proxy", "assign", "kim", "kr-2")
    applied("proxy", "rest", "kr-1", "--minutes", "5", "--reason", "mending")
    listed = {one["id"]: one for one in applied("proxy", "list", "--json").json()["proxies"]}
    assert list(listed) == ["kr-1", "kr-2", "jp-1"]
    assert (listed["kr-1"]["state"], listed["kr-1"]["reason"]) == ("rests", "mending")
    assert listed["kr-2"]["logins"] == ["kim"]
    assert (listed["jp-1"]["state"], listed["jp-1"]["exclusive"]) == ("well", True)


def test_a_check_sends_a_dead_proxy_to_rest_and_ends_no_rest(
    applied: Danga, engine: Engine
) -> None:
    ran = applied("proxy", "check", "kr-1", "--json")
    assert ran.code == 1
    (row,) = ran.json()["proxies"]
    assert not row["ok"]
    assert "cannot be reached" in row["detail"]
    (rest,) = ProxyBook(engine).resting()
    assert (rest.proxy_id, rest.failures) == ("kr-1", 1)
    (line,) = AuditBook(engine).newest(action="proxy.rest")
    assert (line.actor.name, line.actor.is_person) == ("jieun", True)
    engine.dispose()


def test_a_check_of_a_well_proxy_reaches_the_site_with_a_connection(applied: Danga) -> None:
    with forward_proxy() as proxy, forward_proxy() as site:
        url = f"http://127.0.0.1:{site.port}"
        applied.write("danga.yaml", re.sub(r"base_url: \S+", f"base_url: {url}", whole()))
        assert applied("apply", "--yes").code == 0
        applied.write("proxies.yaml", f"proxies: [{{id: p, url: '{proxy.url}'}}]")
        ran = applied("proxy", "check", "--all", "--site", "moment", "--json")
        assert ran.code == 0, ran.err + ran.out
        assert proxy.passed() == 1
        assert site.requests() == 0


def test_a_rest_by_hand_is_recorded_and_ended_by_hand(applied: Danga, engine: Engine) -> None:
    assert applied("proxy", "rest", "kr-1", "--json").json()["rests_until"]
    assert applied("proxy", "rest", "kr-1", "--end", "--json").json()["rests_until"] is None
    deeds = [line.deed.action for line in AuditBook(engine).newest(action="proxy.")]
    assert deeds == ["proxy.works", "proxy.rest"]
    engine.dispose()


def test_a_login_is_given_only_what_its_wish_asks_for(applied: Danga, engine: Engine) -> None:
    assert applied("proxy", "assign", "kim", "kr-1").code == 0
    wrong = applied("proxy", "assign", "kim", "jp-1")
    assert wrong.code == 2
    assert "its wish is another" in wrong.err
    typo = applied("proxy", "assign", "kim", "kr-11")
    assert typo.code == 2
    assert "did you mean kr-1?" in typo.err
    (line,) = AuditBook(engine).newest(action="proxy.assign")
    assert (line.actor.name, line.deed.detail) == ("jieun", {"to": "kr-1"})
    engine.dispose()


def test_wishes_that_cannot_all_be_met_are_told_with_their_line(danga: Danga) -> None:
    danga.write("proxies.yaml", "proxies: [{id: only, url: 'http://h:1', labels: [kr]}]")
    alone = "    proxy: {label: kr, exclusive: true}\n"
    second = f"  - name: lee\n    sites: [moment]\n{alone}\naccounts:"
    first = (
        "    proxy: {label: kr}                # or {id: seoul-1}; direct: without a proxy\n",
        alone,
    )
    danga.write("danga.yaml", changed(first, ("\naccounts:", second)))
    ran = danga("apply", "--dry-run")
    assert ran.code == 2
    line = next(n for n, text in enumerate(open_lines(danga), start=1) if "- name: lee" in text) + 2
    assert f"danga.yaml:{line} logins[1].proxy: no proxy is left" in ran.err
    assert danga("apply", "--dry-run").err.count("no proxy is left") == 1


def open_lines(danga: Danga) -> list[str]:
    return (danga.workspace / "danga.yaml").read_text(encoding="utf-8").splitlines()
