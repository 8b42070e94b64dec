"""From an error to what a person reads and to the command's exit code.

| code | meaning |
| --- | --- |
| 0 | done |
| 1 | done, and something is not as it should be (a check fails, a page was not read) |
| 2 | bad input or usage: mend what is listed |
| 3 | a person is needed: captcha, consent, second factor, wrong password |
| 4 | not now: the site, the network, the request budget or another visit says later |
| 5 | this machine lacks something: database, Redis, key or browser |
| 70 | a mistake in Danga itself |
| 130 | interrupted |
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from crawler.errors import BrowserMissing, PaceWait, SiteClassBroken, Stopped
from domain.errors import BadInput, DangaError
from domain.verdict import Blame, Verdict
from pace.errors import NoBudget, PaceUnavailable
from storage.errors import (
    ClientIsLeaving,
    DatabaseAway,
    DatabaseInUse,
    EvidenceGone,
    KeyUnusable,
    LeaseTaken,
    PickleRefused,
    SchemaBehind,
    SiteHalted,
    UnknownName,
)


class Exit(IntEnum):
    """What a command's exit code means."""

    OK = 0
    AMISS = 1
    BAD_INPUT = 2
    NEEDS_HUMAN = 3
    LATER = 4
    UNAVAILABLE = 5
    OURS = 70
    INTERRUPTED = 130


_BY_CLASS: tuple[tuple[tuple[type[Exception], ...], Exit], ...] = (
    (
        (
            BadInput,
            ClientIsLeaving,
            UnknownName,
            SiteClassBroken,
            NoBudget,
            PickleRefused,
            EvidenceGone,
        ),
        Exit.BAD_INPUT,
    ),
    ((DatabaseAway, SchemaBehind, PaceUnavailable, KeyUnusable, BrowserMissing), Exit.UNAVAILABLE),
    ((PaceWait, LeaseTaken, SiteHalted, DatabaseInUse), Exit.LATER),
)
_LATER = frozenset({Blame.SITE, Blame.PROXY, Blame.ROUTER})


def exit_code(error: Exception) -> Exit:
    """Return the exit code that says what kind of trouble `error` is."""
    if isinstance(error, Stopped):
        return exit_of_verdict(error.verdict)
    for classes, code in _BY_CLASS:
        if isinstance(error, classes):
            return code
    return _of_workers(error) if isinstance(error, DangaError) else Exit.OURS


def exit_of_verdict(verdict: Verdict) -> Exit:
    """Return the exit code that says who has to act before the page can be read."""
    if verdict.ok:
        return Exit.OK
    if verdict.kind.needs_human:
        return Exit.NEEDS_HUMAN
    return Exit.LATER if verdict.kind.blame in _LATER else Exit.AMISS


def _of_workers(error: DangaError) -> Exit:
    """Errors whose modules take long to import: here they have been imported by their raiser."""
    from workers.importing import NotProved
    from workers.places import Later
    from workers.proxy_desk import NoProxyNow
    from workers.refreshing import NotSignedIn

    if isinstance(error, NotSignedIn):
        return Exit.NEEDS_HUMAN
    return Exit.LATER if isinstance(error, (Later, NoProxyNow, NotProved)) else Exit.AMISS


def explain(error: Exception) -> str:
    """Return what happened and the next step, as a person reads it."""
    if not isinstance(error, DangaError):
        return (
            f"Danga made a mistake: {type(error).__name__}: {error}\n"
            "  -> Run it again with --debug and send us what it prints."
        )
    return f"{error}\n  -> {error.next_step}" if error.next_step else str(error)


def as_document(error: Exception) -> dict[str, Any]:
    """Return the error for programs: `{"error": {...}}`."""
    faults = error.faults if isinstance(error, BadInput) else ()
    return {
        "error": {
            "kind": type(error).__name__,
            "message": str(error),
            "next_step": error.next_step if isinstance(error, DangaError) else "",
            "exit_code": int(exit_code(error)),
            "faults": [{"where": f.where, "what": f.what, "cure": f.cure} for f in faults],
        }
    }
