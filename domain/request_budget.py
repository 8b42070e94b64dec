"""The request budget of a site: what its owner, or our manners, allow us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time, timedelta

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """No request between `begin` and `end` (local time of the site; may cross midnight)."""

    begin: time
    end: time

    def __str__(self) -> str:
        return f"{self.begin:%H:%M}-{self.end:%H:%M}"

    @classmethod
    def parse(cls, text: str) -> QuietHours:
        """Return what `str` wrote.

        Raises:
            ValueError: these are not two times with a dash between them.
        """
        begin, _, end = text.partition("-")
        return cls(time.fromisoformat(begin.strip()), time.fromisoformat(end.strip()))

    @property
    def length(self) -> timedelta:
        """How long they last.

        >>> str(QuietHours.parse("23:00-05:30").length)
        '6:30:00'
        """
        begin, end = (
            timedelta(hours=one.hour, minutes=one.minute, seconds=one.second)
            for one in (self.begin, self.end)
        )
        return (end - begin) % DAY

    def hold(self, local: time) -> bool:
        """Whether `local` lies in the quiet hours."""
        if self.begin <= self.end:
            return self.begin <= local < self.end
        return local >= self.begin or local < self.end


@dataclass(frozen=True, slots=True)
class RequestBudget:
    """Counted in network requests to the site's hosts, over all workers, commands and proxies.

    What is promised over any span T: at most `requests_per_second` x T + `burst`. That is the
    ceiling; the rate of the moment adapts to what the site bears, down to `floor_per_second`.
    """

    requests_per_second: float = 2.0
    burst: int = 60
    """At least one cold page, or a cold page could never be granted."""
    concurrent_visits: int = 2
    requests_per_day: int = 20_000
    quiet: QuietHours | None = None
    time_zone: str = "Asia/Seoul"
    floor_per_second: float | None = None
    """None: a twentieth of the ceiling."""

    @property
    def open_a_day(self) -> timedelta:
        """How much of a day lies outside the quiet hours."""
        return DAY if self.quiet is None else DAY - self.quiet.length

    @property
    def floor(self) -> float:
        """The rate below which nothing is eased."""
        given = self.floor_per_second
        return self.requests_per_second / 20 if given is None else given

    def __post_init__(self) -> None:
        """Refuse what could never grant anything; a day ceiling of 0 stops a site.

        Raises:
            ValueError: the rate is not above 0, the floor not between, or the burst below 1.
        """
        if not self.requests_per_second > 0:
            raise ValueError(f"requests_per_second is {self.requests_per_second}, not above 0")
        if not 0 < self.floor <= self.requests_per_second:
            limits = f"above 0 and at most {self.requests_per_second}"
            raise ValueError(f"floor_per_second is {self.floor}, not {limits}")
        if self.burst < 1:
            raise ValueError(f"burst is {self.burst}, not at least 1")
