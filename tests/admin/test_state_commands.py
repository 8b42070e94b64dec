"""What the programs have left behind, seen through the doors."""

from __future__ import annotations

import json
import pickle
import re
import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from costs.flag import Flag
from costs.rows import HourCost, SlotCost, WatchCosts
from costs.window import Window
from domain.audit import person
from domain.clock import FileClock
from domain.evidence import Evidence
from domain.money import unit_cost
from domain.session import SessionState
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitKind, VisitState
from storage.audit import AuditBook
from storage.engine import open_engine
from storage.evidence_store import EvidenceStore
from storage.heartbeats import HeartbeatBook
from storage.keyring import read_key_file
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.session_vault import SessionVault
from storage.transaction import run_in_transaction
from storage.unit_costs import UnitCostStore
from storage.visit_record import Outcome, PageRecord
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook, note_page
from storage.watches import WatchBook
from tests.admin.conftest import Danga
from tests.admin.inventories import whole
from workers.worker_life import REMOTE

NOW = datetime(2026, 3, 3, 5, 0, tzinfo=UTC)
"""14:00 in Seoul."""


@pytest.fixture
def applied(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """A workspace with the example inventory, in which it is 14:00."""
    FileClock(danga.workspace / "clock").set(NOW)
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    return danga


@pytest.fixture
def engine(applied: Danga) -> Iterator[Engine]:
    """The workspace's database."""
    opened = open_engine(f"sqlite:///{applied.workspace}/danga.db")
    yield opened
    opened.dispose()


def cookie(**changes: object) -> dict[str, object]:
    return {
        "name": "SID",
        "value": "hunter2",
        "domain": "moment.example.com",
        "path": "/",
        "expiry": 4_000_000_000,
        "secure": True,
        "httpOnly": True,
        "sameSite": "Lax",
        **changes,
    }


def test_a_pickle_of_seleniums_cookies_is_imported_and_shown_without_values(
    applied: Danga, engine: Engine
) -> None:
    file = applied.workspace / "cookies.pkl"
    file.write_bytes(pickle.dumps([cookie(), cookie(domain="ads.other.example")]))
    ran = applied("session", "import", "kim", file, "--yes", "--no-probe", "--json")
    assert ran.code == 0, ran.err
    assert (ran.json()["version"], len(ran.json()["cookies"])) == (1, 1)
    assert "ads.other.example" in ran.json()["left_out"][0]
    shown = applied("session", "show", "kim", "--json")
    assert shown.json()["cookies"][0]["name"] == "SID"
    assert "hunter2" not in ran.out + shown.out + applied("session", "show", "kim").out
    (line,) = applied("session", "list", "--json").json()["sessions"]
    assert (line["state"], line["version"]) == ("suspect", 1)
    vault = SessionVault(engine, read_key_file(applied.workspace / "danga.key"))
    saved = vault.load(LoginBook(engine).get("kim").id)
    assert saved is not None
    assert saved.session.cookies[0]["value"] == "hunter2"


def test_a_playwright_storage_state_is_imported(applied: Danga) -> None:
    state = {"cookies": [{**cookie(), "expires": -1}], "origins": []}
    del state["cookies"][0]["expiry"]
    file = applied.write("state.json", json.dumps(state))
    assert (
        applied("session", "import", "kim", file, "--yes", "--no-probe", "--json").json()["version"]
        == 1
    )


class Bomb:
    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        import os

        return os.system, ("touch /tmp/danga-was-here",)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (pickle.dumps([Bomb()]), ""),
        (pickle.dumps([cookie()])[:40], ""),
        (b"\x89PNG....", ""),
        (b"", ""),
        (pickle.dumps([cookie(domain="bank.example")]), "belongs to another site"),
        (pickle.dumps([cookie(expiry=1_000_000)]), "ended on"),
        (pickle.dumps([cookie(expiry=4_000_000_000_000)]), "milliseconds"),
    ],
)
def test_a_file_that_is_no_session_changes_nothing_and_says_why(
    applied: Danga, content: bytes, told: str
) -> None:
    file = applied.workspace / "cookies.pkl"
    file.write_bytes(content)
    ran = applied("session", "import", "kim", file, "--yes", "--no-probe")
    assert ran.code == 2
    assert "cookies.pkl" in ran.err
    assert told in ran.err
    assert "Traceback" not in ran.err
    assert "hunter2" not in ran.err
    assert applied("session", "list", "--json").json()["sessions"][0]["version"] is None
    assert not Path("/tmp/danga-was-here").exists()


def test_a_login_without_a_session_says_how_to_get_one(applied: Danga) -> None:
    ran = applied("session", "show", "kim")
    assert ran.code == 2
    assert "danga session import kim FILE" in ran.err


def test_without_a_display_a_window_says_how_else(
    applied: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    ran = applied("session", "refresh", "kim", "--window")
    assert ran.code == 2
    assert "danga session refresh kim` without --window" in ran.err


def test_a_link_that_nobody_opens_ends_by_itself_and_says_what_to_do(
    applied: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGA_REMOTE_LISTEN", "127.0.0.1:0")
    ran = applied("session", "refresh", "kim", "--minutes", "0.1")
    assert ran.code == 3
    assert re.search(r"http://127\.0\.0\.1:\d+/s/[\w-]{43}\n", ran.err)
    assert "nobody has signed in" in ran.err
    assert "danga session refresh kim" in ran.err


def test_a_port_that_is_taken_is_named_with_its_setting(
    applied: Danga, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("DANGA_REMOTE_LISTEN", f"127.0.0.1:{port}")
        ran = applied("session", "refresh", "kim")
    assert ran.code == 2
    assert f"DANGA_REMOTE_LISTEN: cannot listen on 127.0.0.1:{port}" in ran.err


def test_a_port_that_the_standing_server_has_leaves_the_link_to_that_server(
    applied: Danga, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    HeartbeatBook(engine).beat("here:7", REMOTE)
    monkeypatch.setenv("DANGA_REMOTE_PUBLIC_URL", "https://danga.example.com")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("DANGA_REMOTE_LISTEN", f"127.0.0.1:{taken.getsockname()[1]}")
        ran = applied("session", "refresh", "kim", "--minutes", "0.1")
    assert ran.code == 3
    assert re.search(r"https://danga\.example\.com/s/[\w-]{43}\n", ran.err)
    assert "nobody has signed in" in ran.err


def test_a_person_is_forgotten(applied: Danga) -> None:
    ran = applied("remote", "forget", "김지은", "--json")
    assert (ran.code, ran.json()) == (0, {"name": "김지은", "browsers": 0})


def test_visits_are_listed_and_each_shows_its_pages(applied: Danga, engine: Engine) -> None:
    kim = LoginBook(engine).get("kim").id
    visit = VisitSchedule(engine).plan({kim: 0.0}, NOW, VisitKind.REGULAR)[kim]
    claim = VisitBook(engine).claim(visit, "here:1", 60)
    assert claim is not None
    page = PageRecord("moment", "creatives", "/moment/x", VerdictKind.BLANK, steps=("went back",))
    run_in_transaction(engine, lambda connection: note_page(connection, claim, page))
    VisitBook(engine).finish(claim, Outcome(VisitState.PARTIAL, VerdictKind.BLANK, "stayed blank"))
    (line,) = applied("visits", "--json").json()["visits"]
    assert (line["login"], line["state"], line["pages_failed"]) == ("kim", "partial", 1)
    assert line["planned_at"] == "2026-03-03T05:00:00+00:00"
    shown = applied("visits", str(visit), "--json").json()
    assert shown["pages"][0]["steps"] == ["went back"]
    assert "2026-03-03 14:00" in applied("visits").out
    assert applied("visits", "--login", "lee").out == "No visits yet.\n"
    assert applied("visits", "99").code == 2


def test_evidence_is_listed_shown_and_written_only_where_one_asks(
    applied: Danga, engine: Engine, tmp_path: Path
) -> None:
    keyring = read_key_file(applied.workspace / "danga.key")
    store = EvidenceStore(engine, keyring, applied.workspace / "state" / "evidence")
    evidence = Evidence(
        login="kim",
        page_url="https://moment.example.com/x",
        verdict=Verdict(VerdictKind.LAYOUT_CHANGED, "no column 소진액"),
        taken_at=NOW,
        html="<p>봄</p>",
        screenshot=b"\x89PNG",
        answers=(("https://moment.example.com/api", "{}"),),
        log=("went there",),
        site="moment",
    )
    key = store.keep(evidence)
    (line,) = applied("evidence", "list", "--json").json()["evidence"]
    assert (line["id"], line["verdict"]) == (key, "layout_changed")
    folder = tmp_path / "page"
    shown = applied("evidence", "show", key, "--to", folder, "--json").json()
    assert shown["detail"] == "no column 소진액"
    assert (folder / "page.html").read_text("utf-8") == "<p>봄</p>"
    assert folder.stat().st_mode & 0o077 == 0
    again = applied("evidence", "show", key, "--to", folder)
    assert (again.code, "name a new folder" in again.err) == (2, True)
    assert applied("evidence", "show", "20260303-050000-000000000000").code == 2


def slot(minutes_ago: int, spend: int, results: int) -> SlotCost:
    at = NOW - timedelta(minutes=minutes_ago)
    cost = unit_cost(spend, results)
    return SlotCost(at, at - timedelta(minutes=20), spend, results, cost, 0, frozenset())


def store_costs(engine: Engine) -> None:
    (watch,) = WatchBook(engine).all()
    slots = (slot(80, 50_000, 5), slot(40, 30_000, 1), slot(20, 20_000, 1), slot(0, 9_000, 0))
    flags = frozenset({Flag.ESTIMATED})
    begins = NOW - timedelta(hours=1)
    hour = HourCost(begins, NOW.date(), 13, 50_000, 2, unit_cost(50_000, 2), 0, flags)
    yesterday = NOW - timedelta(days=1)
    window = Window(yesterday, yesterday, yesterday, yesterday)
    UnitCostStore(engine).replace(watch.id, window, WatchCosts(slots, (hour,)), NOW)


def test_report_now_sums_and_never_averages(applied: Danga, engine: Engine) -> None:
    store_costs(engine)
    ran = applied("report", "now", "--json")
    (row,) = ran.json()["watches"]
    assert ran.code == 0
    assert (row["spend"], row["results"], row["unit_cost"]) == (59_000, 2, "29500.0000")
    assert (row["today_spend"], row["today_unit_cost"]) == (50_000, "25000.0000")
    assert (row["age_minutes"], row["target"]) == (0, 30_000)
    assert "29,500원" in applied("report", "now").out


def test_no_results_are_said_as_such(applied: Danga, engine: Engine) -> None:
    FileClock(applied.workspace / "clock").set(NOW + timedelta(minutes=40))
    store_costs(engine)
    assert "0건 / 소진 9,000원" in applied("report", "now").out


def test_a_watch_that_waits_for_a_person_or_was_never_measured_is_amiss(
    applied: Danga, engine: Engine
) -> None:
    ran = applied("report", "now", "--lang", "en")
    assert (ran.code, "never measured" in ran.out) == (1, True)
    store_costs(engine)
    kim = LoginBook(engine).get("kim").id
    LoginBook(engine).set_state(kim, SessionState.NEEDS_HUMAN, person("kim"), "captcha")
    ran = applied("report", "now", "--lang", "en")
    assert ran.code == 1
    assert "kim waits for a person since" in ran.out


def test_the_hours_of_a_date_are_shown(applied: Danga, engine: Engine) -> None:
    store_costs(engine)
    (row,) = applied("report", "hourly", "--json").json()["hours"]
    assert (row["hour"], row["unit_cost"], row["flags"]) == (13, "25000.0000", ["estimated"])
    assert row["date"] == "2026-03-03"
    assert "25,000원" in applied("report", "hourly", "--date", "2026-03-03").out
    assert applied("report", "hourly", "--date", "2026-03-02", "--json").json() == {"hours": []}
    assert applied("report", "hourly", "--date", "gestern").code == 2


def test_a_login_is_switched_off_and_on_by_a_named_person(
    applied: Danga, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USER", "park")
    off = applied("login", "disable", "kim", "--reason", "on leave", "--json").json()
    assert off == {"login": "kim", "state": "disabled", "reason": "switched off by park: on leave"}
    assert LoginBook(engine).get("kim").waits
    assert applied("login", "enable", "kim", "--json").json()["state"] == "new"
    again = applied("login", "enable", "kim")
    assert (again.code, "neither switched off nor contested: it is new" in again.err) == (2, True)
    lines = AuditBook(engine).newest(subject="login kim", action="session.", only_people=True)
    assert [line.actor.name for line in lines] == ["park", "park"]
    assert [line.deed.detail["to"] for line in lines] == ["new", "disabled"]


def test_age_last_reading_and_expected_end_of_a_session_are_shown(
    applied: Danga, engine: Engine, tmp_path: Path
) -> None:
    (row,) = applied("session", "list", "--json").json()["sessions"]
    assert (row["age"], row["signed_in_at"], row["alive_at"]) == (None, None, None)
    cookies = tmp_path / "cookies.pkl"
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=8)
    cookies.write_bytes(pickle.dumps([cookie(expiry=int(ends.timestamp()))]))
    assert applied("session", "import", "kim", cookies, "--yes", "--no-probe").code == 0
    kim = LoginBook(engine).get("kim").id
    with LeaseBook(engine).hold(kim, "a visit", "regular", 60) as lease:
        LoginBook(engine).alive(kim, lease)
    shown = applied("session", "show", "kim", "--json").json()
    assert (shown["state"], shown["age"]) == ("suspect", "0 h 0 min")
    assert datetime.fromisoformat(shown["signed_in_at"]) <= datetime.fromisoformat(
        shown["alive_at"]
    )
    assert datetime.fromisoformat(shown["ends_at"]) == ends
