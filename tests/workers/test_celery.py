"""The grown way: real Celery workers as processes, on Redis and MariaDB."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

import pytest
import redis
from celery import Celery

from domain.audit import person
from domain.visit import VisitState
from storage.site_halts import HaltBook
from tests.demo_server import RunningDemo
from tests.servers import Redis
from tests.workers.processes import Running, running
from tests.workers.workspace import (
    KIM_EVERYTHING,
    LEE,
    Agency,
    inventory,
    pass_time,
    stall,
    stalls,
    stored_numbers,
    true_numbers,
    visits_of,
)
from workers.celery_app import NOTIFY_QUEUE, TICK_QUEUE, celery_config, queue_of
from workers.house import House

QUEUES = ",".join((TICK_QUEUE, NOTIFY_QUEUE, queue_of("moment"), queue_of("channel")))


@contextmanager
def _worker(agency: Agency, name: str) -> Iterator[Running]:
    command = [
        *("celery", "--app", "workers.celery_app", "worker"),
        *("--hostname", f"{name}@%h", "--queues", QUEUES, "--concurrency", "1"),
        *("--loglevel", "info", "--without-gossip", "--without-mingle"),
    ]
    with running(agency.root, name, command) as worker:
        yield worker


@contextmanager
def _workers(agency: Agency, *names: str) -> Iterator[list[Running]]:
    with ExitStack() as stack:
        found = [stack.enter_context(_worker(agency, name)) for name in names]
        for worker in found:
            worker.wait_for(partial(worker.says, " ready."), 60, "a worker is ready")
        yield found


@dataclass
class Beat:
    """Sends what beat and the tick send."""

    app: Celery

    def tick(self) -> None:
        """Send the minute's tick."""
        self.app.send_task("danga.tick", queue=TICK_QUEUE)

    def announce(self, site: str, times: int) -> None:
        """Say that a site has work, more often than it has."""
        for _ in range(times):
            self.app.send_task("danga.visit", (site,), queue=queue_of(site))


@pytest.fixture
def beat(grown: Agency) -> Iterator[Beat]:
    """The scheduler of a workspace on MariaDB and Redis."""
    app = Celery("tests")
    app.conf.update(celery_config(grown.settings))
    yield Beat(app)
    app.close()


def _planned(house: House, visits: int) -> bool:
    return len(visits_of(house.engine)) == visits


def _all_done(house: House, visits: int) -> bool:
    return [visit.state for visit in visits_of(house.engine)] == [VisitState.DONE] * visits


def test_two_workers_share_the_logins_and_a_doubled_message_finds_no_work(
    grown: Agency, beat: Beat, demo: RunningDemo
) -> None:
    grown.apply(inventory(demo, KIM_EVERYTHING, LEE))
    with grown.house() as house, _workers(grown, "one", "two") as (one, two):
        for slots in (1, 2, 3):
            beat.tick()
            one.wait_for(partial(_planned, house, 2 * slots), 30, "planned")
            pass_time(house.engine, minutes=10)
            beat.announce("moment", times=6)
            one.wait_for(partial(_all_done, house, 2 * slots), 60, "the slot is read")
            slot = grown.clock.now()
            assert stored_numbers(house.engine, slot) == true_numbers(demo, KIM_EVERYTHING, LEE)
            grown.step(minutes=20)
        assert one.says("danga.visit") + two.says("danga.visit") >= 18
        assert sum(visit.requests for visit in visits_of(house.engine)) == demo.stats()["total"]
        assert {visit.attempts for visit in visits_of(house.engine)} == {1}
    assert demo.stats()["logins"] == {"ok": 2, "failed": 0}
    assert "1001" in (grown.root / "pages" / "everyone" / "index.html").read_text(encoding="utf-8")


def test_a_worker_killed_in_a_visit_costs_a_page_at_most_and_no_login(
    grown: Agency, beat: Beat, demo: RunningDemo
) -> None:
    grown.apply(inventory(demo, KIM_EVERYTHING))
    with grown.house() as house:
        with _workers(grown, "victim") as (victim,):
            beat.tick()
            victim.wait_for(lambda: _all_done(house, 1), 60, "the first slot is read")
            stall(demo, 60)
            grown.step(minutes=20)
            beat.tick()
            victim.wait_for(lambda: stalls(demo), 60, "a page is read, the next one stalls")
            victim.kill()
        demo.knobs(stall_every=None)
        demo.reset_stats()
        with _workers(grown, "heir") as (heir,):
            beat.tick()
            heir.wait_for(lambda: heir.says("danga.tick[") >= 2, 30, "a tick ran")
            assert visits_of(house.engine)[-1].state is VisitState.RUNNING, "its lease still holds"
            pass_time(house.engine, minutes=6)
            beat.tick()
            heir.wait_for(lambda: _all_done(house, 2), 60, "the visit goes on")
        visit = visits_of(house.engine)[-1]
        assert visit.attempts == 2
        assert stored_numbers(house.engine, visit.planned_at) == true_numbers(demo, KIM_EVERYTHING)
    after = demo.stats()
    assert "/channel/ch501" not in after["by_path"]
    assert after["by_path"]["/moment/accounts/1001/creatives"] == 1
    assert after["logins"]["ok"] == 0


def test_workers_go_on_after_redis_was_killed_and_one_told_to_end_leaves_between_pages(
    grown: Agency, beat: Beat, demo: RunningDemo, redis_server: Redis
) -> None:
    grown.apply(inventory(demo, KIM_EVERYTHING))
    with grown.house() as house, _workers(grown, "one") as (one,):
        beat.tick()
        one.wait_for(lambda: _all_done(house, 1), 60, "the first slot is read")
        redis_server.kill()
        one.wait_for(lambda: one.says("Connection to broker lost"), 30, "it noticed")
        redis_server.start()
        stall(demo, 2)
        grown.step(minutes=20)
        beat.tick()
        one.wait_for(lambda: stalls(demo), 90, "it consumes again")
        one.stop()
        visit = visits_of(house.engine)[-1]
        assert visit.state is VisitState.DEFERRED
        assert (visit.pages_read, visit.attempts) == (2, 0), "the page in flight was ended"


def test_a_stop_ends_a_visit_after_its_page_and_holds_when_redis_has_lost_everything(
    grown: Agency, beat: Beat, demo: RunningDemo, redis_server: Redis
) -> None:
    grown.apply(inventory(demo, KIM_EVERYTHING))
    stall(demo, 7)  # longer than a policy is believed
    with grown.house() as house, _workers(grown, "one", "two") as (one, two):
        beat.tick()
        one.wait_for(lambda: stalls(demo), 60, "one page is read, the next one stalls")
        HaltBook(house.engine).stop("moment", person("mina"), "they called")
        one.wait_for(lambda: _left(house), 20, "the visit is sent away")
        demo.knobs(stall_every=None)
        (left,) = visits_of(house.engine)
        assert left.pages_read == 2, "the page in flight was brought to its end"
        before = demo.stats()["total"]
        with redis.Redis.from_url(redis_server.url) as client:
            client.flushall()
        grown.step(minutes=20)
        beat.tick()
        one.wait_for(lambda: _states(house) == [VisitState.MISSED], 30, "a tick drops it")
        taken = _hints(one) + _hints(two)
        beat.announce("moment", times=4)
        one.wait_for(lambda: _hints(one) + _hints(two) >= taken + 4, 30, "every hint was taken")
        assert _states(house) == [VisitState.MISSED], "nothing is planned either"
        assert demo.stats()["total"] == before
        HaltBook(house.engine).resume("moment", person("mina"), "they agreed")
        beat.tick()
        one.wait_for(lambda: len(visits_of(house.engine)) == 2, 30, "planned again")
        one.wait_for(lambda: _goes_on(house, beat), 60, "it goes on")


def _goes_on(house: House, beat: Beat) -> bool:
    """A worker may believe the halt for five seconds more, and send the visit away once."""
    if _states(house)[1] in (VisitState.PLANNED, VisitState.DEFERRED):
        pass_time(house.engine, minutes=10)
        beat.announce("moment", times=1)
    return _states(house) == [VisitState.MISSED, VisitState.DONE]


def _states(house: House) -> list[VisitState]:
    return [visit.state for visit in visits_of(house.engine)]


def _hints(worker: Running) -> int:
    """How many messages of a site's work it has come to the end of."""
    log = worker.log.read_text(errors="replace")
    return len(re.findall(r"danga\.visit\[\S+ succeeded", log))


def _left(house: House) -> bool:
    return visits_of(house.engine)[0].state is VisitState.DEFERRED
