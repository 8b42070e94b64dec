"""Say in a report which watches cannot be computed, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from zoneinfo import ZoneInfo

from domain.person import Language
from reports import words
from storage.watch_troubles import WatchTrouble


def troubles_told(
    found: Iterable[WatchTrouble], language: Language, zone: ZoneInfo
) -> tuple[str, ...]:
    """Return a line for each: its reason and the cure, as the error says them."""
    return tuple(
        words.NOT_COMPUTED.say(
            language,
            watch=one.watch,
            at=f"{one.since.astimezone(zone):%Y-%m-%d %H:%M}",
            why=one.reason,
            cure=one.cure,
        )
        for one in found
    )
