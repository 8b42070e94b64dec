"""The shipped fake: budgets in this process alone, shared by its threads, lost at its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from pace.state import State
from pace.store import Answer, Decide


class MemoryStore:
    """For tests and trials; `seconds` is its own clock, which a test may step."""

    def __init__(self, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._states: dict[str, State] = {}

    def change(self, site: str, decide: Decide[Answer]) -> Answer:
        """Let `decide` replace the state of `site`, one thread at a time."""
        with self._lock:
            state, answer = decide(self._states.get(site, State()), self._seconds())
            self._states[site] = state
        return answer
