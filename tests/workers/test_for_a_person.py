"""What only a person can do: visits wait without failing, the row names the next command."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.browser import Browser
from domain.audit import person
from domain.session import SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitState
from storage.logins import LoginBook
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
from workers.tick import tick
from workers.visiting import visit_next

OBSTACLES: list[tuple[dict[str, Any], VerdictKind]] = [
    ({"captcha_after": 0}, VerdictKind.CAPTCHA),
    ({"consent": True}, VerdictKind.CONSENT),
    ({"second_factor": True}, VerdictKind.SECOND_FACTOR),
]


@pytest.mark.parametrize(("knobs", "kind"), OBSTACLES, ids=str)
def test_the_login_waits_for_a_person_and_its_row_names_the_next_command(
    house: House, browser: Browser, demo: RunningDemo, knobs: dict[str, Any], kind: VerdictKind
) -> None:
    demo.knobs(**knobs)
    tick(house)
    visit_next(house, browser)
    login = login_of(house.engine)
    assert login.state is SessionState.NEEDS_HUMAN
    assert login.state_reason.startswith(f"{kind}: ")
    assert login.state_reason.endswith("Next: danga session refresh kim")
    (visit,) = visits_of(house.engine)
    assert (visit.state, visit.verdict, visit.attempts) == (VisitState.DEFERRED, kind, 0)


def test_a_wrong_password_is_tried_once_and_the_row_says_how_to_enter_another(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    house.credentials.keep_password(login_of(house.engine).id, "not the password")
    for _slot in range(2):
        tick(house)
        pass_time(house.engine, minutes=10)
        visit_next(house, browser)
        agency.step(minutes=20)
    assert demo.stats()["logins"] == {"ok": 0, "failed": 1}
    assert "danga login password kim" in login_of(house.engine).state_reason


def test_while_it_waits_its_visits_are_missed_slot_by_slot_and_the_site_hears_nothing(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    demo.knobs(captcha_after=0)
    tick(house)
    visit_next(house, browser)
    demo.reset_stats()
    for _slot in range(2):
        agency.step(minutes=20)
        pass_time(house.engine, minutes=20)
        assert tick(house) == {}
        assert visit_next(house, browser) is None
    assert [(visit.state, visit.verdict) for visit in visits_of(house.engine)] == [
        (VisitState.MISSED, VerdictKind.CAPTCHA),
        (VisitState.MISSED, None),
        (VisitState.PLANNED, None),
    ]
    assert demo.stats()["total"] == 0


def test_after_a_person_brought_a_session_the_visits_go_on_by_themselves(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    by_hand = Identity("by-hand", ("moment/1002",), username="kim")
    agency.apply(inventory(demo, KIM, by_hand))
    with agency.house() as house:
        demo.knobs(captcha_after=1)
        for _login in range(2):  # the first one signs in, the second one meets the captcha
            tick(house)
            pass_time(house.engine, minutes=10)
            visit_next(house, browser)
        waiting = next(one for one in LoginBook(house.engine).all() if one.waits)
        signed_in = next(one for one in LoginBook(house.engine).all() if not one.waits)
        kept = house.vault.load(signed_in.id)
        assert kept is not None
        newest = house.vault.newest_version(waiting.id)
        house.vault.save(waiting.id, kept.session, newest, "imported by a person")
        LoginBook(house.engine).set_state(
            waiting.id, SessionState.SUSPECT, person("kim"), "imported"
        )

        slot = agency.step(minutes=20)
        tick(house)
        pass_time(house.engine, minutes=10)
        while visit_next(house, browser) is not None:
            continue
        assert login_of(house.engine, waiting.name).state is SessionState.ACTIVE
        assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM, by_hand)
    assert demo.stats()["logins"]["ok"] == 1


def test_a_login_whose_password_was_never_entered_asks_for_it_when_its_session_is_dead(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    house.credentials.forget(login_of(house.engine).id)
    tick(house)
    visit_next(house, browser)
    login = login_of(house.engine)
    assert login.state is SessionState.NEEDS_HUMAN
    assert login.state_reason.endswith("Next: danga login password kim")
    assert demo.stats()["logins"] == {"ok": 0, "failed": 0}


def test_a_dead_session_costs_one_login_and_a_login_that_does_not_hold_waits_longer_each_time(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    demo.knobs(session_minutes=0)
    for site in ("moment", "channel"):
        house.site(site).ready_within_seconds = 2.0  # type: ignore[misc]
    tick(house)
    for attempts, waits in [(1, 5), (2, 10)]:
        visit_next(house, browser)
        (visit,) = visits_of(house.engine)
        assert (visit.verdict, visit.attempts) == (VerdictKind.SIGNED_OUT, attempts)
        assert demo.stats()["logins"]["ok"] == attempts
        pass_time(house.engine, minutes=waits - 0.5)
        assert visit_next(house, browser) is None
        pass_time(house.engine, minutes=0.6)
    assert login_of(house.engine).state is SessionState.SUSPECT
