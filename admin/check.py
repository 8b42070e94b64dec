"""One line of `danga doctor`: what was looked at, whether it is well, and the cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.errors import DangaError


class NotWell(DangaError):
    """A check found something that will stop visits."""


@dataclass(frozen=True, slots=True)
class Check:
    """`ok` None: it could not be looked at, as something before it failed."""

    name: str
    ok: bool | None
    detail: str
    cure: str = ""

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of the doctor's answer."""
        health = "skipped" if self.ok is None else "ok" if self.ok else "FAIL"
        return {"check": self.name, "health": health, "detail": self.detail, "cure": self.cure}


def look(name: str, probe: Callable[[], str]) -> Check:
    """Run a probe that says what it saw, or raises what is wrong and its cure."""
    try:
        return Check(name, True, probe())
    except DangaError as error:
        return Check(name, False, str(error), error.next_step)


def skipped(name: str, because: str) -> Check:
    """Return the line of a check that had to be left out."""
    return Check(name, None, because)
