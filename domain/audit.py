"""Who did what, when, to what, and why: the words of the audit."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Actor:
    """A person by name, or a part of the program (`visit 12`, `tick`)."""

    name: str
    is_person: bool = False


def person(name: str) -> Actor:
    """Return a named person."""
    return Actor(name, is_person=True)


def program(name: str) -> Actor:
    """Return a part of the program that acts by itself."""
    return Actor(name)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing done: `action` is `subject.verb` (`session.state`), `subject` what it was done to.

    `subject` reads `login kim`, `proxy p1`, `site moment`, `client 달빛커피`. `detail` holds plain
    values for programs (`{"from": "active", "to": "suspect"}`), never a secret.
    """

    action: str
    subject: str
    reason: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
