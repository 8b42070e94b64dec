"""Write something down as soon as the database lets us."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from storage.errors import DatabaseAway

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 5 * 60.0
"""Without the database there is no other work, but a person may wait for a command."""
LOOK_SECONDS = 1.0

Result = TypeVar("Result")
GoOn = Callable[[], None]
"""Asked between two tries; raises when the process was told to stop."""


def when_back(work: Callable[[], Result], go_on: GoOn) -> Result:
    """Return what `work` returned; while the database is away, try again every second.

    `go_on` is asked before each further try, and may raise.

    Raises:
        DatabaseAway: it was away for longer than the patience.
    """

    def look_up(state: RetryCallState) -> None:
        if state.attempt_number == 1:
            error = state.outcome.exception() if state.outcome else None
            log.warning("database.awaited", because=str(error))
        go_on()

    tries = Retrying(
        retry=retry_if_exception_type(DatabaseAway),
        wait=wait_fixed(LOOK_SECONDS),
        stop=stop_after_delay(PATIENCE_SECONDS),
        before_sleep=look_up,
        sleep=time.sleep,
        reraise=True,
    )
    result: Result = tries(work)
    return result
