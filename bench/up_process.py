"""`danga up` as a process of its own, which a bench starts, follows, ends and kills.

The bench ticks beside it (two schedulers may run at once), so that a slot begins as soon as the
clock was stepped and not with the next minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

from bench.ground import Ground
from bench.ways import POLL_SECONDS, SLOT_SECONDS, SlotNeverEnded, open_visits, stop
from domain.visit import VisitState
from storage.visit_record import VisitRecord
from tests.demo_server import ROOT
from workers.house import House
from workers.tick import tick


@dataclass(frozen=True, slots=True)
class UpProcess:
    """A running `danga up` and the workspace as this process sees it."""

    process: subprocess.Popen[bytes]
    house: House

    def run(self, queues: Collection[str]) -> None:
        """Plan the slot of now and wait until every visit of `queues` has ended."""
        tick(self.house)
        deadline = time.monotonic() + SLOT_SECONDS
        while left := open_visits(self.house, queues):
            self._wait(deadline, left)

    def read_some_pages(self, pages: int) -> VisitRecord:
        """Plan the slot of now and return its first visit once that has committed `pages`."""
        tick(self.house)
        deadline = time.monotonic() + SLOT_SECONDS
        while True:
            left = open_visits(self.house, {"moment"})
            for visit in left:
                if visit.state is VisitState.RUNNING and visit.pages_read >= pages:
                    return visit
            self._wait(deadline, left)

    def kill(self) -> None:
        """Kill -9 everything at once: the main process, its visit processes, their browsers."""
        family = psutil.Process(self.process.pid).children(recursive=True)
        for process in (psutil.Process(self.process.pid), *family):
            process.kill()
        psutil.wait_procs(family, timeout=10)
        self.process.wait()

    def _wait(self, deadline: float, left: list[VisitRecord]) -> None:
        if time.monotonic() > deadline:
            raise SlotNeverEnded(f"{[(one.login, one.state.value, one.detail) for one in left]}")
        time.sleep(POLL_SECONDS)


@contextmanager
def danga_up(ground: Ground, processes: int) -> Iterator[UpProcess]:
    """Start `danga up --processes N` for the workspace and end it."""
    command = [sys.executable, "-m", "admin.cli", "--workspace", str(ground.folder)]
    surroundings = {**os.environ, "DANGA_LOG_LEVEL": "warning"}
    with (ground.folder / "up.log").open("ab") as log, ground.house() as house:
        process = subprocess.Popen(
            [*command, "up", "--processes", str(processes)],
            cwd=ROOT,
            env=surroundings,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield UpProcess(process, house)
        finally:
            if process.poll() is None:
                stop(process)
