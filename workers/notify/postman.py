"""The thread of `danga up` that sends messages, so that a dead service holds up no tick.

It has a database of its own and shares nothing with the main process. What it was sending when
the process ended is sent again by the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from storage.errors import DatabaseAway
from workers.house import House
from workers.notify.database_trouble import database_is_away
from workers.notify.rounds import delivery_round
from workers.settings import Settings

log = structlog.get_logger(__name__)

PAUSE_SECONDS = 5.0
STOP_SECONDS = 5.0


class Postman:
    """Delivers until told to stop."""

    def __init__(self, settings: Settings, pause_seconds: float) -> None:
        self._settings = settings
        self._pause_seconds = pause_seconds
        self._told_to_stop = threading.Event()
        # A daemon: a service that never answers must not keep the process from ending.
        self._thread = threading.Thread(target=self._work, name="postman", daemon=True)

    @classmethod
    @contextmanager
    def at_work(cls, settings: Settings, pause_seconds: float = PAUSE_SECONDS) -> Iterator[None]:
        """Let one work in the meantime."""
        postman = cls(settings, pause_seconds)
        postman._thread.start()
        try:
            yield
        finally:
            postman._told_to_stop.set()
            postman._thread.join(STOP_SECONDS)

    def _work(self) -> None:
        while not self._told_to_stop.is_set():
            try:
                with House.open(self._settings) as house:
                    self._deliver(house)
            except DatabaseAway as away:
                database_is_away(self._settings, str(away))
                self._told_to_stop.wait(self._pause_seconds)

    def _deliver(self, house: House) -> None:
        while not self._told_to_stop.is_set():
            try:
                delivery_round(house)
            except Exception:
                log.exception("postman.broke")
            self._told_to_stop.wait(self._pause_seconds)
