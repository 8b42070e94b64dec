"""Do the sessions live? Asked before work, by plan, at the cost of one page."""

from __future__ import annotations

from datetime import UTC, datetime

from crawler.browser import Browser
from domain.session import SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from storage.visit_record import VisitRecord
from tests.demo_server import RunningDemo
from tests.workers.workspace import KIM, Agency, inventory, login_of, pass_time, visits_of
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.probing import plan_probes
from workers.tick import tick
from workers.visiting import visit_next


def probes(house: House) -> list[VisitRecord]:
    return [visit for visit in visits_of(house.engine) if visit.kind is VisitKind.PROBE]


def test_sessions_are_probed_once_a_day_before_work(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, probe_at="08:30"))
    with agency.house() as house:
        for at in ("08:29", "08:30", "08:31", "09:10"):
            agency.set_clock(f"2026-03-04T{at}:00+09:00")
            plan_probes(house, house.clock.now())
        (probe,) = probes(house)
        assert probe.planned_at == datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
        demo.reset_stats()
        assert visit_next(house, browser) == probe.id
        (probe,) = probes(house)
        assert (probe.state, probe.verdict) == (VisitState.DONE, VerdictKind.OK)
        login = login_of(house.engine)
        assert login.state is SessionState.ACTIVE, "a session that was over is begun anew"
        assert login.alive_at is not None
        assert probe.pages_read == 1
        assert probe.readings == 0
        agency.set_clock("2026-03-05T08:31:00+09:00")
        tick(house)
        assert len(probes(house)) == 2


def test_a_probe_that_comes_too_late_is_dropped(agency: Agency, demo: RunningDemo) -> None:
    agency.apply(inventory(demo, KIM, probe_at="08:30"))
    with agency.house() as house:
        agency.set_clock("2026-03-04T08:30:00+09:00")
        plan_probes(house, house.clock.now())
        agency.set_clock("2026-03-04T09:31:00+09:00")
        plan_probes(house, house.clock.now())
        (probe,) = probes(house)
        assert probe.state is VisitState.MISSED


def test_a_check_costs_one_warm_page_and_needs_no_sign_in(
    house: House, browser: Browser, demo: RunningDemo
) -> None:
    tick(house)
    pass_time(house.engine, minutes=10)
    while visit_next(house, browser) is not None:
        continue
    before = login_of(house.engine).alive_at
    assert before is not None
    demo.reset_stats()
    (checked,) = collect_here(house, browser, Wish((login_of(house.engine),), VisitKind.PROBE))
    assert (checked.state, checked.pages_read) == (VisitState.DONE, 1)
    assert demo.stats()["logins"] == {"ok": 0, "failed": 0}
    assert demo.stats()["total"] == checked.requests
    assert checked.requests <= 5, "the assets are in the cache"
    after = login_of(house.engine).alive_at
    assert after is not None
    assert after > before
