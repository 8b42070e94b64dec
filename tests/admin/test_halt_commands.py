"""`danga site pause|stop|resume|load`, without any visit."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.admin.conftest import Danga

SITES = "sites: [{name: moment, class: moment, base_url: 'http://127.0.0.1:1'}]"


@pytest.fixture
def agency(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    monkeypatch.setenv("DANGA_BY", "미나")
    danga.write("danga.yaml", SITES)
    assert danga("apply", "--yes").code == 0
    return danga


def audited(danga: Danga) -> list[tuple[str, str, str]]:
    lines = danga("audit", "site moment", "--action", "site.", "--json").json()["audit"]
    halts = [one for one in lines if one["action"] != "site.add"]
    return [(one["actor"], one["action"], one["reason"]) for one in halts]


def test_a_person_stops_and_resumes_and_the_audit_says_who_and_why(agency: Danga) -> None:
    stopped = agency("site", "stop", "moment", "--reason", "they called", "--json")
    assert stopped.code == 0
    assert {**stopped.json(), "since": ""} == {
        "site": "moment",
        "state": "stopped",
        "by": "미나",
        "since": "",
        "until": None,
        "reason": "they called",
        "visits_dropped": 0,
    }
    paused = agency("site", "pause", "moment", "--for", "2h")
    assert (paused.code, "danga site resume moment" in paused.err) == (4, True)
    assert agency("site", "resume", "moment", "--json").json()["was"] == "stopped"
    assert agency("site", "resume", "moment", "--json").json()["was"] is None
    assert audited(agency) == [
        ("미나", "site.resume", ""),
        ("미나", "site.stop", "they called"),
    ]


def test_a_pause_ends_after_a_span_or_at_a_time_of_day(agency: Danga) -> None:
    now = datetime.now(UTC)
    told = agency("site", "pause", "moment", "--for", "90m", "--json").json()
    length = datetime.fromisoformat(told["until"]) - datetime.fromisoformat(told["since"])
    assert length == timedelta(minutes=90)
    told = agency("site", "pause", "moment", "--until", "00:00", "--json").json()
    until = datetime.fromisoformat(told["until"])
    assert (until.hour, until.minute) == (15, 0), "midnight in Seoul"
    assert now < until <= now + timedelta(days=1)
    assert agency("site", "pause", "moment", "--json").json()["until"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("--for", "soon"),
        ("--for", "0h"),
        ("--for", "9999d"),
        ("--until", "25:00"),
        ("--until", "2020-01-01"),
        ("--until", "2999-01-01T00:00"),
        ("--until", "15:30", "--for", "2h"),
    ],
)
def test_a_time_that_is_none_is_bad_input_and_pauses_nothing(
    agency: Danga, words: tuple[str, ...]
) -> None:
    ran = agency("site", "pause", "moment", *words)
    assert ran.code == 2
    assert words[0] in ran.err
    assert audited(agency) == []


@pytest.mark.parametrize("verb", ["pause", "stop", "load"])
def test_a_site_that_nobody_declared_is_bad_input(agency: Danga, verb: str) -> None:
    assert agency("site", verb, "monent").code == 2


def test_a_load_of_nothing_is_told_in_both_languages_with_the_limit_in_force(
    agency: Danga,
) -> None:
    agency("site", "stop", "moment")
    shown = agency("site", "load", "moment").out
    assert "부하 보고" in shown
    assert "Load of automated reading on moment" in shown
    assert "2 x T + 60 requests, 20,000 a day" in shown
    assert "site.stop by 미나" in shown
    assert agency("site", "load", "moment", "--format", "csv").out == (
        "begins,requests,peak_minute,visits,pages,sign_ins,refusals,bytes_received\n"
    )


def test_who_one_is_stands_in_no_file_that_all_share(agency: Danga) -> None:
    with (agency.workspace / ".env").open("a") as file:
        file.write("\nDANGA_BY=mina\n")
    ran = agency("site", "stop", "moment")
    assert ran.code == 2
    assert "names one person for all" in ran.err
