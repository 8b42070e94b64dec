"""`danga up`: everything on one machine without a server, the same functions that Celery runs.

A main process ticks; one or more visit processes take what is due. They share nothing but the
database, so killing one loses a page at most.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

import structlog

from crawler.browser import Browser
from storage.errors import DatabaseAway
from workers.dead_holders import free_the_dead
from workers.house import House
from workers.logs import log_to_stderr
from workers.notify.postman import Postman
from workers.notify.rounds import notify_round
from workers.pages import pages_round
from workers.remote.serving import serve_standing
from workers.settings import Settings, open_settings
from workers.tick import tick
from workers.visiting import visit_next
from workers.worker_life import VISITS, Life, ToldToStop

log = structlog.get_logger(__name__)

TICK_SECONDS = 60.0
IDLE_SECONDS = 1.0
REPLACE_SECONDS = 5.0
"""What dies as soon as it starts is not started again without a pause."""
LOOK_SECONDS = 0.2
"""How soon somebody who waits hears that it should end."""
STOP_SECONDS = 90.0
"""How long a visit process may take to end its page before it is killed."""


@dataclass
class Ears:
    """Hear SIGTERM and SIGINT: a plain flag, which nobody waits on.

    An event shared by the processes would hang for ever when it is set in a handler that
    interrupted its own waiting, or when a process was killed while it waited.
    """

    told_to_stop: bool = False

    def open(self) -> None:
        """Listen from now on."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._hear)

    def pause(self, seconds: float) -> None:
        """Wait, unless told to stop."""
        until = time.monotonic() + seconds
        while not self.told_to_stop and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))

    def _hear(self, _number: int, _frame: FrameType | None) -> None:
        self.told_to_stop = True


@dataclass
class Crew:
    """Processes that all do the same: as many as wanted, whatever dies is replaced."""

    workspace: Path
    wanted: int
    work: Callable[[Path], None]
    _members: list[SpawnProcess] = field(default_factory=list)
    _replaced_at: float = float("-inf")

    def complete(self) -> bool:
        """Replace who died, and return whether anybody had; none more often than every seconds."""
        died = [member for member in self._members if not member.is_alive()]
        if died and time.monotonic() - self._replaced_at < REPLACE_SECONDS:
            return False
        if died:
            log.warning("process.replaced", pids=[member.pid for member in died])
            self._replaced_at = time.monotonic()
        self._members = [member for member in self._members if member not in died]
        while len(self._members) < self.wanted:
            self._members.append(_started(self.work, self.workspace))
        return bool(died)

    def dismiss(self) -> None:
        """Let each end its page; kill who takes too long, with what it started."""
        for member in self._members:
            member.terminate()
        until = time.monotonic() + STOP_SECONDS
        for member in self._members:
            member.join(max(until - time.monotonic(), 0.0))
            if member.is_alive() and member.pid is not None:
                log.warning("process.killed", pid=member.pid)
                os.killpg(member.pid, signal.SIGKILL)  # it leads a session of its own


def _started(work: Callable[[Path], None], workspace: Path) -> SpawnProcess:
    context = multiprocessing.get_context("spawn")
    member = context.Process(target=work, args=(workspace,))
    member.start()
    return member


def run_up(
    settings: Settings, visit_processes: int = 1, tick_seconds: float = TICK_SECONDS
) -> None:
    """Run until SIGTERM or SIGINT; a process that dies is replaced.

    Remote sign-ins are served too, where there is a public address for them.
    """
    ears = Ears()
    ears.open()
    crew = Crew(settings.workspace, visit_processes, _visit_process)
    desk = Crew(settings.workspace, int(settings.remote.is_public), _remote_process)
    with House.open(settings) as house, Postman.at_work(settings):
        next_tick = time.monotonic()
        while not ears.told_to_stop:
            desk.complete()
            died = crew.complete()
            if died or time.monotonic() >= next_tick:
                next_tick = time.monotonic() + tick_seconds
                _tick(house)
            ears.pause(IDLE_SECONDS)
    desk.dismiss()
    crew.dismiss()


def _tick(house: House) -> None:
    """Whatever one minute's work trips over, the next minute comes."""
    try:
        free_the_dead(house)
        tick(house)
        notify_round(house)
        pages_round(house)
    except DatabaseAway as away:
        log.warning("tick.failed", because=str(away))
    except Exception:
        log.exception("tick.broke")


def _visit_process(workspace: Path) -> None:
    """Take what is due until told to stop, or until the main process is gone."""
    os.setsid()  # a Ctrl-C is for the main process: it would kill Playwright's driver in a page
    ears = Ears()
    ears.open()
    settings = open_settings(workspace)
    log_to_stderr(settings.log_level, settings.log_format)
    parent = multiprocessing.parent_process()
    with House.open(settings) as house, house.browser() as browser:
        life = Life(house, VISITS, lambda: ears.told_to_stop or not (parent and parent.is_alive()))
        while not life.over:
            life.beat()
            if not _visited(house, browser, life):
                ears.pause(IDLE_SECONDS)


def _remote_process(workspace: Path) -> None:
    """Serve remote sign-ins until told to stop, or until the main process is gone."""
    os.setsid()
    ears = Ears()
    ears.open()
    settings = open_settings(workspace)
    log_to_stderr(settings.log_level, settings.log_format)
    parent = multiprocessing.parent_process()
    with House.open(settings) as house:
        serve_standing(house, lambda: not ears.told_to_stop and bool(parent and parent.is_alive()))


def _visited(house: House, browser: Browser, life: Life) -> bool:
    """Run a visit, if one is due, and return whether there was one."""
    try:
        return visit_next(house, browser, go_on=life.check) is not None
    except DatabaseAway as away:
        log.warning("visits.wait", because=str(away))
    except ToldToStop:
        log.info("visit.left")  # the database was away: its lease runs out
    except Exception:
        log.exception("visits.broke")
    return False
