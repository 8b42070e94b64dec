"""A session made elsewhere: what it holds is shown, the site is asked, then it is saved."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import sync_playwright
from typer.testing import CliRunner, Result

from admin.cli import app
from crawler.browser import Browser
from crawler.browser_path import find_browser
from domain.audit import program
from domain.session import SessionState
from domain.visit import VisitState
from storage.audit import AuditBook
from storage.leases import LeaseBook
from storage.logins import LoginBook
from tests.proxy_server import ForwardProxy, forward_proxy
from tests.workers.workspace import KIM, LEE, Agency, Identity, inventory, login_of
from workers.collecting import Wish, collect_here
from workers.house import House


@pytest.fixture
def house(agency: Agency) -> Iterator[House]:
    """An agency with two logins."""
    agency.apply(inventory(agency.demo, KIM, LEE))
    with agency.house() as opened:
        yield opened


def danga(agency: Agency, *words: str | Path) -> Result:
    """Run a command in a thread of its own: this one's Playwright belongs to the shared browser."""
    command = ["--workspace", str(agency.root), *map(str, words)]
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(CliRunner().invoke, app, command).result()


def bring(agency: Agency, file: Path, *options: str) -> tuple[int, dict[str, Any]]:
    """Import a file for kim; return the exit code and the JSON document."""
    ran = danga(agency, "session", "import", "kim", file, "--json", *(options or ("--yes",)))
    return ran.exit_code, json.loads(ran.stdout)


def visit(house: House, browser: Browser, login: str = "kim") -> VisitState:
    wish = Wish((login_of(house.engine, login),), patience_seconds=30)
    (done,) = collect_here(house, browser, wish)
    return done.state


def exported(agency: Agency, login: str = "kim") -> Path:
    file = agency.root / f"{login}.json"
    ran = danga(agency, "session", "export", login, "--to", file)
    assert ran.exit_code == 0, ran.stderr
    return file


def as_cookies_txt(state: Path) -> Path:
    """Write the cookies of a state as an extension would."""
    lines = ["# Netscape HTTP Cookie File"]
    for one in json.loads(state.read_text(encoding="utf-8"))["cookies"]:
        end = max(int(one["expires"]), 0)
        mark = "#HttpOnly_" if one["httpOnly"] else ""
        fields = (one["domain"], "FALSE", one["path"], str(one["secure"]).upper(), str(end))
        lines.append(mark + "\t".join((*fields, one["name"], one["value"])))
    file = state.with_suffix(".txt")
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return file


def newest(house: House) -> int:
    return house.vault.newest_version(login_of(house.engine).id)


def test_what_was_exported_is_imported_proved_and_saved_without_a_password(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file = as_cookies_txt(exported(agency))
    before = newest(house)
    agency.demo.reset_stats()
    code, told = bring(agency, file)
    assert (code, told["state"], told["verdict"]) == (0, "active", "ok")
    assert told["format"] == "netscape cookies.txt"
    assert newest(house) == told["version"] == before + 1
    assert agency.demo.stats()["logins"] == {"ok": 0, "failed": 0}
    assert house.pace.snapshot("moment").spent_today > 0
    (line,) = AuditBook(house.engine).newest("login kim", "session.import")
    assert (line.actor.is_person, line.deed.detail["version"]) == (True, before + 1)
    assert visit(house, browser) is VisitState.DONE


def test_a_session_that_is_over_is_not_saved_and_nothing_is_typed(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file = exported(agency)
    agency.demo.end_sessions()
    agency.demo.reset_stats()
    before = newest(house), login_of(house.engine).state
    code, told = bring(agency, file)
    assert code == 3
    assert told["error"]["message"].startswith("Nothing was saved: the site answers signed_out")
    assert "danga session refresh kim" in told["error"]["next_step"]
    assert (newest(house), login_of(house.engine).state) == before
    assert agency.demo.stats()["logins"] == {"ok": 0, "failed": 0}
    assert LeaseBook(house.engine).holder_of(login_of(house.engine).id) is None


def test_the_session_of_another_user_is_not_saved(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser, "lee") is VisitState.DONE
    code, told = bring(agency, exported(agency, "lee"))
    assert code == 3
    assert "wrong_account" in told["error"]["message"]
    assert newest(house) == 0
    assert login_of(house.engine).state is SessionState.NEW


def test_a_login_that_is_switched_off_is_not_probed_but_may_get_a_session(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file, before = exported(agency), newest(house)
    assert danga(agency, "login", "disable", "kim").exit_code == 0
    agency.demo.reset_stats()
    code, told = bring(agency, file)
    assert "is switched off" in told["error"]["message"]
    assert (code, newest(house), agency.demo.stats()["total"]) == (1, before, 0)
    _, told = bring(agency, file, "--yes", "--no-probe")
    assert (told["version"], told["state"]) == (before + 1, "disabled")
    assert login_of(house.engine).state is SessionState.DISABLED


def test_a_session_that_works_is_not_replaced_by_one_that_nobody_could_prove(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file, before = exported(agency), newest(house)
    agency.demo.knobs(maintenance="all")
    code, told = bring(agency, file)
    assert (code, told["error"]["kind"]) == (4, "NotProved")
    assert "kim has a session that works" in told["error"]["message"]
    assert "--no-probe" in told["error"]["next_step"]
    assert (newest(house), login_of(house.engine).state) == (before, SessionState.ACTIVE)
    assert AuditBook(house.engine).newest("login kim", "session.import") == ()
    code, told = bring(agency, file, "--yes", "--no-probe")
    assert (code, told["version"], told["state"]) == (0, before + 1, "suspect")


def test_where_the_site_cannot_be_asked_a_login_without_a_session_gets_it_as_suspect(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file, kim = exported(agency), login_of(house.engine)
    LoginBook(house.engine).set_state(kim.id, SessionState.SUSPECT, program("a test"), "ended")
    agency.demo.knobs(maintenance="all")
    code, told = bring(agency, file)
    assert (code, told["state"], told["verdict"]) == (4, "suspect", "maintenance")
    assert "not proved" in login_of(house.engine).state_reason


def test_a_dry_run_shows_and_saves_nothing_and_sends_nothing(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file = exported(agency)
    agency.demo.reset_stats()
    before = newest(house)
    code, told = bring(agency, file, "--dry-run")
    assert (code, told["version"], told["state"]) == (0, None, None)
    assert [one["name"] for one in told["cookies"]]
    assert newest(house) == before
    assert agency.demo.stats()["total"] == 0
    shown = danga(agency, "session", "import", "kim", file, "--dry-run").stdout
    value = json.loads(file.read_text(encoding="utf-8"))["cookies"][0]["value"]
    assert "Nothing was saved." in shown
    assert value not in shown + json.dumps(told)


def test_nobody_to_ask_is_told_and_nothing_is_saved(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file, before = exported(agency), newest(house)
    ran = danga(agency, "session", "import", "kim", file)
    assert ran.exit_code == 2
    assert "--dry-run" in ran.stderr
    assert newest(house) == before


def test_a_file_of_another_browser_is_said_to_be_so(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file = exported(agency)
    assert bring(agency, file, "--dry-run")[1]["warnings"] == []
    state = json.loads(file.read_text(encoding="utf-8"))
    assert state["userAgent"] == browser.user_agent()
    file.write_text(json.dumps({**state, "userAgent": "Mozilla/5.0 Firefox/150"}))
    (warning,) = bring(agency, file, "--dry-run")[1]["warnings"]
    assert "Firefox/150" in warning
    assert browser.user_agent() in warning


def test_an_export_opens_in_playwright_is_the_owners_alone_and_noted(
    house: House, agency: Agency, browser: Browser
) -> None:
    assert visit(house, browser) is VisitState.DONE
    file = agency.root / "kim.json"
    ran = danga(agency, "session", "export", "kim", "--to", file)
    assert "Whoever has this file is signed in" in ran.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    (line,) = AuditBook(house.engine).newest("login kim", "session.export")
    assert (line.actor.is_person, line.deed.detail["to"]) == (True, str(file))
    again = danga(agency, "session", "export", "kim", "--to", file)
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)
    saved = house.vault.load(login_of(house.engine).id)
    assert saved is not None

    def opened() -> set[str]:
        program = find_browser()
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(
                executable_path=program.executable, chromium_sandbox=program.sandbox
            )
            context = chromium.new_context(storage_state=file)
            values = {one["value"] for one in context.cookies()}
            chromium.close()
        return values

    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(opened).result()
    assert found == {one["value"] for one in saved.session.cookies}


def test_a_login_without_a_session_has_none_to_export(house: House, agency: Agency) -> None:
    ran = danga(agency, "session", "export", "kim", "--to", agency.root / "kim.json")
    assert (ran.exit_code, "has no saved session" in ran.stderr) == (2, True)
    assert not (agency.root / "kim.json").exists()


@pytest.fixture
def proxy() -> Iterator[ForwardProxy]:
    with forward_proxy() as running:
        yield running


def test_the_probe_goes_through_the_logins_own_proxy(
    agency: Agency, browser: Browser, proxy: ForwardProxy
) -> None:
    agency.proxies = [{"id": "kr-1", "url": proxy.url, "labels": ["kr"]}]
    behind = Identity(KIM.name, KIM.accounts, proxy={"label": "kr"})
    agency.apply(inventory(agency.demo, behind))
    with agency.house() as house:
        assert visit(house, browser) is VisitState.DONE
        file = exported(agency)
        agency.demo.reset_stats()
        before = proxy.requests()
        code, told = bring(agency, file)
        assert (code, told["state"]) == (0, "active")
        assert proxy.requests() - before == agency.demo.stats()["total"] > 0
