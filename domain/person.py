"""Who is told when something is wrong: people, their roles, and when they want to be left alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from enum import StrEnum

from domain.request_budget import QuietHours


class Role(StrEnum):
    """Why somebody is told."""

    ENGINEER = "engineer"
    """Mends site classes and machines."""
    OPERATOR = "operator"
    """Keeps the measuring going: hears of everything."""
    OWNER = "owner"
    """The marketer of that name in `owners`: hears what blinds their own clients."""


class Language(StrEnum):
    """In which words."""

    KOREAN = "ko"
    ENGLISH = "en"


START_OF_WORK = time(9)


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """Somebody who is told; all times of day are those of `DANGA_TIME_ZONE`.

    `targets` are names of environment variables, each of which holds one Apprise url: the urls
    are secrets. In `quiet` nothing is sent, but for urgent causes where `wake`. At `starts`
    comes one reminder of what is still open.
    """

    name: str
    roles: frozenset[Role]
    targets: tuple[str, ...]
    language: Language = Language.KOREAN
    quiet: QuietHours | None = None
    wake: bool = False
    starts: time = START_OF_WORK
