"""Two business dates in the life of four watches, with everything that DOMAIN.md warns of.

Times are Seoul's. `kim` sees the ad account that `lee`'s channel is divided by, `park` an ad
account and a channel of its own. A scene is a slot; whose queue it misses is not visited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bench.inventory import Inventory, Login, Watch

SLOT = timedelta(minutes=20)
MOMENT, CHANNEL = "moment", "channel"

INVENTORY = Inventory(
    logins=(
        Login("kim", (MOMENT,), ("moment/1001",)),
        Login("lee", (CHANNEL,), ("channel/ch502",)),
        Login("park", (CHANNEL, MOMENT), ("moment/1005", "channel/ch503")),
    ),
    watches=(
        Watch("two logins", ("moment/1001",), ("channel/ch502",), "friends"),
        Watch("one site", ("moment/1001",), ("moment/1001",), "conversions"),
        Watch("three logins", ("moment/1001", "moment/1005"), ("channel/ch502",), "friends"),
        Watch("one login", ("moment/1005",), ("channel/ch503",), "subscribers"),
    ),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """A slot and the queues that nobody serves in it."""

    at: datetime
    missed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Story:
    """Slots in their order, and what happens on the platform meanwhile."""

    scenes: tuple[Scene, ...]
    events: tuple[dict[str, Any], ...]

    @property
    def begins(self) -> datetime:
        """The first slot."""
        return self.scenes[0].at


def _stretch(first: str, count: int, **missed: Sequence[str]) -> list[Scene]:
    """`count` slots from `first` on; `at_0920=("moment",)` misses a queue at 09:20."""
    begin = datetime.fromisoformat(f"{first}+09:00")
    scenes = []
    for number in range(count):
        at = begin + number * SLOT
        scenes.append(Scene(at, frozenset(missed.pop(f"at_{at:%H%M}", ()))))
    if missed:
        raise ValueError(f"no such slot: {', '.join(missed)}")
    return scenes


_BOTH = (MOMENT, CHANNEL)
_EVENTS: tuple[dict[str, Any], ...] = (
    {"type": "create_ad", "account": "1001", "at": "2026-03-03T10:30", "id": "c1001-90"},
    {"type": "create_ad", "account": "1005", "at": "2026-03-03T11:45", "id": "c1005-90"},
    {"type": "refund", "ad": "c1001-03", "at": "2026-03-03T12:10", "won": 30_000},
    {"type": "unsubscribe", "channel": "ch502", "at": "2026-03-03T12:30", "people": 250},
    {"type": "unsubscribe", "channel": "ch503", "at": "2026-03-03T23:10", "people": 60},
    {"type": "end_ad", "ad": "c1001-02", "at": "2026-03-03T12:35"},
    {"type": "late_midnight", "date": "2026-03-04", "minutes": 25},
    {"type": "restate", "ad": "c1001-01", "at": "2026-03-04T07:30", "spend": -700},
    {"type": "restate", "ad": "c1001-04", "at": "2026-03-04T07:30", "spend": 900, "conversions": 3},
    {"type": "delete_ad", "ad": "c1001-05", "at": "2026-03-04T08:30"},
    {"type": "refund", "ad": "c1005-01", "at": "2026-03-04T09:10", "won": 20_000},
    {"type": "create_ad", "account": "1001", "at": "2026-03-04T23:50", "id": "c1001-91"},
    {"type": "late_midnight", "date": "2026-03-05", "minutes": 7},
    {"type": "restate", "ad": "c1005-02", "at": "2026-03-05T07:10", "spend": 450},
)
_FIRST_HOURS = _stretch("2026-03-03T10:00", 9, at_1100=(CHANNEL,), at_1140=(MOMENT,), at_1200=_BOTH)
_LATE_MIDNIGHT = _stretch("2026-03-03T23:00", 7)
_SETTLED_MORNING = _stretch("2026-03-04T07:20", 9, at_0900=(CHANNEL,), at_0940=(MOMENT,))
_MISSED_MIDNIGHT = _stretch("2026-03-04T23:40", 3, at_0000=_BOTH)
_LAST_MORNING = _stretch("2026-03-05T07:40", 3)

WHOLE = Story(
    (*_FIRST_HOURS, *_LATE_MIDNIGHT, *_SETTLED_MORNING, *_MISSED_MIDNIGHT, *_LAST_MORNING), _EVENTS
)
SHORT = Story(
    (
        *_stretch("2026-03-03T12:00", 3, at_1220=(CHANNEL,)),
        *_stretch("2026-03-04T00:00", 3),
        *_stretch("2026-03-04T08:00", 2),
    ),
    _EVENTS,
)
