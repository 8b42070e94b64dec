"""At which slots the two sides of a watch stand side by side.

A side is complete at a slot when every member valid there has a usable current reading. A slot
at which both are complete is a *pair point*; unit costs are computed between consecutive ones
and nowhere else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from costs.track import Track, tracks_of
from costs.watch_series import WatchSeries
from domain.reading import Reading

_NONE = timedelta()


@dataclass(frozen=True, slots=True)
class Pairing:
    """The tracks of both sides and what their slots are."""

    spend: tuple[Track, ...]
    results: tuple[Track, ...]
    pairs: tuple[datetime, ...]
    alone: tuple[datetime, ...]
    """Slots at which only the spend side is complete."""
    held: tuple[datetime, ...]
    """Slots at which a member's reading is held, so that its side is not complete."""

    def apart(self, slot_at: datetime) -> timedelta:
        """Return how far apart the two sides were read at a slot."""
        spend = [reading.observed_at for _, reading in at(self.spend, slot_at)]
        results = [reading.observed_at for _, reading in at(self.results, slot_at)]
        if not spend or not results:
            return _NONE
        return max(max(spend) - min(results), max(results) - min(spend))


def at(tracks: tuple[Track, ...], slot_at: datetime) -> Iterator[tuple[Track, Reading]]:
    """Yield the members valid at the slot that have a usable reading there."""
    for track in tracks:
        reading = track.current.get(slot_at)
        if reading is not None and track.valid_at(slot_at):
            yield track, reading


def pairing_of(watch: WatchSeries) -> Pairing:
    """Sort the watch's readings and find its pair points."""
    spend, results = tracks_of(watch)
    slots = sorted({slot_at for track in (*spend, *results) for slot_at in track.slots})
    slots = slots[bisect_left(slots, watch.begins) if watch.begins else 0 :]
    with_spend = [slot_at for slot_at in slots if _complete(spend, slot_at)]
    pairs = tuple(slot_at for slot_at in with_spend if _complete(results, slot_at))
    paired = frozenset(pairs)
    return Pairing(
        spend,
        results,
        pairs,
        alone=tuple(slot_at for slot_at in with_spend if slot_at not in paired),
        held=tuple(sorted(_held((*spend, *results)))),
    )


def _complete(tracks: tuple[Track, ...], slot_at: datetime) -> bool:
    complete = False
    for track in tracks:
        if track.valid_at(slot_at):
            if slot_at not in track.current:
                return False
            complete = True
    return complete


def _held(tracks: tuple[Track, ...]) -> set[datetime]:
    return {slot_at for track in tracks for slot_at in track.held if track.valid_at(slot_at)}
