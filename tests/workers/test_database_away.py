"""The database goes away in the middle of a visit: nothing read is lost, nothing stored twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from crawler.browser import Browser
from domain.visit import VisitState
from storage.errors import DatabaseAway
from storage.tables import ReadingRow
from tests.demo_server import RunningDemo
from tests.servers import MariaDb
from tests.workers.workspace import (
    KIM_EVERYTHING,
    Agency,
    count,
    inventory,
    pages_of,
    pass_time,
    stored_numbers,
    true_numbers,
    unit_costs,
    visits_of,
)
from workers import when_back
from workers.house import House
from workers.tick import tick
from workers.visiting import visit_next


@dataclass
class Moments:
    """Something happens when a visit asks for the n-th time whether it may go on.

    It asks before each of its pages, and each second while it waits for the database.
    """

    happen: dict[int, Callable[[], object]]
    asked: int = field(default=0)

    def __call__(self) -> None:
        self.asked += 1
        self.happen.get(self.asked, lambda: None)()


@pytest.fixture
def started(grown: Agency, browser: Browser, mariadb: MariaDb) -> Iterator[House]:
    """A house on MariaDB and Redis: one slot was read, the visit of the next one is due.

    The server runs again afterwards.
    """
    grown.apply(inventory(grown.demo, KIM_EVERYTHING))
    grown.demo.knobs(rotate_cookie=True)
    with grown.house() as house:
        tick(house)
        visit_next(house, browser)
        grown.step(minutes=20)
        tick(house)
        yield house
    if not mariadb.answers():
        mariadb.start()


def test_the_rest_of_the_visit_waits_in_the_spool_and_is_stored_once(
    started: House, browser: Browser, demo: RunningDemo, mariadb: MariaDb
) -> None:
    moments = Moments({2: mariadb.kill, 4: mariadb.start})
    visit_next(started, browser, go_on=moments)
    assert moments.asked == 4, "three pages, and one look for the database"
    assert started.spool.waiting()
    visit = visits_of(started.engine)[-1]
    assert (visit.state, visit.pages_read) == (VisitState.DONE, 3)
    assert len(stored_numbers(started.engine, visit.planned_at)) == 2

    tick(started)
    assert not started.spool.waiting()
    assert stored_numbers(started.engine, visit.planned_at) == true_numbers(demo, KIM_EVERYTHING)
    assert sum(one.requests for one in visits_of(started.engine)) == demo.stats()["total"]
    assert len(pages_of(started.engine, visit)) == 3


def test_costs_are_settled_with_what_comes_from_the_spool(
    started: House, grown: Agency, browser: Browser, mariadb: MariaDb
) -> None:
    slot = grown.clock.now()
    visit_next(started, browser, go_on=Moments({2: mariadb.kill, 4: mariadb.start}))
    assert slot not in unit_costs(started, "moment/1001 전환")
    tick(started)
    spend, _results, _cost = unit_costs(started, "moment/1001 전환")[slot]
    assert spend is not None
    assert spend > 0
    assert unit_costs(started, "moment/1001 친구")[slot][0] == spend


def test_a_session_that_rotated_meanwhile_is_saved_and_needs_no_login(
    started: House, grown: Agency, browser: Browser, demo: RunningDemo, mariadb: MariaDb
) -> None:
    visit_next(started, browser, go_on=Moments({2: mariadb.kill, 4: mariadb.start}))
    browser.drop("kim")
    slot = grown.step(minutes=20)
    tick(started)
    visit_next(started, browser)
    assert stored_numbers(started.engine, slot) == true_numbers(demo, KIM_EVERYTHING)
    assert demo.stats()["logins"]["ok"] == 1


def test_where_it_stays_away_the_visit_is_planned_again_and_nothing_is_stored_twice(
    started: House,
    browser: Browser,
    demo: RunningDemo,
    mariadb: MariaDb,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(when_back, "PATIENCE_SECONDS", 0.5)
    with pytest.raises(DatabaseAway):
        visit_next(started, browser, go_on=Moments({2: mariadb.kill}))
    mariadb.start()
    tick(started)
    visit = visits_of(started.engine)[-1]
    assert visit.state is VisitState.RUNNING
    assert stored_numbers(started.engine, visit.planned_at) == true_numbers(demo, KIM_EVERYTHING)

    rows = count(started.engine, ReadingRow)
    pass_time(started.engine, minutes=6)
    assert tick(started) == {"moment": 1}
    visit_next(started, browser)
    visit = visits_of(started.engine)[-1]
    assert (visit.state, visit.attempts, visit.pages_read) == (VisitState.DONE, 2, 3)
    assert count(started.engine, ReadingRow) == rows
    assert demo.stats()["logins"]["ok"] == 1


def test_a_tick_without_a_database_says_so_and_the_next_one_works(
    started: House, mariadb: MariaDb
) -> None:
    mariadb.kill()
    with pytest.raises(DatabaseAway):
        tick(started)
    mariadb.start()
    assert tick(started) == {"moment": 1}
