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
    """The marketer of that name in `owners`: hears what blinds their own clients, and what they
    cost."""
    LEAD = "lead"
    """Looks after the marketers: hears what all clients cost."""


class Language(StrEnum):
    """In which words."""

    KOREAN = "ko"
    ENGLISH = "en"


class DigestDays(StrEnum):
    """On which mornings somebody reads what their clients cost yesterday."""

    WEEKDAYS = "weekdays"
    """Monday to Friday; Monday's tells of Friday, Saturday and Sunday."""
    DAILY = "daily"
    NONE = "none"


START_OF_WORK = time(9)


@dataclass(frozen=True, slots=True)
class PersonSpec:
    """Somebody who is told; all times of day are those of `DANGA_TIME_ZONE`.

    `targets` are names of environment variables, each of which holds one Apprise url: the urls
    are secrets. In `quiet` nothing is sent, but for urgent causes where `wake`. At `starts`
    comes one reminder of what is still open, and on the mornings of `digest` what the clients of
    an owner (of a lead: all) cost.
    """

    name: str
    roles: frozenset[Role]
    targets: tuple[str, ...]
    language: Language = Language.KOREAN
    quiet: QuietHours | None = None
    wake: bool = False
    starts: time = START_OF_WORK
    digest: DigestDays = DigestDays.WEEKDAYS
