"""A site that a person told us to leave alone: paused for a while, or stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class HaltKind(StrEnum):
    """What becomes of the visits meanwhile; nothing is sent either way."""

    PAUSED = "paused"
    """They wait, and go on afterwards."""
    STOPPED = "stopped"
    """What was planned is dropped, and nothing is planned, until a person resumes."""


@dataclass(frozen=True, slots=True)
class SiteHalt:
    """`since` and `until` are on the database's clock; `until` None: until a person resumes."""

    site: str
    kind: HaltKind
    by: str
    reason: str
    since: datetime
    until: datetime | None = None

    def __str__(self) -> str:
        """Say it as a visit's row shows it."""
        end = "" if self.until is None else f" until {self.until:%Y-%m-%d %H:%M} UTC"
        why = f": {self.reason}" if self.reason else ""
        return f"{self.site} is {self.kind} by {self.by}{end}{why}"
