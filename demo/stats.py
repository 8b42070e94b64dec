"""What the site noticed of its visitors. Requests to `/_demo/*` are never counted."""

from __future__ import annotations

import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as the site saw it."""

    path: str
    address: str
    via: str = ""
    """What a forward proxy says of itself in `Via`."""

    @property
    def site(self) -> str:
        """Return the first part of the path: moment, channel, sign-in, or what it was."""
        return self.path.lstrip("/").split("/", 1)[0] or "/"

    @property
    def kind(self) -> str:
        """Return document, json or asset."""
        if "/assets/" in self.path or self.path == "/favicon.ico":
            return "asset"
        return "json" if "/api/" in self.path else "document"


@dataclass
class Stats:
    """Counted from the start of each request; statuses when its answer is ready."""

    by_second: Counter[int] = field(default_factory=Counter)
    by_address: Counter[str] = field(default_factory=Counter)
    by_via: Counter[str] = field(default_factory=Counter)
    by_site: Counter[str] = field(default_factory=Counter)
    by_kind: Counter[str] = field(default_factory=Counter)
    by_path: Counter[str] = field(default_factory=Counter)
    by_status: Counter[int] = field(default_factory=Counter)
    logins: Counter[str] = field(default_factory=lambda: Counter(ok=0, failed=0))
    captchas: int = 0
    peak_concurrent: int = 0
    peak_within_a_second: int = 0
    concurrent: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def began(self, seen: Seen) -> None:
        """Count a request."""
        self.by_second[int(time.time())] += 1
        self.by_address[seen.address] += 1
        self.by_via[seen.via or "direct"] += 1
        self.by_site[seen.site] += 1
        self.by_kind[seen.kind] += 1
        self.by_path[seen.path] += 1
        self.concurrent += 1
        self.peak_concurrent = max(self.peak_concurrent, self.concurrent)
        self._slide(time.monotonic())

    def ended(self, status: int) -> None:
        """Note what was answered; 0 = the visitor left before."""
        self.concurrent -= 1
        self.by_status[status] += 1

    def reset(self) -> None:
        """Begin anew; requests under way stay counted as concurrent."""
        self.__init__(concurrent=self.concurrent)  # type: ignore[misc]

    def report(self, sessions: int) -> dict[str, Any]:
        """Return everything for the statistics endpoint."""
        return {
            "total": sum(self.by_second.values()),
            "by_second": {str(second): n for second, n in sorted(self.by_second.items())},
            "by_address": dict(self.by_address),
            "by_via": dict(self.by_via),
            "by_site": dict(self.by_site),
            "by_kind": dict(self.by_kind),
            "by_path": dict(self.by_path),
            "by_status": {str(status): n for status, n in self.by_status.items()},
            "peak_per_second": max(self.by_second.values(), default=0),
            "peak_within_a_second": self.peak_within_a_second,
            "peak_concurrent": self.peak_concurrent,
            "concurrent": self.concurrent,
            "logins": dict(self.logins),
            "captchas": self.captchas,
            "sessions": sessions,
        }

    def _slide(self, now: float) -> None:
        self._recent.append(now)
        while self._recent[0] <= now - 1:
            self._recent.popleft()
        self.peak_within_a_second = max(self.peak_within_a_second, len(self._recent))
