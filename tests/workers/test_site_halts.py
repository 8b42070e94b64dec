"""A person pauses, stops and resumes a site while `danga up` and commands work with it."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import pytest

from crawler.browser import Browser
from domain.audit import person
from domain.visit import VisitKind, VisitState
from storage.heartbeats import HeartbeatBook
from storage.logins import LoginBook
from storage.site_halts import HaltBook
from tests.demo_server import RunningDemo
from tests.workers.processes import Running, danga_up
from tests.workers.workspace import (
    KIM,
    KIM_EVERYTHING,
    Agency,
    inventory,
    pages_of,
    stall,
    stalls,
    states,
    stored_numbers,
    visits_of,
)
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.login_in_hand import login_in_hand
from workers.places import Later
from workers.visiting import visit_next

MINA = person("mina")


def _ticks(house: House, up: Running, times: int) -> None:
    """Wait until `danga up` has ticked so often again."""
    for _ in range(times):
        before = _tick(house)
        up.wait_for(partial(_later, house, before), 10, "a tick")


def _later(house: House, before: list[datetime]) -> bool:
    return _tick(house) != before


def _tick(house: House) -> list[datetime]:
    return [beat.seen_at for beat in HeartbeatBook(house.engine).all() if beat.kind == "tick"]


def test_a_stopped_site_gets_no_new_page_also_after_a_restart_until_it_is_resumed(
    agency: Agency, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM_EVERYTHING))
    stall(demo, 7)  # longer than a policy is believed
    with agency.house() as house:
        with danga_up(agency.root, processes=2) as up:
            up.wait_for(lambda: stalls(demo), 40, "one page is read, the next one stalls")
            HaltBook(house.engine).stop("moment", MINA, "they called")
            up.wait_for(lambda: _states(house) == [VisitState.MISSED], 20, "the visit has ended")
            (left,) = visits_of(house.engine)
            assert left.pages_read == 2, "the page in flight was brought to its end"
            demo.knobs(stall_every=None)
            before = demo.stats()["total"]
            agency.step(minutes=20)
            _ticks(house, up, 3)
        with danga_up(agency.root) as up:
            agency.step(minutes=20)
            _ticks(house, up, 3)
            assert demo.stats()["total"] == before
            assert _states(house) == [VisitState.MISSED], "nothing is planned either"
            HaltBook(house.engine).resume("moment", MINA, "they agreed")
            up.wait_for(lambda: _states(house)[1:] == [VisitState.DONE], 60, "it goes on")


def _states(house: House) -> list[VisitState]:
    return [visit.state for visit in visits_of(house.engine)]


def test_a_paused_visit_waits_without_failing_and_reads_the_rest_of_its_slot_afterwards(
    house: House, agency: Agency, demo: RunningDemo
) -> None:
    with danga_up(agency.root) as up:
        HaltBook(house.engine).pause("moment", MINA, "they asked", timedelta(hours=2))
        _ticks(house, up, 2)
        assert _states(house) == [VisitState.PLANNED]
        assert demo.stats()["total"] == 0
        HaltBook(house.engine).resume("moment", MINA, "")
        up.wait_for(lambda: _states(house) == [VisitState.DONE], 40, "it goes on")


def test_a_halted_site_costs_the_login_only_what_it_reads_there(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    """kim signs in at moment, and reads channel too."""
    HaltBook(house.engine).stop("channel", MINA, "")
    (visit,) = collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    assert visit.state is VisitState.DONE
    assert {page.site for page in pages_of(house.engine, visit)} == {"moment"}
    assert {number[0] for number in stored_numbers(house.engine, visit.planned_at)} == {"moment"}
    assert not any(path.startswith("/channel/") for path in demo.stats()["by_path"])


def test_a_visit_after_a_resume_does_not_believe_the_stop_of_before(
    house: House, browser: Browser
) -> None:
    HaltBook(house.engine).pause("moment", MINA, "they asked", timedelta(hours=2))
    assert house.halt("moment") is not None
    HaltBook(house.engine).resume("moment", MINA, "")
    (visit,) = collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    assert (visit.state, visit.attempts) == (VisitState.DONE, 1)


def test_a_closed_login_is_forgotten_by_the_warm_browsers_too(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    assert set(browser.warm_logins) == {"kim"}
    nobody = {**inventory(demo, KIM), "logins": [], "accounts": [], "follow": [], "watches": []}
    agency.apply(nobody)
    assert visit_next(house, browser) is None
    assert not browser.warm_logins


def test_commands_of_people_are_refused_too_and_send_nothing(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    HaltBook(house.engine).stop("moment", MINA, "they called")
    collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    assert states(house.engine) == [(VisitState.PLANNED, None)]
    with (
        pytest.raises(Later, match="moment is stopped by mina: they called"),
        login_in_hand(house, "kim", VisitKind.PROBE, "lee"),
    ):
        pass
    assert demo.stats()["total"] == 0
