"""`danga pace` and `danga status`, without any visit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.audit import program
from domain.session import SessionState
from storage.heartbeats import HeartbeatBook
from storage.logins import LoginBook
from tests.admin.conftest import Danga
from workers import policies
from workers.house import House
from workers.settings import open_settings
from workers.tick import tick
from workers.what_runs import runs

INVENTORY = """\
sites: [{name: moment, class: moment, base_url: 'http://127.0.0.1:1'}]
logins: [{name: kim, sites: [moment]}]
accounts: [{site: moment, id: '1001', login: kim}]
"""


@pytest.fixture
def agency(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    monkeypatch.setenv("DANGA_BY", "미나")
    danga.write("danga.yaml", INVENTORY)
    assert danga("apply", "--yes").code == 0
    return danga


@pytest.fixture
def house(agency: Danga) -> Iterator[House]:
    """A worker's, opened before anybody changes anything."""
    with House.open(open_settings(agency.workspace)) as opened:
        assert opened.budget("moment").requests_per_second == 2.0
        yield opened


def test_a_budget_is_changed_for_a_while_and_workers_hear_of_it(
    agency: Danga, house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert policies.FRESH_SECONDS < 10
    monkeypatch.setattr(policies, "FRESH_SECONDS", 0.0)
    words = ("--requests-per-second", "0.5", "--concurrent-visits", "1", "--for", "2h")
    told = agency("pace", "set", "moment", *words, "--reason", "they asked", "--json").json()
    assert (told["by"], told["requests_per_second"], told["burst"]) == ("미나", 0.5, None)
    budget = house.budget("moment")
    assert (budget.requests_per_second, budget.concurrent_visits, budget.burst) == (0.5, 1, 60)
    (site,) = agency("pace", "show", "--json").json()["sites"]
    assert (site["state"], site["ceiling"], site["override_until"]) == ("open", 0.5, told["until"])
    assert "requests_per_second 0.5, concurrent_visits 1 until" in agency("pace", "show").out
    assert agency("pace", "set", "moment", "--default", "--json").json()["ended"] is True
    assert house.budget("moment").requests_per_second == 2.0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--burst", "80"), "has no end"),
        (("--for", "2h"), "changes nothing"),
        (("--default", "--burst", "80"), "stands beside another setting"),
        (("--requests-per-second", "0", "--for", "2h"), "Invalid value"),
        (("--requests-per-second", "nan", "--for", "2h"), "Invalid value"),
        (("--burst", "80", "--for", "2h", "--until", "15:00"), "stands beside --for"),
    ],
)
def test_a_change_without_an_end_or_a_meaning_is_refused(
    agency: Danga, words: tuple[str, ...], said: str
) -> None:
    refused = agency("pace", "set", "moment", *words)
    assert (refused.code, said in refused.err) == (2, True)
    assert agency("pace", "show", "--json").json()["sites"][0]["override"] is None


def test_a_pause_is_the_same_under_both_names(agency: Danga) -> None:
    assert agency("pace", "pause", "moment", "--for", "2h").code == 0
    (site,) = agency("pace", "show", "moment", "--json").json()["sites"]
    assert (site["state"], "is paused by 미나" in site["because"]) == ("paused", True)
    assert agency("site", "resume", "moment", "--json").json()["was"] == "paused"


def test_status_says_whether_all_is_well_and_what_is_not(agency: Danga, house: House) -> None:
    before = agency("status", "--json")
    assert (before.code, before.json()["well"]) == (0, True), "nothing was ever to be visited"
    tick(house)
    alone = agency("status")
    assert alone.code == 1
    assert "No process visits: `danga up`, or `danga worker`" in alone.out
    HeartbeatBook(house.engine).beat("here:7", "visits", runs=runs(house))
    well = agency("status", "--json")
    assert (well.code, well.json()["troubles"]) == (0, [])
    (site,) = well.json()["sites"]
    assert (site["due"], site["running"], site["on_time"]) == (1, 0, None)
    assert {one["kind"] for one in well.json()["workers"]} == {"tick", "visits"}
    assert "All is well." in agency("status").out


def test_status_names_the_login_that_waits_and_the_worker_that_was_forgotten(
    agency: Danga, house: House
) -> None:
    tick(house)
    of_yesterday = {**runs(house), "package": "yesterday", "policies": {"moment": "older"}}
    HeartbeatBook(house.engine).beat("there:9", "celery", runs=of_yesterday)
    login = LoginBook(house.engine).get("kim")
    reason = "captcha: asked. Next: danga session refresh kim"
    LoginBook(house.engine).set_state(
        login.id, SessionState.NEEDS_HUMAN, program("visit 1"), reason
    )
    told = agency("status", "--json")
    assert told.code == 1
    package, policy, waits = told.json()["troubles"]
    assert package.startswith("there:9 runs another package (yesterday) than the scheduler")
    assert "another policy of moment (older) than the database names" in policy
    assert waits == f"kim waits for a person: {reason}"
    assert told.json()["waiting_logins"][0]["login"] == "kim"
