"""The two ways in which Danga runs a slot: embedded in one process, and over Celery workers.

Both run the product's own functions: `tick` plans, `visit_next` or the task `danga.visit` visits.
A way returns when every visit of the slot has ended; a slot that does not end is an error.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import psutil
from celery import Celery
from redis import Redis

from bench.ground import Ground
from crawler.browser import Browser
from domain.audit import person
from domain.session import SessionState
from domain.sign_in import SignInKind
from domain.slot import slot_of
from domain.visit import VisitKind
from storage.logins import LoginBook
from storage.sign_ins import SignInBook
from storage.visit_history import VisitHistory
from storage.visit_record import VisitRecord
from tests.demo_server import ROOT
from workers.celery_app import TICK_QUEUE, TICK_SECONDS, queue_of
from workers.collecting import ENDED
from workers.house import House
from workers.tick import tick
from workers.visiting import visit_next

SLOT_SECONDS = 120.0
ANNOUNCED_AGAIN_SECONDS = 5.0
POLL_SECONDS = 0.05
WORKERS = 2
_RECENT = 200


class SlotNeverEnded(Exception):
    """A visit of the slot was still open long after every visit should have ended."""


class Way(Protocol):
    """Runs slots for one workspace."""

    def run(self, queues: Collection[str]) -> None:
        """Plan the slot of now, and visit the logins of `queues` until all have ended."""
        ...


@dataclass(frozen=True, slots=True)
class Embedded:
    """SQLite, no server: tick and visits in this process, with one browser."""

    house: House
    browser: Browser

    def run(self, queues: Collection[str]) -> None:
        """Visit queue after queue."""
        tick(self.house)
        deadline = time.monotonic() + SLOT_SECONDS
        while open_visits(self.house, queues):
            ran = [visit_next(self.house, self.browser, queue) for queue in sorted(queues)]
            if not any(ran):
                _wait(deadline, self.house, queues)

    def visit_once(self) -> None:
        """Plan the slot of now and give each due visit one try; what is deferred stays so."""
        tick(self.house)
        for queue in sorted(all_queues(self.house)):
            visit_next(self.house, self.browser, queue)

    def wake_logins(self) -> None:
        """Let the logins go on that a visit has stopped, as a person does who looked at them."""
        logins = LoginBook(self.house.engine)
        for login in logins.all():
            logins.set_state(login.id, SessionState.ACTIVE, person("bench"), "looked at")
            SignInBook(self.house.engine).by_person(
                login.id, SignInKind.CLEARED, person("bench"), self.house.clock.now()
            )


@dataclass(frozen=True, slots=True)
class OverCelery:
    """MariaDB and Redis: worker processes visit; this process only sends messages.

    A whole slot is begun by the task `danga.tick`, as beat does. Where a queue is to be missed,
    this process ticks itself and announces the other queues only, as that task would.
    """

    house: House
    sender: Celery

    def run(self, queues: Collection[str]) -> None:
        """Announce the slot's visits and wait until all have ended."""
        if set(queues) == all_queues(self.house):
            self.sender.send_task("danga.tick", queue=TICK_QUEUE, expires=TICK_SECONDS)
        else:
            self._nobody_works()
            self._announce(queues)
        deadline = time.monotonic() + SLOT_SECONDS
        announce_at = time.monotonic() + ANNOUNCED_AGAIN_SECONDS
        while not self._over(queues):
            if time.monotonic() >= announce_at:
                self._announce(queues)
                announce_at = time.monotonic() + ANNOUNCED_AGAIN_SECONDS
            _wait(deadline, self.house, queues)

    def _over(self, queues: Collection[str]) -> bool:
        """Whether everything that is to be visited was planned and has ended."""
        logins = len(LoginBook(self.house.engine).all())
        if len(visits_of(self.house, slot_of(self.house.clock.now()))) < logins:
            return False
        if open_visits(self.house, queues):
            return False
        tick(self.house)  # it plans past days after the slot: nothing may be left
        return not open_visits(self.house, queues)

    def _announce(self, queues: Collection[str]) -> None:
        due = tick(self.house)
        for site in sorted(queues):
            for _visit in range(due.get(site, 0)):
                self.sender.send_task(
                    "danga.visit", (site,), queue=queue_of(site), expires=TICK_SECONDS
                )

    def _nobody_works(self) -> None:
        """Wait until no message is left over that would visit what is to be missed."""
        queues = [TICK_QUEUE, *map(queue_of, all_queues(self.house))]
        with Redis.from_url(self.house.settings.redis or "") as redis:
            _until(lambda: not any(redis.llen(queue) for queue in queues), "messages are taken")
        _until(self._idle, "the workers are idle")

    def _idle(self) -> bool:
        at_work = self.sender.control.inspect(timeout=5.0, limit=WORKERS).active() or {}
        return len(at_work) == WORKERS and not any(at_work.values())


def open_visits(house: House, queues: Collection[str]) -> list[VisitRecord]:
    """Return the visits of the queues' logins that may still end without a person."""
    logins = LoginBook(house.engine).all()
    home = {login.id: login.sites[0] for login in logins if not login.waits}
    return [
        visit
        for visit in VisitHistory(house.engine).recent(_RECENT)
        if visit.state not in ENDED and home.get(visit.login_id) in queues
    ]


def visits_of(house: House, slot_at: datetime) -> list[VisitRecord]:
    """Return the regular visits of a slot."""
    return [
        visit
        for visit in VisitHistory(house.engine).recent(_RECENT)
        if visit.planned_at == slot_at and visit.kind is VisitKind.REGULAR
    ]


def all_queues(house: House) -> set[str]:
    """Return the sites at which a login signs in."""
    return {login.sites[0] for login in LoginBook(house.engine).all()}


@contextmanager
def embedded(ground: Ground) -> Iterator[Embedded]:
    """Open the workspace here, with a browser."""
    with ground.house() as house, house.browser() as browser:
        yield Embedded(house, browser)


@contextmanager
def over_celery(ground: Ground) -> Iterator[OverCelery]:
    """Start two worker processes for the workspace, and end them."""
    with ExitStack() as ending, ground.house() as house:
        assert house.settings.redis is not None, "the workspace has no Redis"
        sender = Celery("bench", broker=house.settings.redis, set_as_current=False)
        ending.callback(sender.close)
        queues = [TICK_QUEUE, *map(queue_of, sorted(all_queues(house)))]
        for number in range(WORKERS):
            ending.enter_context(_worker(ground.folder, f"bench{number}", queues))
        way = OverCelery(house, sender)
        _until(way._idle, "two workers have come up")
        yield way


@contextmanager
def _worker(workspace: Path, name: str, queues: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        *(sys.executable, "-m", "celery", "-A", "workers.celery_app", "worker"),
        *("--pool", "prefork", "--concurrency", "1", "--hostname", f"{name}@bench"),
        *("--queues", ",".join(queues), "--loglevel", "WARNING"),
    ]
    surroundings = {**os.environ, "DANGA_WORKSPACE": str(workspace), "DANGA_LOG_LEVEL": "warning"}
    with (workspace / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=surroundings, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a process of ours as an operator does; what outlives that is killed, by process id."""
    family = [*psutil.Process(process.pid).children(recursive=True)]
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for left in psutil.wait_procs(family, timeout=5)[1]:
        left.kill()


def _wait(deadline: float, house: House, queues: Collection[str]) -> None:
    if time.monotonic() > deadline:
        left = [
            f"{visit.login} {visit.kind} {visit.state} {visit.detail}"
            for visit in open_visits(house, queues)
        ]
        raise SlotNeverEnded("; ".join(left) or "its visits were never planned")
    time.sleep(POLL_SECONDS)


def _until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + SLOT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            raise SlotNeverEnded(f"{what}: not within {SLOT_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)
