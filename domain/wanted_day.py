"""Past days that an operator asked for: read once for a login, as the budget has room."""

from __future__ import annotations

from enum import StrEnum

TRIES = 3
"""So many visits of a day may fail before it is given up, and somebody told."""


class WantedState(StrEnum):
    """Where a wanted day stands."""

    WAITING = "waiting"
    """For room in a slot."""
    PLANNED = "planned"
    """Its visit is planned, or under way."""
    READ = "read"
    GIVEN_UP = "given_up"
    """Its visits failed, or the site shows the day no more; asking again wakes it."""


OPEN = (WantedState.WAITING, WantedState.PLANNED)
