"""The root of every error that Danga raises on purpose.

    DangaError
    +-- BadInput              a person's file, option or environment is wrong
    +-- (crawler/errors.py)   VisitError and what stops a page
    +-- (storage/errors.py)   StorageError and what the database refuses
    +-- (pace/errors.py)      PaceError
    +-- (costs/errors.py)     CostsError: contradicting facts for the calculator

An error carries what happened and what the operator does next (`advice`). Texts never hold
a secret: whoever raises one names the thing (a login, a line, an environment variable), not
its value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class DangaError(Exception):
    """Something went wrong that Danga can name."""

    advice: ClassVar[str] = ""

    def __init__(self, message: str = "", *, advice: str | None = None) -> None:
        super().__init__(message or (type(self).__doc__ or "").strip().splitlines()[0])
        self.next_step = self.advice if advice is None else advice


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with an input: where it stands, what it is, what to do about it."""

    where: str
    what: str
    cure: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f" ({self.cure})" if self.cure else "")


class BadInput(DangaError):
    """An input holds faults; all that were found are listed, and nothing was written."""

    advice = "Mend what is listed and run the command again."

    def __init__(self, *faults: Fault, advice: str | None = None) -> None:
        super().__init__("\n".join(str(fault) for fault in faults), advice=advice)
        self.faults = faults
