"""A visit in hand: its claim, and what it has to write down about pages and session."""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from storage.errors import SessionMovedOn
from storage.page_commit import PageCommit
from storage.visit_record import Claim
from workers.house import House
from workers.visit_ports import VisitLedger, VisitSessions

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class VisitInHand:
    """Everything of a visit that a database which goes away must not lose."""

    claim: Claim
    ledger: VisitLedger
    sessions: VisitSessions

    @classmethod
    def of(cls, house: House, claim: Claim) -> VisitInHand:
        """Return what a claim begins with."""
        commits = PageCommit(house.engine, house.readings)
        return cls(
            claim,
            VisitLedger(commits, house.spool, claim, house.proof),
            VisitSessions(house.vault, claim.lease, f"visit {claim.visit.id}"),
        )

    def catch_up(self) -> None:
        """Write down what could not be while the database was away: the session first.

        Raises:
            StaleToken: the lease was lost.
            DatabaseAway: it still is.
        """
        try:
            self.sessions.catch_up()
        except SessionMovedOn as moved:
            log.info("session.dropped", because=str(moved))
        self.ledger.catch_up()
