"""How many friends a channel has at a moment: a gauge that people join and sometimes leave."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from random import Random

from demo.clock import midnight, seoul_date
from demo.curve import day_curve
from demo.events import Event, Unsubscribe

OPENED = date(2025, 1, 1)
"""Before this date channels only have the friends they began with."""


@dataclass(frozen=True, slots=True)
class Audience:
    """What a channel page shows."""

    friends: int
    subscribers: int


def audience(seed: int, channel: str, at: datetime, events: Iterable[Event] = ()) -> Audience:
    """Return the friends (친구 수) and subscribers (소식받기 수) of `channel` at `at`."""
    left = sum(
        event.people
        for event in events
        if isinstance(event, Unsubscribe) and event.channel == channel and event.at <= at
    )
    friends = level(f"{seed}:{channel}:friends", at, range(8_000, 40_000), range(90, 400))
    subscribers = level(f"{seed}:{channel}:subscribers", at, range(3_000, 7_000), range(40, 90))
    return Audience(max(friends - left, 0), max(subscribers - left, 0))


def level(key: str, at: datetime, base: range, gains: range) -> int:
    """Return how high the gauge `key` stands at `at`: what it began with, and what joined since."""
    today = seoul_date(at)
    second = int((at - midnight(today)).total_seconds())
    gained = day_curve(key, today, _gain(key, today, gains)).at(second)
    return Random(f"{key}:base").choice(base) + _gained_before(key, today, gains) + gained


@lru_cache(maxsize=10_000)
def _gained_before(key: str, day: date, gains: range) -> int:
    days = max((day - OPENED).days, 0)
    return sum(_gain(key, OPENED + timedelta(days=number), gains) for number in range(days))


def _gain(key: str, day: date, gains: range) -> int:
    return Random(f"{key}:{day}:gain").choice(gains)
