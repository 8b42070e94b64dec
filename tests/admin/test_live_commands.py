"""Commands that visit, against the demo platform with a real browser."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.clock import FileClock
from tests.admin.conftest import Danga
from tests.demo_server import RunningDemo
from tests.mended_classes import class_ref, mend_classes, write_classes
from tests.servers import free_port, wait_until

PROGRAM = Path(sys.executable).parent / "danga"
START = "2026-03-03T14:00:00+09:00"
SITES = ("moment", "channel")


@pytest.fixture(scope="module")
def demo() -> Iterator[RunningDemo]:
    with RunningDemo("--frozen-at", START) as running:
        yield running


@pytest.fixture
def agency(danga: Danga, demo: RunningDemo, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """A workspace whose login kim reads one account and one channel."""
    demo.reset()
    FileClock(danga.workspace / "clock").set(demo.clock(START))
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    budget = {"requests_per_second": 100, "burst": 1000, "concurrent_visits": 10}
    site = {"base_url": demo.url, "budget": budget}
    creatives = {"account": "moment/1001", "kind": "creative", "metric": "spend"}
    declared: dict[str, Any] = {
        "sites": [{"name": name, "class": name, **site} for name in ("moment", "channel")],
        "clients": [{"name": "봄꽃마켓"}],
        "logins": [{"name": "kim", "sites": ["moment", "channel"], "username": "kim"}],
        "accounts": [
            {"site": "moment", "id": "1001", "login": "kim", "client": "봄꽃마켓"},
            {"site": "channel", "id": "ch501", "login": "kim", "client": "봄꽃마켓"},
        ],
        "follow": [{"account": "moment/1001", "level": "creative"}],
        "watches": [
            {
                "name": "친구",
                "client": "봄꽃마켓",
                "target": 30000,
                "spend": creatives,
                "results": {"account": "channel/ch501", "kind": "channel", "metric": "friends"},
            }
        ],
    }
    danga.write("danga.yaml", json.dumps(declared, ensure_ascii=False))
    assert danga("apply", "--yes").code == 0
    assert danga("login", "password", "kim", stdin="demo-kim\n").code == 0
    return danga


def step(agency: Danga, demo: RunningDemo) -> None:
    FileClock(agency.workspace / "clock").set(demo.step(minutes=20))


def test_collect_reads_now_and_the_report_has_a_unit_cost(agency: Danga, demo: RunningDemo) -> None:
    signed_in = demo.stats()["logins"]["ok"]
    for _slot in range(2):
        step(agency, demo)
        ran = agency("collect", "--json")
        assert ran.code == 0, ran.out + ran.err
        (visit,) = ran.json()["visits"]
        assert (visit["state"], visit["pages_failed"]) == ("done", 0)
        assert visit["readings"] > 10
    assert demo.stats()["logins"]["ok"] == signed_in + 1
    (watch,) = agency("report", "now", "--json").json()["watches"]
    assert watch["age_minutes"] == 0
    assert watch["spend"] > 0
    (session,) = agency("session", "list", "--json").json()["sessions"]
    assert session["state"] == "active"
    assert agency("doctor", "--json").code == 0
    past = agency("collect", "--day", "2026-03-02", "--json")
    assert past.json()["visits"][0]["business_date"] == "2026-03-02"


def test_a_captcha_is_a_matter_for_a_person_and_says_so(agency: Danga, demo: RunningDemo) -> None:
    signed_in = demo.stats()["logins"]["ok"]
    demo.knobs(captcha_after=0)
    ran = agency("collect", "--json")
    assert ran.code == 3, ran.out
    assert "danga session refresh kim" in ran.err
    assert demo.stats()["logins"]["ok"] == signed_in
    (session,) = agency("session", "list", "--json").json()["sessions"]
    assert session["state"] == "needs_human"


def test_a_redis_that_is_away_keeps_everybody_from_the_site(
    agency: Danga, demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_REDIS_URL", f"redis://127.0.0.1:{free_port()}/0")
    before = demo.stats()["total"]
    ran = agency("collect", "--patience", "1")
    assert (ran.code, "danga doctor" in ran.err) == (5, True)
    assert demo.stats()["total"] == before
    assert "Redis did not answer" in ran.out


def test_a_proxy_that_is_away_is_never_gone_around(agency: Danga, demo: RunningDemo) -> None:
    port = free_port()
    agency.write("proxies.yaml", f"proxies: [{{id: dead, url: 'http://127.0.0.1:{port}'}}]")
    declared = (agency.workspace / "danga.yaml").read_text("utf-8")
    named = declared.replace('"username": "kim"', '"username": "kim", "proxy": {"id": "dead"}')
    agency.write("danga.yaml", named)
    assert agency("apply", "--yes").code == 0
    before = demo.stats()["total"]
    ran = agency("collect", "--patience", "1", "--json")
    assert ran.code == 4, ran.out
    assert ran.json()["visits"][0]["verdict"] == "proxy_down"
    assert demo.stats()["total"] == before


def test_a_page_that_was_not_read_is_amiss_and_leaves_evidence(
    agency: Danga, demo: RunningDemo
) -> None:
    demo.knobs(rename_markup="labels")
    assert agency("collect").code == 1
    (first, *_rest) = agency("evidence", "list", "--json").json()["evidence"]
    assert agency("evidence", "show", first["id"], "--json").json()["html_characters"] > 100


def test_a_class_is_tried_and_no_reading_is_stored(agency: Danga, demo: RunningDemo) -> None:
    before = demo.stats()["total"]
    ran = agency("site", "try", "moment", "--account", "1001", "--level", "creative", "--json")
    assert ran.code == 0, ran.out + ran.err
    told = ran.json()
    assert told["requests"] == demo.stats()["total"] - before
    assert {value["metric"] for value in told["values"]} >= {"spend", "conversions"}
    assert any("/moment/api/" in url for page in told["pages"] for url in page["answers"])
    shown = agency("site", "try", "moment")
    assert "no reading was stored" in shown.out
    assert "달빛커피" in shown.out
    tried = {one["kind"]: one for one in agency("visits", "--json").json()["visits"]}
    assert tried.keys() == {"trial", "probe"}
    assert {one["readings"] for one in tried.values()} == {0}
    assert tried["trial"]["requests"] == told["requests"]


def test_recorded_pages_read_the_same_and_name_nobody(agency: Danga, demo: RunningDemo) -> None:
    words = ("fixture", "record", "moment", "monday", "--account", "1001", "--level", "creative")
    ran = agency(*words, "--json")
    assert ran.code == 0, ran.out + ran.err
    pages = ran.json()["pages"]
    assert sum(page["readings"] for page in pages) > 10
    checked = agency("fixture", "check", "--json")
    assert checked.code == 0, checked.out
    assert [page["page"] for page in checked.json()["pages"]] == [page["page"] for page in pages]
    folder = agency.workspace / "sites" / "pages"
    facts = [fact for fact in demo.truth(login="kim") if fact["account"] == "1001"]
    names = {fact["name"] for fact in facts} | {"달빛커피"}
    names |= {fact["external_id"] for fact in facts}
    everything = "".join(path.read_text("utf-8") for path in folder.rglob("*.*"))
    assert not [name for name in names if name in everything]
    change(folder / "moment" / "monday" / "creatives-1" / "page.html")
    changed = agency("fixture", "check", "moment")
    assert changed.code == 1
    assert "was wanted" in changed.out


def change(page: Path) -> None:
    html = page.read_text("utf-8")
    assert "소진액(원)" in html
    page.write_text(html.replace("소진액(원)", "소진액(천원)"), encoding="utf-8")


def test_what_a_login_can_see_is_discovered(agency: Danga, demo: RunningDemo) -> None:
    ran = agency("entity", "discover", "--json")
    assert ran.code == 0, ran.out + ran.err
    found = {row["account"]: row for row in ran.json()["accounts"]}
    assert found["moment/1001"]["declared"]
    assert not found["moment/1002"]["declared"]
    assert found["moment/1001"]["entities"] > 0
    assert "moment/1002" in agency("account", "list").out
    shown = agency("entity", "discover").out
    assert '- {site: moment, id: "1002", login: kim}' in shown
    names = [row["state"] for row in agency("entity", "list", "--json").json()["entities"]]
    assert "followed" in names


def test_up_measures_by_itself_takes_what_collect_asks_for_and_stops_when_told(
    agency: Danga, demo: RunningDemo
) -> None:
    words: list[str | Path] = [PROGRAM, "--workspace", agency.workspace, "up"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as up:
        try:
            wait_until(lambda: visits(agency, "done"), 60, "the slot is read")
            step(agency, demo)
            (asked,) = agency("collect", "--json").json()["visits"]
            assert asked["state"] == "done"
            (first, *_others) = visits(agency, "done")
            assert first["id"] == asked["id"]
            assert not first["worker"].endswith(f":{os.getpid()}")
        finally:
            up.terminate()
        _, log = up.communicate(timeout=60)
    assert up.returncode == 0, log
    assert "Traceback" not in log


def visits(agency: Danga, state: str) -> list[dict[str, Any]]:
    return [one for one in agency("visits", "--json").json()["visits"] if one["state"] == state]


def test_the_load_report_holds_every_request_that_the_site_counted(
    agency: Danga, demo: RunningDemo
) -> None:
    demo.reset_stats()
    demo.end_sessions()
    before = demo.stats()["logins"]["ok"]
    step(agency, demo)
    assert agency("collect").code == 0
    loads = [agency("site", "load", site, "--format", "json").json() for site in SITES]
    assert sum(load["total"]["requests"] for load in loads) == demo.stats()["total"]
    days = agency("report", "load", "--json").json()["days"]
    assert sum(day["requests"] for day in days) == demo.stats()["total"]
    moment = loads[0]
    signed_in = demo.stats()["logins"]["ok"] - before
    assert sum(load["total"]["sign_ins"] for load in loads) == signed_in == 1
    assert moment["total"]["visits"] == 1
    assert moment["total"]["requests"] == sum(hour["requests"] for hour in moment["hours"])
    assert moment["budgets"][-1]["burst"] == 1000
    rows = agency("site", "load", "moment", "--format", "csv").out.splitlines()
    assert sum(int(row.split(",")[1]) for row in rows[1:]) == moment["total"]["requests"]
    assert f"{moment['total']['requests']:,} requests in 1 visits" in (
        agency("site", "load", "moment").out
    )


def test_kept_pages_are_shown_first_and_stored_when_somebody_says_yes(
    danga: Danga, agency: Danga, demo: RunningDemo
) -> None:
    write_classes(danga.workspace)
    declared = json.loads((danga.workspace / "danga.yaml").read_text(encoding="utf-8"))
    for site in declared["sites"]:
        site["class"] = class_ref(site["name"])
    danga.write("danga.yaml", json.dumps(declared, ensure_ascii=False))
    assert agency("apply", "--yes").code == 0
    assert agency("collect").code == 0
    step(agency, demo)
    demo.knobs(rename_markup="labels")
    assert agency("collect").code == 1
    words = ("visits", "reextract", "moment", "--since", "2026-03-03T14:20", "--json")
    unmended = agency(*words, "--dry-run")
    assert unmended.code == 1
    assert [page["verdict"] for page in unmended.json()["pages"]] == ["layout_changed"]
    mend_classes(danga.workspace)
    untried = agency(*words, "--dry-run")
    assert untried.code != 0
    assert "danga collect" in untried.err
    assert "danga site trust moment" in untried.err
    assert agency("site", "trust", "moment", "--reason", "tried by hand").code == 0
    plan = agency(*words, "--dry-run")
    (page,) = plan.json()["pages"]
    assert (plan.code, plan.json()["done"], page["stored"]) == (0, False, None)
    assert page["readings"] > 10
    assert agency(*words).code == 2, "nobody was asked"
    done = agency(*words, "--yes", "--as", "jieun")
    assert done.code == 0, done.err
    assert done.json()["pages"][0]["stored"] == page["readings"]
    (line,) = agency("audit", "--action", "visits.", "--json").json()["audit"]
    assert (line["actor"], line["subject"]) == ("jieun", "site moment")
    assert agency("visits", "reextract", "nowhere", "--since", "2026-03-03").code == 2
    assert agency("visits", "reextract", "moment", "--since", "noon").code == 2


def test_visits_are_listed_without_saying_list(agency: Danga) -> None:
    assert agency("collect").code == 0
    (visit,) = agency("visits", "--json").json()["visits"]
    assert agency("visits", "--login", "kim", "--json").json()["visits"] == [visit]
    assert agency("visits", "list", "--json").json()["visits"] == [visit]
    shown = agency("visits", str(visit["id"]), "--json").json()
    assert shown["visit"]["id"] == visit["id"]
    assert len(shown["pages"]) == 2


def test_sessions_are_checked_at_the_cost_of_a_page_each(agency: Danga, demo: RunningDemo) -> None:
    ran = agency("session", "check", "--all", "--json")
    assert ran.code == 0, ran.err
    (row,) = ran.json()["sessions"]
    assert (row["login"], row["state"], row["verdict"]) == ("kim", "active", "ok")
    assert row["alive_at"] is not None
    assert row["requests"] > 0
    for words in (("session", "check"), ("session", "check", "kim", "--all")):
        assert agency(*words).code == 2
