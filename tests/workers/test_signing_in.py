"""How often a program signs in, and when it gives way: in real browsers against the demo."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page as BrowserPage

from crawler.browser import Browser
from domain.audit import person
from domain.credentials import Credentials
from domain.session import SessionState
from domain.sign_in import SignInKind, SignInOutcome
from domain.verdict import Verdict, VerdictKind
from domain.visit import VisitState
from storage.audit import AuditBook
from storage.leases import HeldLease, LeaseBook
from storage.logins import LoginBook
from storage.sign_ins import SignInBook
from tests.demo.visitor import Visitor
from tests.demo_server import RunningDemo
from tests.workers.workspace import (
    KIM,
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
from workers.sign_in_desk import SignInDesk
from workers.tick import tick
from workers.visiting import visit_next

LEE = Identity("lee", ("moment/1003",))
MOON = Identity("moon-ads", ("moment/1001",), username="kim")


def run_slot(house: House, browser: Browser) -> None:
    """Give every visit of the slot of now its turn."""
    tick(house)
    pass_time(house.engine, minutes=10)
    while visit_next(house, browser) is not None:
        continue


def outcomes(house: House, login: str = "kim") -> list[SignInOutcome]:
    history = SignInBook(house.engine).history(login_of(house.engine, login).id)
    return [one.outcome for one in history if one.kind is SignInKind.PROGRAM]


def transitions(house: House) -> list[tuple[str, str]]:
    """Where kim's session went, the oldest first."""
    lines = AuditBook(house.engine).newest(subject="login kim", action="session.state")
    return [(one.deed.detail["from"], one.deed.detail["to"]) for one in reversed(lines)]


def test_every_transition_of_a_sign_in_stands_in_the_audit(house: House, browser: Browser) -> None:
    run_slot(house, browser)
    assert transitions(house) == [("new", "refreshing"), ("refreshing", "active")]
    (line,) = AuditBook(house.engine).newest(action="session.sign_in")
    (visit,) = visits_of(house.engine)
    assert line.actor.name == f"visit {visit.id}"
    assert outcomes(house) == [SignInOutcome.HELD]
    login = login_of(house.engine)
    assert login.signed_in_at is not None
    assert login.alive_at is not None
    assert login.signed_in_at <= login.alive_at


def test_a_ceiling_of_a_day_holds_over_slots_and_costs_the_site_nothing_more(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, sign_ins_per_day=2))
    demo.knobs(session_minutes=15)
    with agency.house() as house:
        for _slot in range(3):
            run_slot(house, browser)
            agency.step(minutes=20)
        assert demo.stats()["logins"] == {"ok": 2, "failed": 0}
        before = demo.stats()["total"]
        run_slot(house, browser)
        assert demo.stats()["total"] == before, "its session is known to be over"
        login = login_of(house.engine)
        assert login.state is SessionState.SUSPECT
        assert "2 sign-ins today, and 2 a day are allowed" in login.state_reason
        visit = visits_of(house.engine)[-1]
        assert (visit.state, visit.attempts) == (VisitState.DEFERRED, 0)

        agency.set_clock("2026-03-04T00:40:00+09:00")
        run_slot(house, browser)
        assert demo.stats()["logins"]["ok"] == 3
        assert login_of(house.engine).state is SessionState.ACTIVE


def test_a_sign_in_that_did_not_hold_waits_also_in_the_next_slot_and_after_a_restart(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM))
    demo.knobs(session_minutes=0)
    waits = []
    for _slot in range(3):
        with agency.house() as house:
            tick(house)
            visit_next(house, browser)
            history, now = SignInBook(house.engine).history_and_time(login_of(house.engine).id)
            waits.append(round((now - history[-1].at).total_seconds() / 60))
            pass_time(house.engine, minutes=8)
            agency.step(minutes=20)
    # 8 minutes later the first wait of 5 is over, 8 minutes after the second one of 10 is not.
    assert demo.stats()["logins"]["ok"] == 2
    assert waits == [0, 0, 8]


def test_a_refused_password_is_not_typed_again_until_it_is_another(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM))
    with agency.house() as house:
        kim = login_of(house.engine).id
        house.credentials.keep_password(kim, "not the password")
        run_slot(house, browser)
        assert demo.stats()["logins"] == {"ok": 0, "failed": 1}
    with agency.house() as house:  # a person lets it go on, and the password is still that one
        LoginBook(house.engine).set_state(kim, SessionState.SUSPECT, person("park"), "try again")
        SignInBook(house.engine).by_person(
            kim, SignInKind.CLEARED, person("park"), house.clock.now()
        )
        agency.step(minutes=20)
        run_slot(house, browser)
        assert demo.stats()["logins"] == {"ok": 0, "failed": 1}
        login = login_of(house.engine)
        assert login.state is SessionState.NEEDS_HUMAN
        assert "refused this password before" in login.state_reason
        house.credentials.keep_password(kim, "demo-kim")
        LoginBook(house.engine).set_state(kim, SessionState.SUSPECT, person("park"), "another one")
        run_slot(house, browser)
        assert demo.stats()["logins"] == {"ok": 1, "failed": 1}


def stolen(house: House) -> HeldLease:
    """Let kim's lease run out, and another worker take the login."""
    pass_time(house.engine, minutes=6)
    kim = login_of(house.engine).id
    lease = LeaseBook(house.engine).take(kim, "another worker", "regular", 300)
    assert lease is not None
    return lease


def test_a_lease_that_expires_while_the_password_is_typed_does_no_harm(
    house: House, browser: Browser, demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []
    site = house.site("channel")  # whose page comes first

    def slow(page: BrowserPage, credentials: Credentials) -> None:
        type(site).login(site, page, credentials)
        taken.append(stolen(house))

    monkeypatch.setattr(site, "login", slow)
    tick(house)
    visit_next(house, browser)
    kim = login_of(house.engine).id
    assert demo.stats()["logins"]["ok"] == 1
    assert house.vault.newest_version(kim) == 0, "the late one saves nothing"
    assert outcomes(house) == [SignInOutcome.TYPED], "nor says what came of it"

    monkeypatch.undo()
    browser.drop("kim")  # the other worker has a browser of its own
    LeaseBook(house.engine).release(taken[0])
    run_slot(house, browser)
    assert demo.stats()["logins"]["ok"] == 2, "the new one signs in once"
    assert outcomes(house) == [SignInOutcome.TYPED, SignInOutcome.HELD]
    assert stored_numbers(house.engine, house.clock.now()) == true_numbers(demo, KIM)


def test_a_lease_that_expires_before_the_password_is_typed_lets_nothing_be_typed(
    house: House, browser: Browser, demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = SignInDesk.load

    def slow(desk: SignInDesk) -> Credentials | None:
        stolen(house)
        return load(desk)

    monkeypatch.setattr(SignInDesk, "load", slow)
    tick(house)
    visit_next(house, browser)
    assert demo.stats()["logins"] == {"ok": 0, "failed": 0}
    assert outcomes(house) == []


class Killed(BaseException):
    """The process is gone."""


def test_who_takes_over_finds_the_session_of_a_sign_in_whose_process_was_killed(
    house: House, browser: Browser, demo: RunningDemo, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = SignInDesk.typed

    def die(desk: SignInDesk, verdict: Verdict) -> None:
        raise Killed

    monkeypatch.setattr(SignInDesk, "typed", die)
    tick(house)
    with pytest.raises(Killed):
        visit_next(house, browser)
    browser.drop("kim")
    monkeypatch.setattr(SignInDesk, "typed", typed)
    run_slot(house, browser)
    assert demo.stats()["logins"]["ok"] == 1
    assert outcomes(house) == [SignInOutcome.HELD], "a page that was read with it says so"
    assert login_of(house.engine).state is SessionState.ACTIVE


def sign_in_elsewhere(demo: RunningDemo, user: str = "kim") -> None:
    with Visitor(demo.url) as marketer:
        marketer.sign_in(user)


def test_a_login_that_somebody_else_uses_is_given_up_after_the_second_time_in_a_day(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, LEE))
    demo.knobs(one_session=True)
    with agency.house() as house:
        run_slot(house, browser)
        for _time in range(2):
            sign_in_elsewhere(demo)
            agency.step(minutes=20)
            run_slot(house, browser)
        signed_in = outcomes(house)
        assert signed_in == [SignInOutcome.HELD] * 3
        # The other login is read after this one: only now is it sure that the site did not restart.
        sign_in_elsewhere(demo)
        agency.step(minutes=20)
        run_slot(house, browser)
        assert outcomes(house) == signed_in, "it gives way before it types once more"
        login = login_of(house.engine)
        assert login.state is SessionState.CONTESTED
        assert "ended from elsewhere 2 times today (10:20, 10:40)" in login.state_reason
        assert "a login of its own" in login.state_reason
        assert transitions(house)[-1] == ("active", "contested")
        assert login_of(house.engine, "lee").state is SessionState.ACTIVE

        demo.reset_stats()
        agency.step(minutes=20)
        run_slot(house, browser)
        paths = demo.stats()["by_path"]
        assert not [path for path in paths if "1001" in path], "the marketer is left alone"
        assert VisitState.FAILED not in {visit.state for visit in visits_of(house.engine)}


def test_after_a_person_let_a_contested_login_go_on_what_was_before_counts_no_more(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, MOON))
    demo.knobs(one_session=True)
    with agency.house() as house:
        run_slot(house, browser)
        for _time in range(2):
            sign_in_elsewhere(demo)
            agency.step(minutes=20)
            run_slot(house, browser)
        kim = login_of(house.engine, "moon-ads")
        assert kim.state is SessionState.CONTESTED
        assert "with the user of moon-ads too" in kim.state_reason
        kept = [str(line) for line in AuditBook(house.engine).newest("login moon-ads")]
        kept += [visit.detail for visit in visits_of(house.engine, "moon-ads")]
        assert any("contested" in line for line in kept)
        assert not [line for line in (kim.state_reason, *kept) if "kim" in line], "the user name"
        assert LoginBook(house.engine).enable(kim.id, person("park"))
        SignInBook(house.engine).by_person(
            kim.id, SignInKind.CLEARED, person("park"), house.clock.now()
        )
        agency.step(minutes=20)
        run_slot(house, browser)
        assert login_of(house.engine, "moon-ads").state is SessionState.ACTIVE
        sign_in_elsewhere(demo)
        agency.step(minutes=20)
        run_slot(house, browser)
        assert login_of(house.engine, "moon-ads").state is SessionState.ACTIVE


ENDINGS: list[tuple[str, dict[str, Any]]] = [
    ("the site ends all sessions at once", {}),
    ("the site ends each session after the same while", {"session_minutes": 55}),
]


@pytest.mark.parametrize(("what", "knobs"), ENDINGS, ids=[what for what, _ in ENDINGS])
def test_nobody_is_accused_where(
    agency: Agency, browser: Browser, demo: RunningDemo, what: str, knobs: dict[str, Any]
) -> None:
    agency.apply(inventory(demo, KIM, LEE))
    demo.knobs(**knobs)
    with agency.house() as house:
        for slot in range(10):
            if not knobs and slot in (2, 6):
                demo.end_sessions()
            run_slot(house, browser)
            agency.step(minutes=20)
        assert demo.stats()["logins"]["ok"] >= 6
        for name in ("kim", "lee"):
            assert login_of(house.engine, name).state is SessionState.ACTIVE, what
        assert {visit.verdict for visit in visits_of(house.engine)} == {VerdictKind.OK}
