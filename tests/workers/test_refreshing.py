"""A person signs in where a program may not: captcha, consent, second factor.

The person is a function that works in the same live page; only the window is not opened here.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from typer.testing import CliRunner

from admin.cli import app
from crawler.browser import Audience, Browser
from crawler.browser_path import find_browser
from crawler.person_input import Key, Left, PersonInput
from crawler.sites.demo_front import DemoFront
from crawler.tab import Tab
from demo.sign_in import CAPTCHA_ANSWER, SECOND_FACTOR_CODE
from domain.audit import person, program
from domain.grant import Wait
from domain.session import BrowserSession, SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitState
from reports.site_load import site_load
from storage.errors import LeaseTaken
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.sign_in_links import SignInLinks
from storage.site_halts import HaltBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import Agency, Identity, inventory, login_of
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.places import Later
from workers.refreshing import NotSignedIn, Person, Proof, refresh
from workers.remote import at_work
from workers.remote.stage import Stage


def _refresh(house: House, person: Person) -> Proof:
    """In a thread of its own: this one's Playwright belongs to the tests' shared browser."""

    def open_window() -> Browser:
        return Browser(find_browser(), house.clock, audience=Audience.PERSON)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(refresh, house, "kim", person, open_window).result()


def _fills_the_form(tab: Tab, **fields: str) -> None:
    for name, value in fields.items():
        if tab.shows(f"input[name={name}]"):
            tab.page.fill(f"input[name={name}]", value)
    tab.page.click("button[type=submit]")
    tab.page.wait_for_load_state()
    tab.page.wait_for_timeout(200)


def _signs_in(tab: Tab) -> None:
    answers = {"captcha": CAPTCHA_ANSWER, "code": SECOND_FACTOR_CODE}
    _fills_the_form(tab, username="kim", password="demo-kim", **answers)


def _collect(house: House, browser: Browser) -> VisitState:
    (visit,) = collect_here(house, browser, Wish((login_of(house.engine),), patience_seconds=30))
    return visit.state


@pytest.mark.parametrize("knob", ["captcha_after", "second_factor", "consent"])
def test_what_a_program_may_not_do_a_person_does_and_the_visits_go_on(
    house: House, agency: Agency, browser: Browser, knob: str
) -> None:
    assert _collect(house, browser) is VisitState.DONE
    agency.demo.knobs(**{knob: 1})
    agency.demo.end_sessions()
    agency.step(minutes=20)
    assert _collect(house, browser) is VisitState.DEFERRED
    assert login_of(house.engine).state is SessionState.NEEDS_HUMAN

    proof = _refresh(house, Person("mina", minutes=0.3, act=_signs_in))
    assert proof.verdict.ok
    assert "달빛커피" in proof.accounts
    assert login_of(house.engine).state is SessionState.ACTIVE
    agency.step(minutes=20)
    assert _collect(house, browser) is VisitState.DONE
    now, zone = house.clock.now(), house.settings.zone
    loads = [site_load(house.engine, site, 1, zone, now).total for site in ("moment", "channel")]
    assert sum(load.requests for load in loads) == agency.demo.stats()["total"]
    by_program, by_person = 2, 1
    assert sum(load.sign_ins for load in loads) == by_program + by_person


def test_who_signs_in_as_another_user_leaves_the_session_of_before(house: House) -> None:
    login = login_of(house.engine)
    kept = BrowserSession(cookies=({"name": "kept", "value": "1", "domain": "x", "path": "/"},))
    house.vault.save(login.id, kept, 0, "a test")

    def as_lee(tab: Tab) -> None:
        _fills_the_form(tab, username="lee", password="demo-lee")

    proof = _refresh(house, Person("mina", minutes=0.3, act=as_lee))
    assert proof.verdict.kind is VerdictKind.WRONG_ACCOUNT
    saved = house.vault.load(login.id)
    assert saved is not None
    assert saved.session == kept
    assert login_of(house.engine).state is SessionState.NEEDS_HUMAN
    assert "none of the login's accounts" in login_of(house.engine).state_reason


def test_a_session_that_lives_but_ends_soon_is_begun_anew(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    assert _collect(house, browser) is VisitState.DONE
    kim = login_of(house.engine).id
    saved = house.vault.load(kim)
    assert saved is not None
    ends = (datetime.now(UTC) + timedelta(hours=20)).timestamp()
    dated = tuple(cookie | {"expires": ends} for cookie in saved.session.cookies)
    house.vault.save(kim, replace(saved.session, cookies=dated), saved.version, "a test")
    demo.reset_stats()
    proof = _refresh(house, Person("mina", minutes=0.3, act=_signs_in))
    assert proof.verdict.ok
    assert demo.stats()["logins"] == {"ok": 1, "failed": 0}


def test_while_a_person_works_the_login_is_claimed_and_afterwards_waits_as_before(
    house: House,
) -> None:
    login = login_of(house.engine)
    book = LoginBook(house.engine)
    book.set_state(login.id, SessionState.NEEDS_HUMAN, program("visit 1"), "captcha: asked")
    states = []

    def goes_away(tab: Tab) -> None:
        states.append(login_of(house.engine).state)
        raise NotSignedIn("gone")

    with pytest.raises(NotSignedIn, match="gone"):
        _refresh(house, Person("mina", act=goes_away))
    assert states == [SessionState.CLAIMED]
    after = login_of(house.engine)
    assert (after.state, after.state_reason) == (SessionState.NEEDS_HUMAN, "captcha: asked")


def test_a_person_who_does_not_sign_in_changes_nothing(house: House) -> None:
    before = house.vault.newest_version(login_of(house.engine).id)
    looks_away = Person("mina", minutes=0.02, act=lambda tab: tab.page.wait_for_timeout(200))
    with pytest.raises(NotSignedIn, match="still shows its sign-in"):
        _refresh(house, looks_away)
    assert house.vault.newest_version(login_of(house.engine).id) == before
    assert LeaseBook(house.engine).holder_of(login_of(house.engine).id) is None


def test_a_window_that_is_closed_half_way_changes_nothing(house: House) -> None:
    closes = Person("mina", act=lambda tab: tab.page.close())
    with pytest.raises(NotSignedIn, match="window was lost"):
        _refresh(house, closes)
    assert login_of(house.engine).state is SessionState.NEW


def test_a_site_that_is_stopped_meanwhile_closes_the_window_of_a_person_too(house: House) -> None:
    def stops_it(tab: Tab) -> None:
        HaltBook(house.engine).stop("moment", person("lee"), "they called")
        tab.page.wait_for_timeout(200)

    before = login_of(house.engine)
    with pytest.raises(Later, match="moment is stopped by lee: they called"):
        _refresh(house, Person("mina", minutes=0.5, act=stops_it))
    assert login_of(house.engine) == before
    assert LeaseBook(house.engine).holder_of(before.id) is None


def test_nobody_signs_in_while_a_visit_works_with_the_login(house: House) -> None:
    login = login_of(house.engine)
    with (
        LeaseBook(house.engine).hold(login.id, "a visit", "regular", 60),
        pytest.raises(LeaseTaken),
    ):
        _refresh(house, Person("mina", minutes=0.3, act=_signs_in))


def test_the_requests_of_a_person_are_within_the_budget_too(house: House) -> None:
    _refresh(house, Person("mina", minutes=0.3, act=_signs_in))
    assert house.pace.snapshot("moment").spent_today > 0


def test_what_a_person_sends_is_charged_as_it_is_sent_and_not_at_the_end(
    agency: Agency, demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DemoFront, "cold_page_requests", 1)  # many small grants instead of one
    rate = {"requests_per_second": 20, "floor_per_second": 20}
    budget = {**rate, "burst": 4, "concurrent_visits": 2}
    agency.apply(inventory(demo, Identity("kim", ("moment/1001",)), budget=budget))
    looks: list[tuple[int, int]] = []

    with agency.house() as house:

        def looks_around_first(tab: Tab) -> None:
            looks.append((demo.stats()["total"], house.pace.snapshot("moment").spent_today))
            if len(looks) > 4:
                _signs_in(tab)
                return
            for _page in range(3):
                tab.page.reload()

        demo.reset_stats()
        _refresh(house, Person("mina", minutes=2.0, act=looks_around_first))
        spent = house.pace.snapshot("moment").spent_today
    sent = [before for before, _ in looks]
    assert sent[4] >= sent[0] + 12, "three grants were not enough"
    assert all(charged >= before for before, charged in looks), looks
    assert spent == demo.stats()["total"]


def test_what_a_person_does_elsewhere_is_held_back_while_the_budget_is_spent(
    house: House,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[PersonInput] = []

    class View:
        strayed_to = None

        def __init__(self, *_given: object) -> None:
            return

        def draw(self) -> None:
            return

        def pump(self, _seconds: float) -> None:
            return

        def do(self, one: PersonInput) -> None:
            done.append(one)

    monkeypatch.setattr(at_work, "LiveView", View)
    monkeypatch.setattr(at_work, "LOOK_SECONDS", 0.05)
    links = SignInLinks(house.engine)
    link = links.find(links.offer("kim", person("mina"), timedelta(hours=1)))
    assert link is not None
    stage = Stage(link, "kim")
    afar, tab = at_work.PersonAfar(stage, links), cast(Tab, None)
    afar.meet(tab, frozenset())
    first, then = Key("Tab"), Key("Enter")
    stage.take(first)
    afar.hold(tab, Wait(3.0, "request rate"))
    stage.take(then)
    afar.hold(tab, Wait(2.0, "request rate"))
    assert done == []
    afar.act(tab)
    assert done == [first, then]
    stage.take(Left())
    with pytest.raises(NotSignedIn, match="stopped half-way"):
        afar.hold(tab, Wait(1.0, "request rate"))


def test_a_new_password_lets_a_refused_login_go_on(
    house: House, agency: Agency, browser: Browser
) -> None:
    login = login_of(house.engine)
    house.credentials.keep_password(login.id, "mistyped")
    assert _collect(house, browser) is VisitState.DEFERRED
    assert login_of(house.engine).state is SessionState.NEEDS_HUMAN
    typed = CliRunner().invoke(
        app, ["login", "password", "kim", "-w", str(agency.root)], input="demo-kim\n"
    )
    assert typed.exit_code == 0, typed.output
    assert login_of(house.engine).state is SessionState.SUSPECT
    agency.step(minutes=20)
    assert _collect(house, browser) is VisitState.DONE
