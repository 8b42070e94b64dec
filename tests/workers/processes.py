"""Danga's own processes as children of a test: followed by their log, ended, killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.demo_server import ROOT
from tests.servers import wait_until

TICK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Running:
    """One process, with all it started, and its log."""

    process: subprocess.Popen[bytes]
    log: Path

    def says(self, words: str) -> int:
        """How often `words` stand in the log."""
        return self.log.read_text(errors="replace").count(words)

    def events(self, name: str) -> list[dict[str, Any]]:
        """Return the events of one name in the log, which is JSON, by their moment."""
        lines = self.log.read_text(errors="replace").splitlines()
        found = [json.loads(line) for line in lines if line.startswith("{")]
        return sorted(
            (event for event in found if event["event"] == name), key=lambda e: str(e["timestamp"])
        )

    def family(self, named: str = "") -> list[psutil.Process]:
        """Return its descendants whose command line holds `named`."""
        found = []
        for process in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if named in " ".join(process.cmdline()):
                    found.append(process)
            except psutil.Error:
                continue  # it ended while we looked
        return found

    @property
    def visitors(self) -> list[psutil.Process]:
        """The visit processes of `danga up`: direct children that are Python."""
        return [
            child
            for child in psutil.Process(self.process.pid).children()
            if "spawn_main" in " ".join(child.cmdline())
        ]

    def wait_for(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for a condition; a process that died, or took too long, shows its log."""
        try:
            wait_until(lambda: self._alive() and condition(), seconds, what)
        except AssertionError as error:
            tail = self.log.read_text(errors="replace")[-4000:]
            raise AssertionError(f"{error}\n{tail}") from None

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Tell the main process to end, as systemd does, and return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(170)

    def kill(self) -> None:
        """Kill -9 everything at once."""
        family = self.family()
        for process in (psutil.Process(self.process.pid), *family):
            with suppress(psutil.NoSuchProcess):  # a child ended when its parent did
                process.kill()
        psutil.wait_procs(family, 10)
        self.process.wait(10)

    def _alive(self) -> bool:
        assert self.process.poll() is None, "the process died"
        return True


@contextmanager
def running(
    workspace: Path, name: str, command: Sequence[str], **environment: str
) -> Iterator[Running]:
    """Run a command of Danga's Python for a workspace, and end it with everything it started."""
    log = workspace.parent / f"{name}.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, "DANGA_WORKSPACE": str(workspace), **environment},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    child = Running(process, log)
    family: list[psutil.Process] = []
    try:
        yield child
        if process.poll() is None:
            family = child.family()
            child.stop()
    finally:
        if process.poll() is None:
            child.kill()
        for left in psutil.wait_procs(family, 5)[1]:
            left.kill()


@contextmanager
def danga_up(workspace: Path, processes: int = 1) -> Iterator[Running]:
    """Run `danga up`; its log is in JSON."""
    command = ["tests.workers.up_runner", str(workspace), str(TICK_SECONDS), str(processes)]
    with running(workspace, "up", command, DANGA_LOG_FORMAT="json") as child:
        yield child
