"""The ground of a bench: a demo platform and a workspace that share one frozen clock.

Everything is set up as a person would do it: `danga init`, `danga apply`, `danga login password`,
in a temporary folder. The demo is a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from bench.inventory import Inventory
from domain.clock import FileClock
from tests.demo_server import ROOT, RunningDemo
from workers.house import House
from workers.settings import open_settings

KEPT_VARIABLE = "DANGA_BROWSER"
CLOCK = "clock"


class CommandFailed(Exception):
    """A `danga` command of the set-up ended with another code than 0."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A demo, a workspace, and the one business time of both."""

    demo: RunningDemo
    folder: Path
    inventory: Inventory

    def go_to(self, at: datetime) -> None:
        """Freeze the clocks of the demo and of every process of the workspace at `at`."""
        self.demo.clock(at)
        FileClock(self.folder / CLOCK).set(at)

    @contextmanager
    def house(self) -> Iterator[House]:
        """Open the workspace in this process."""
        with House.open(open_settings(self.folder)) as house:
            yield house

    def danga(self, *words: str, stdin: str = "") -> str:
        """Run a command of `danga` in the workspace and return what it printed.

        Raises:
            CommandFailed: with what it said.
        """
        return _danga("--workspace", str(self.folder), *words, stdin=stdin)


@contextmanager
def prepared(
    inventory: Inventory,
    at: datetime,
    *options: str,
    settings: Mapping[str, str] | None = None,
    **knobs: Any,
) -> Iterator[Ground]:
    """Start a demo frozen at `at`, make a workspace for it, and clear both away at the end.

    `options` and `knobs` are the demo's; `settings` are lines of the workspace's `.env`.
    """
    with (
        tempfile.TemporaryDirectory(prefix="danga-bench-") as folder,
        RunningDemo("--frozen-at", at.isoformat(), *options, **knobs) as demo,
    ):
        ground = Ground(demo, Path(folder) / "workspace", inventory)
        _set_up(ground, {"DANGA_CLOCK_FILE": CLOCK, **(settings or {})})
        ground.go_to(at)
        yield ground


def forget_settings_of_the_machine() -> None:
    """Leave only the choice of a browser: a bench depends on nobody's own workspace."""
    for name in [name for name in os.environ if name.startswith("DANGA_")]:
        if name != KEPT_VARIABLE:
            del os.environ[name]


def _set_up(ground: Ground, settings: Mapping[str, str]) -> None:
    _danga("init", str(ground.folder))
    with (ground.folder / ".env").open("a", encoding="utf-8") as env:
        env.writelines(f"{name}={value}\n" for name, value in settings.items())
    ground.go_to(ground.demo.now())
    (ground.folder / "danga.yaml").write_text(
        ground.inventory.as_yaml(ground.demo.url), encoding="utf-8"
    )
    ground.danga("db", "upgrade")
    ground.danga("apply", "--yes")
    for login in ground.inventory.logins:
        ground.danga("login", "password", login.name, stdin=f"demo-{login.name}\n")


def _danga(*words: str, stdin: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-m", "admin.cli", *words],
        cwd=ROOT,
        input=stdin,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise CommandFailed(f"danga {' '.join(words)}: {done.returncode}\n{done.stderr}")
    return done.stdout
