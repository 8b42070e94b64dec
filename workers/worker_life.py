"""A process that visits: says that it lives, and hears that it should end."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog

from domain.errors import DangaError
from storage.errors import DatabaseAway, KeyUnusable
from storage.heartbeats import HeartbeatBook
from workers.house import House
from workers.what_runs import runs

log = structlog.get_logger(__name__)

BEAT_SECONDS = 10.0
TICK = "tick"
VISITS = "visits"
CELERY = "celery"
REMOTE = "remote"
"""The standing server of remote sign-ins."""


class ToldToStop(DangaError):
    """The process was told to stop between two pages; the visit goes on elsewhere."""


@dataclass(slots=True)
class Life:
    """Heartbeat and end of one process."""

    house: House
    kind: str
    told_to_stop: Callable[[], bool]
    _beaten: float = float("-inf")

    @property
    def over(self) -> bool:
        """Whether no further visit may begin."""
        return self.told_to_stop()

    def beat(self) -> None:
        """Say that the process lives, now and then."""
        if time.monotonic() - self._beaten < BEAT_SECONDS:
            return
        self._beaten = time.monotonic()
        try:
            book, name = HeartbeatBook(self.house.engine), self.house.name
            book.beat(name, self.kind, self._key_ids(), runs(self.house))
        except DatabaseAway as away:
            log.warning("heartbeat.failed", because=str(away))

    def _key_ids(self) -> tuple[str, ...] | None:
        """Return what `session rekey` has to know of this process, None where it has no key."""
        try:
            return self.house.keyring.ids
        except KeyUnusable:
            return None

    def check(self) -> None:
        """Pass between two pages while the process may go on.

        Raises:
            ToldToStop: it should end.
        """
        if self.over:
            raise ToldToStop
        self.beat()
