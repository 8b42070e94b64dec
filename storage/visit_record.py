"""What is known of a visit and its pages."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto
from typing import Any

from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from storage.leases import HeldLease


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """A visit's row. `planned_at` is business time, all other moments the database's clock."""

    id: int
    login_id: int
    login: str
    planned_at: datetime
    kind: VisitKind
    business_date: date | None
    state: VisitState
    not_before: datetime
    attempts: int
    worker: str | None
    verdict: VerdictKind | None
    detail: str
    requests: int
    bytes_received: int
    pages_read: int
    pages_failed: int
    readings: int
    started_at: datetime | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class DueVisit:
    """A visit that may be claimed now; `queue` is the site where its login signs in."""

    id: int
    login_id: int
    login: str
    queue: str
    planned_at: datetime
    kind: VisitKind
    not_before: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """A visit in hand, together with the lease of its login."""

    visit: VisitRecord
    lease: HeldLease


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a visit ended. Counts are what was not committed with a page."""

    state: VisitState
    verdict: VerdictKind | None = None
    detail: str = ""
    requests: int = 0
    bytes_received: int = 0


class Charge(Enum):
    """Whether an attempt that came to nothing counts."""

    ATTEMPT = auto()
    NOTHING = auto()
    """Not the visit's doing: a browser that died, a wait for the pace, a dead proxy."""


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One page of a visit; `path` is the url without host, query and secrets."""

    site: str
    page_kind: str
    path: str
    verdict: VerdictKind
    account: str | None = None
    detail: str = ""
    requests: int = 0
    bytes_received: int = 0
    readings: int = 0
    steps: tuple[str, ...] = ()
    evidence_id: str | None = None
    progress: dict[str, Any] | None = None
    """What a visit that was interrupted needs to go on after this page, keyed by `url`."""
