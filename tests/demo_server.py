"""The demo platform as its own process, for every test that needs a site.

with RunningDemo("--frozen-at", "2026-03-03T10:00+09:00", rotate_cookie=True) as demo:
    demo.step(minutes=20)
    assert demo.truth(login="kim")
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

ROOT = Path(__file__).parent.parent
STOP_SECONDS = 10


class RunningDemo:
    """`python -m demo` on a free port; options as on the command line, knobs by name."""

    def __init__(self, *options: str, port: int = 0, **knobs: object) -> None:
        named = [f"--{name.replace('_', '-')}={value}" for name, value in knobs.items()]
        self._command = [sys.executable, "-m", "demo", "--port", str(port), *options, *named]

    def __enter__(self) -> RunningDemo:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start the process and wait for its one line."""
        self.process = subprocess.Popen(
            self._command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.stop()
            raise RuntimeError(f"the demo did not start: {' '.join(self._command)}")
        self.url: str = json.loads(line)["url"]
        self._client = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    def stop(self) -> int:
        """Stop it as an operator would, and return its exit code."""
        if hasattr(self, "_client"):
            self._client.close()
        self.process.terminate()
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def get(self, path: str, **query: str) -> Any:
        """Return the JSON of a control path such as `/_demo/clock`."""
        return self._checked(self._client.get(path, params=query))

    def post(self, path: str, content: Any = None) -> Any:
        """Send JSON to a control path and return its answer."""
        return self._checked(self._client.post(path, json={} if content is None else content))

    def knobs(self, **changes: object) -> None:
        """Turn knobs (None or "off" for numbers that do nothing)."""
        self.post("/_demo/knobs", changes)

    def reset(self) -> None:
        """Put every knob and event back to where the process began."""
        self.post("/_demo/reset")

    def clock(self, at: datetime | str) -> datetime:
        """Freeze the site's clock at `at` and return it."""
        told = self.post("/_demo/clock", {"at": at if isinstance(at, str) else at.isoformat()})
        return datetime.fromisoformat(told["now"])

    def step(self, *, minutes: float = 0, seconds: float = 0) -> datetime:
        """Move the site's clock on and return it."""
        told = self.post("/_demo/clock", {"step_seconds": minutes * 60 + seconds})
        return datetime.fromisoformat(told["now"])

    def now(self) -> datetime:
        """Return the site's time."""
        return datetime.fromisoformat(self.get("/_demo/clock")["now"])

    def truth(
        self, at: datetime | None = None, login: str | None = None, day: date | None = None
    ) -> list[dict[str, Any]]:
        """Return what a perfect reader would report."""
        query = {"at": at and at.isoformat(), "login": login, "date": day and day.isoformat()}
        told: list[dict[str, Any]] = self.get(
            "/_demo/truth", **{name: str(value) for name, value in query.items() if value}
        )
        return told

    def happen(self, *events: dict[str, Any], add: bool = False) -> None:
        """Replace (or add to) the events: see demo/events.py."""
        self.post("/_demo/events", {"events": list(events), "add": add})

    def end_sessions(self, login: str | None = None) -> int:
        """End all sessions, or those of one login."""
        ended: int = self.post("/_demo/sessions/end", {"login": login})["ended"]
        return ended

    def stats(self) -> dict[str, Any]:
        """Return what the site noticed."""
        told: dict[str, Any] = self.get("/_demo/stats")
        return told

    def reset_stats(self) -> None:
        """Count from zero."""
        self.post("/_demo/stats/reset")

    @staticmethod
    def _checked(answer: httpx.Response) -> Any:
        if answer.is_error:
            raise RuntimeError(f"{answer.request.url.path}: {answer.status_code} {answer.text}")
        return answer.json()
