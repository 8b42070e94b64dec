"""Business time: slots, observed_at, business dates, quiet hours, day ceilings.

It is injected everywhere, so that a demo or a bench can freeze and step it. Operational time
(leases, rates, `not_before`) is never read here: it belongs to the database or to Redis.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol


class Clock(Protocol):
    """Anything that tells the business time as an aware UTC datetime."""

    def now(self) -> datetime:
        """Return the business time."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class SteppedClock:
    """A clock that stands still until somebody moves it."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment it was last set to."""
        return self.at


@dataclass(frozen=True, slots=True)
class FileClock:
    """A clock that several processes share: the ISO time written in a file.

    For demos and benches. Whoever steps it replaces the file atomically.
    """

    path: Path

    def now(self) -> datetime:
        """Return the time in the file.

        Raises:
            ValueError: the file holds no aware ISO 8601 time.
        """
        at = datetime.fromisoformat(self.path.read_text(encoding="ascii").strip())
        if at.tzinfo is None:
            raise ValueError(f"{self.path} holds a time without an offset")
        return at.astimezone(UTC)

    def set(self, at: datetime) -> None:
        """Step the clock to `at` for every process that reads this file."""
        fresh = self.path.with_suffix(".next")
        fresh.write_text(at.astimezone(UTC).isoformat(), encoding="ascii")
        fresh.replace(self.path)
