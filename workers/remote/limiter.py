"""How often an address may come with a wrong link before it is not answered for a while."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

_MOST_ADDRESSES = 10_000


@dataclass
class WrongTokens:
    """Counts per address; pure but for what it remembers. `clock` gives monotonic seconds."""

    clock: Callable[[], float]
    most: int = 20
    within_seconds: float = 60.0
    _seen: dict[str, deque[float]] = field(default_factory=dict)

    def note(self, address: str) -> None:
        """A wrong one came from `address`."""
        if len(self._seen) >= _MOST_ADDRESSES:
            self._seen.pop(next(iter(self._seen)))
        self._seen.setdefault(address, deque(maxlen=self.most)).append(self.clock())

    def too_many(self, address: str) -> bool:
        """Whether `address` has to wait."""
        times = self._seen.get(address)
        if times is None or len(times) < self.most:
            return False
        return self.clock() - times[0] < self.within_seconds
