"""One line of `danga doctor`: what was looked at, whether it is well, and the cure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from domain.errors import DangaError


class NotWell(DangaError):
    """A check found something that will stop visits."""


class Doubtful(DangaError):
    """A check found something that stops nothing yet, and that somebody should know."""


@dataclass(frozen=True, slots=True)
class Check:
    """`ok` None: it could not be looked at, as something before it failed."""

    name: str
    ok: bool | None
    detail: str
    cure: str = ""
    is_doubtful: bool = False

    def as_row(self) -> dict[str, Any]:
        """Return it as a row of the doctor's answer."""
        well = "warning" if self.is_doubtful else "ok"
        health = "skipped" if self.ok is None else well if self.ok else "FAIL"
        return {"check": self.name, "health": health, "detail": self.detail, "cure": self.cure}


def look(name: str, probe: Callable[[], str]) -> Check:
    """Run a probe that says what it saw, or raises what is wrong and its cure."""
    try:
        return Check(name, True, probe())
    except Doubtful as doubt:
        return Check(name, True, str(doubt), doubt.next_step, is_doubtful=True)
    except DangaError as error:
        return Check(name, False, str(error), error.next_step)


def skipped(name: str, because: str) -> Check:
    """Return the line of a check that had to be left out."""
    return Check(name, None, because)
