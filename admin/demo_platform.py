"""The make-believe ad platform as a process of its own, for `danga demo`."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from domain.errors import DangaError

CHECKOUT = Path(__file__).parent.parent
STOP_SECONDS = 10


class DemoFailed(DangaError):
    """The make-believe platform did not start."""

    advice = "Run `python -m demo` in the checkout: it says why."


@dataclass(frozen=True, slots=True)
class DemoPlatform:
    """A running platform; `url` is its address on this machine."""

    url: str
    client: httpx.Client

    def set_clock(self, at: datetime) -> None:
        """Let its clock stand still at `at`."""
        self._checked(self.client.post("/_demo/clock", json={"at": at.isoformat()}))

    def truth(self, login: str) -> list[dict[str, Any]]:
        """Return what a perfect reader would report now."""
        told: list[dict[str, Any]] = self._checked(
            self.client.get("/_demo/truth", params={"login": login})
        )
        return told

    def stats(self) -> dict[str, Any]:
        """Return what the platform noticed since it started."""
        told: dict[str, Any] = self._checked(self.client.get("/_demo/stats"))
        return told

    @staticmethod
    def _checked(answer: httpx.Response) -> Any:
        answer.raise_for_status()
        return answer.json()


@contextmanager
def running_platform(sessions: Path) -> Iterator[DemoPlatform]:
    """Run the platform; `sessions` keeps its sign-ins, so that a second run finds them.

    Raises:
        DemoFailed: it did not start.
    """
    command = [*_with_its_parent(), sys.executable, "-m", "demo", "--sessions", str(sessions)]
    process = subprocess.Popen(  # noqa: S603 - our own program, no word of a user's
        command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise DemoFailed
        url = json.loads(line)["url"]
        with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
            yield DemoPlatform(url, client)
    finally:
        process.terminate()
        process.wait(STOP_SECONDS)
        process.stdout.close()


def _with_its_parent() -> list[str]:
    """The kernel ends the platform when this process is killed and cannot do it any more."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM"] if setpriv else []
