"""A site in trouble is left alone by all, looked at by one visit, and read by all again."""

from __future__ import annotations

from dataclasses import replace

from crawler.browser import Browser
from domain.audit import program
from domain.verdict import VerdictKind
from domain.visit import VisitState
from pace.database_store import DatabaseStore
from pace.state import State
from storage.audit import AuditBook
from tests.demo_server import RunningDemo
from tests.workers.workspace import Agency, Identity, inventory, pass_time, states, visits_of
from workers.house import House
from workers.status import status_of
from workers.tick import tick
from workers.visiting import visit_next

THREE = tuple(
    Identity(name, (f"moment/{account}",))
    for name, account in (("kim", 1001), ("lee", 1003), ("park", 1005))
)


def _turns(house: House) -> list[str]:
    lines = AuditBook(house.engine).newest("site moment", "site.")
    return [line.deed.action for line in reversed(lines) if line.deed.action != "site.add"]


def _let_the_rest_pass(house: House) -> None:
    def passed(state: State, now: float) -> tuple[State, None]:
        return replace(state, breaker=replace(state.breaker, until=now)), None

    DatabaseStore(house.engine).change("moment", passed)


def test_a_fault_that_three_logins_meet_is_the_sites_and_one_visit_looks_whether_it_is_over(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, *THREE))
    with agency.house() as house:
        demo.knobs(maintenance="moment")
        tick(house)
        pass_time(house.engine, minutes=15)
        for _login in THREE:
            visit_next(house, browser)
        assert states(house.engine) == [(VisitState.DEFERRED, VerdictKind.MAINTENANCE)] * 3
        (rest,) = AuditBook(house.engine).newest("site moment", "site.rest")
        assert rest.actor == program("visit 3")
        assert rest.deed.reason.startswith("3 logins in a row: maintenance")
        demo.reset_stats()
        pass_time(house.engine, minutes=11)
        visit_next(house, browser)
        assert demo.stats()["total"] == 0, "everybody leaves it alone"
        assert "3 logins in a row" in visits_of(house.engine)[0].detail

        demo.knobs(maintenance="off")
        _let_the_rest_pass(house)
        pass_time(house.engine, minutes=11)
        while visit_next(house, browser) is not None:
            continue
        assert states(house.engine) == [(VisitState.DONE, VerdictKind.OK)] * 3
        told = status_of(house).traffic["moment"]
        assert (told.read, told.ended, told.on_time) == (3, 3, 1.0)
        assert told.newest_slot == house.clock.now()
        assert _turns(house) == ["site.rest", "site.look", "site.open"]
