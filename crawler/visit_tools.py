"""What a visit is handed: browser, budget, and the stores it writes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from crawler.browser import Browser
from crawler.page import ReadPage
from crawler.page_reader import Patience
from crawler.ports import (
    CredentialsKeeper,
    Doubt,
    EvidenceKeeper,
    Inventory,
    Lease,
    Ledger,
    NoDoubt,
    Pace,
    Sessions,
)
from crawler.snapshot import Snapshot
from domain.clock import Clock

Watcher = Callable[[ReadPage, Snapshot | None], None]


def _nobody(_page: ReadPage, _snapshot: Snapshot | None) -> None:
    return None


@dataclass(frozen=True, slots=True)
class VisitTools:
    """The rest of the house, as a visit sees it."""

    browser: Browser
    pace: Pace
    sessions: Sessions
    credentials: CredentialsKeeper
    inventory: Inventory
    ledger: Ledger
    evidence: EvidenceKeeper
    lease: Lease
    clock: Clock
    patience: Patience = field(default_factory=Patience)
    doubt: Doubt = field(default_factory=NoDoubt)
    watch: Watcher = _nobody
    """Is shown every page as it was judged: for `danga site try` and saved pages."""
