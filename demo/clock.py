"""The site's own clock: the machine's, or one that stands still until it is stepped.

It tells business time: figures, sessions' age, captcha windows. Rates, refusals and stalls
are about load and use the machine's monotonic clock instead.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SEOUL = ZoneInfo("Asia/Seoul")


class Clock:
    """`at` freezes it at that moment; without, it runs with the machine."""

    def __init__(self, at: datetime | None = None) -> None:
        self._frozen = at

    @property
    def frozen(self) -> bool:
        """Whether it stands still."""
        return self._frozen is not None

    def now(self) -> datetime:
        """Return the site's time, aware, in UTC."""
        return self._frozen or datetime.now(UTC)

    def freeze(self, at: datetime) -> None:
        """Stand still at `at`."""
        self._frozen = at.astimezone(UTC)

    def step(self, seconds: float) -> None:
        """Go on by `seconds` and stand still there."""
        self._frozen = self.now() + timedelta(seconds=seconds)

    def run(self) -> None:
        """Go with the machine again."""
        self._frozen = None


def moment(text: str) -> datetime:
    """Return the aware moment that an ISO text names; without an offset it is Seoul's.

    Raises:
        ValueError: it is no ISO 8601 time.
    """
    at = datetime.fromisoformat(text)
    return (at if at.tzinfo else at.replace(tzinfo=SEOUL)).astimezone(UTC)


def midnight(day: date) -> datetime:
    """Return the moment at which `day` begins in Seoul, in UTC."""
    return datetime.combine(day, time(), SEOUL).astimezone(UTC)


def seoul_date(at: datetime) -> date:
    """Return the date on Seoul's wall."""
    return at.astimezone(SEOUL).date()
