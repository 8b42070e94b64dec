"""Visits in hand: claim one, note its pages, end it.

A claim takes the login's lease and the visit in one transaction, and everything that is noted
afterwards is refused when the lease was lost (`StaleToken`).
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, and_, func, insert, or_, select, update

from domain.session import FOR_A_PERSON
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from storage.database_clock import database_now
from storage.errors import StaleToken, StorageError
from storage.leases import HeldLease, LeaseBook, release_lease, require_token, take_lease
from storage.site_halts import halted_now
from storage.tables import LoginRow, VisitPageRow, VisitRow
from storage.transaction import run_in_transaction
from storage.visit_history import find_visit
from storage.visit_record import Charge, Claim, Outcome, PageRecord
from storage.visit_schedule import WAITING


class VisitBook:
    """The visits, from the side of whoever makes them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def claim(self, visit_id: int, holder: str, lease_seconds: float) -> Claim | None:
        """Take the visit and its login's lease, or neither: None, and somebody else works.

        `lease_seconds` must outlive the visit's hard time limit, or be renewed on the way.
        A visit that is running is taken over when its lease has run out.
        """
        try:
            return run_in_transaction(
                self._engine,
                lambda connection: _claim(connection, visit_id, holder, lease_seconds),
            )
        except _NotClaimed:
            return None

    def renew(self, claim: Claim, lease_seconds: float) -> None:
        """Let the lease run out `lease_seconds` from now.

        Raises:
            StaleToken: it was lost.
        """
        LeaseBook(self._engine).renew(claim.lease, lease_seconds)

    def finish(self, claim: Claim, outcome: Outcome) -> None:
        """Note how it ended and give the lease back.

        Raises:
            StaleToken: the lease was lost; the visit belongs to somebody else.
        """

        def work(connection: Connection) -> None:
            require_token(connection, claim.lease.login_id, claim.lease.token)
            _update_mine(
                connection,
                claim,
                **_ended(outcome),
                finished_at=database_now(connection),
            )
            release_lease(connection, claim.lease)

        run_in_transaction(self._engine, work)

    def defer(
        self,
        claim: Claim,
        seconds: float,
        outcome: Outcome,
        charge: Charge = Charge.ATTEMPT,
    ) -> None:
        """Let it wait for `seconds`, say why, and give the lease back.

        Raises:
            StaleToken: the lease was lost; the visit belongs to somebody else.
        """

        def work(connection: Connection) -> None:
            require_token(connection, claim.lease.login_id, claim.lease.token)
            _update_mine(
                connection,
                claim,
                **_ended(outcome),
                not_before=database_now(connection) + timedelta(seconds=seconds),
                attempts=VisitRow.attempts - int(charge is Charge.NOTHING),
            )
            release_lease(connection, claim.lease)

        run_in_transaction(self._engine, work)

    def note(
        self, lease: HeldLease, kind: VisitKind, at: datetime, worker: str, outcome: Outcome
    ) -> None:
        """Note what nobody planned (a person's sign-in, a trial) once it is over.

        `at` is business time. Without it the load report would tell a site less than it got.

        Raises:
            StaleToken: the lease was lost.
        """

        def work(connection: Connection) -> None:
            require_token(connection, lease.login_id, lease.token)
            now = database_now(connection)
            same = (
                VisitRow.login_id == lease.login_id,
                VisitRow.planned_at == at,
                VisitRow.kind == kind,
            )
            there = connection.scalar(select(VisitRow.id).where(*same))
            if there is None:
                row = _unplanned(lease, kind, at, worker, now)
                connection.execute(insert(VisitRow).values(row | dataclasses.asdict(outcome)))
            else:
                connection.execute(update(VisitRow).where(*same).values(_ended(outcome)))
            connection.execute(update(VisitRow).where(*same).values(finished_at=now))

        run_in_transaction(self._engine, work)


class _NotClaimed(StorageError):
    """The visit or its lease is not free; rolls back what was taken of the two."""


def _claim(connection: Connection, visit_id: int, holder: str, lease_seconds: float) -> Claim:
    visit = connection.execute(
        select(VisitRow.login_id, VisitRow.kind)
        .join(LoginRow, LoginRow.id == VisitRow.login_id)
        .where(
            VisitRow.id == visit_id,
            LoginRow.enabled,
            LoginRow.state.not_in(FOR_A_PERSON),
            LoginRow.home_site.not_in(halted_now(database_now(connection))),
        )
    ).one_or_none()
    if visit is None:
        raise _NotClaimed
    lease = take_lease(connection, visit.login_id, holder, visit.kind, lease_seconds)
    if lease is None:
        raise _NotClaimed
    now = database_now(connection)
    taken = connection.execute(
        update(VisitRow)
        .where(
            VisitRow.id == visit_id,
            or_(
                and_(VisitRow.state.in_(WAITING), VisitRow.not_before <= now),
                # Nobody else has the lease: whoever ran it is gone.
                VisitRow.state == VisitState.RUNNING,
            ),
        )
        .values(
            state=VisitState.RUNNING,
            token=lease.token,
            worker=holder,
            attempts=VisitRow.attempts + 1,
            started_at=now,
            finished_at=None,
        )
    )
    if not taken.rowcount:
        raise _NotClaimed
    return Claim(find_visit(connection, visit_id), lease)


def _update_mine(connection: Connection, claim: Claim, **values: Any) -> None:
    changed = connection.execute(
        update(VisitRow)
        .where(
            VisitRow.id == claim.visit.id,
            VisitRow.state == VisitState.RUNNING,
            VisitRow.token == claim.lease.token,
        )
        .values(values)
    )
    if not changed.rowcount:
        raise StaleToken


def _ended(outcome: Outcome) -> dict[str, Any]:
    return {
        "state": outcome.state,
        "verdict": outcome.verdict,
        "detail": outcome.detail,
        "requests": VisitRow.requests + outcome.requests,
        "bytes_received": VisitRow.bytes_received + outcome.bytes_received,
    }


def _unplanned(
    lease: HeldLease, kind: VisitKind, at: datetime, worker: str, now: datetime
) -> dict[str, Any]:
    return {
        "login_id": lease.login_id,
        "planned_at": at,
        "kind": kind,
        "not_before": now,
        "attempts": 1,
        "token": lease.token,
        "worker": worker,
        "started_at": now,
        **dict.fromkeys(("pages_read", "pages_failed", "readings"), 0),
    }


def note_page(connection: Connection, claim: Claim, page: PageRecord) -> None:
    """Note a page that was visited, and add its counts to the visit's, in a given transaction.

    Raises:
        StaleToken: the lease was lost.
    """
    require_token(connection, claim.lease.login_id, claim.lease.token)
    _insert_page(connection, claim.visit.id, page)
    _update_mine(
        connection,
        claim,
        requests=VisitRow.requests + page.requests,
        bytes_received=VisitRow.bytes_received + page.bytes_received,
        readings=VisitRow.readings + page.readings,
        pages_read=VisitRow.pages_read + int(page.verdict is VerdictKind.OK),
        pages_failed=VisitRow.pages_failed + int(_failed(page.verdict)),
    )


def _insert_page(connection: Connection, visit_id: int, page: PageRecord) -> None:
    last = connection.scalar(
        select(func.max(VisitPageRow.seq)).where(VisitPageRow.visit_id == visit_id)
    )
    connection.execute(
        insert(VisitPageRow).values(
            visit_id=visit_id,
            seq=(last or 0) + 1,
            site=page.site,
            page_kind=page.page_kind,
            path=page.path,
            account=page.account,
            verdict=page.verdict,
            detail=page.detail,
            requests=page.requests,
            bytes_received=page.bytes_received,
            readings=page.readings,
            steps=list(page.steps),
            evidence_id=page.evidence_id,
            progress=page.progress,
            visited_at=database_now(connection),
        )
    )


def _failed(verdict: VerdictKind) -> bool:
    """A page that is gone has nothing for us: nothing failed."""
    return verdict not in (VerdictKind.OK, VerdictKind.GONE)
