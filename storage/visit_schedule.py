"""The scheduler's side of visits: plan them, see what is due, take back what was left behind.

Everything here may be repeated and may run twice at once: the rows decide, not the messages.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, case, func, or_, select, update

from domain.session import FOR_A_PERSON
from domain.visit import VisitKind, VisitState
from storage.database_clock import database_now
from storage.leases import HeldLease
from storage.site_halts import halted_now
from storage.tables import LoginLeaseRow, LoginRow, VisitRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import insert_new
from storage.visit_record import DueVisit

WAITING = (VisitState.PLANNED, VisitState.DEFERRED)


class VisitSchedule:
    """Plans, offers and sweeps visits."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def plan(
        self,
        starts: Mapping[int, float],
        planned_at: datetime,
        kind: VisitKind,
        business_date: date | None = None,
    ) -> dict[int, int]:
        """Make sure that each login has its visit in a slot; return its key by login.

        `starts` says in how many seconds from now each login may begin; a visit that is
        planned already keeps its start.
        """

        return run_in_transaction(
            self._engine, partial(plan_visits, starts, planned_at, kind, business_date)
        )

    def planned(
        self, logins: Collection[int], planned_at: datetime, kind: VisitKind
    ) -> frozenset[int]:
        """Return which of the logins have their visit in a slot."""
        with reading(self._engine) as connection:
            return frozenset(_planned(connection, logins, planned_at, kind))

    def due(self, queues: Collection[str] | None = None, limit: int = 100) -> tuple[DueVisit, ...]:
        """Return what may be claimed now, longest waiting first; of some queues or of all.

        Past days come last: today's figures cannot be read later. Logins that wait for a
        person, and those that somebody works with, are left out; so are those whose site is halted.
        """
        with reading(self._engine) as connection:
            now = database_now(connection)
            past = case((VisitRow.kind == VisitKind.PAST_DAY, 1), else_=0)
            wanted = _due(now).order_by(past, VisitRow.not_before, VisitRow.id).limit(limit)
            if queues is not None:
                wanted = wanted.where(LoginRow.home_site.in_(queues))
            return tuple(
                DueVisit(
                    row.id,
                    row.login_id,
                    row.login,
                    row.home_site,
                    row.planned_at,
                    VisitKind(row.kind),
                    row.not_before,
                )
                for row in connection.execute(wanted)
            )

    def wake(self, login_id: int) -> int:
        """Let the deferred visits of a login run now: what they waited for has come. How many."""

        def work(connection: Connection) -> int:
            now = database_now(connection)
            woken = connection.execute(
                update(VisitRow)
                .where(
                    VisitRow.login_id == login_id,
                    VisitRow.state == VisitState.DEFERRED,
                    VisitRow.not_before > now,
                )
                .values(not_before=now)
            )
            return woken.rowcount

        return run_in_transaction(self._engine, work)

    def visited_between(self, login_id: int, since: datetime, until: datetime) -> bool:
        """Whether the login had a regular visit that read a page, in slots of [since, until)."""
        read = (
            select(VisitRow.id)
            .where(
                VisitRow.login_id == login_id,
                VisitRow.kind == VisitKind.REGULAR,
                VisitRow.planned_at >= since,
                VisitRow.planned_at < until,
                VisitRow.pages_read > 0,
            )
            .limit(1)
        )
        with reading(self._engine) as connection:
            return connection.scalar(read) is not None

    def settled_days(self, login_id: int, since: date) -> frozenset[date]:
        """Return the business dates, from `since` on, that were read again, or are about to be.

        A visit that read only a part of a date leaves it open.
        """
        rows = select(VisitRow.business_date).where(
            VisitRow.login_id == login_id,
            VisitRow.kind == VisitKind.PAST_DAY,
            VisitRow.business_date >= since,
            VisitRow.state.not_in((VisitState.PARTIAL, VisitState.FAILED, VisitState.MISSED)),
        )
        with reading(self._engine) as connection:
            return frozenset(day for day in connection.scalars(rows) if day is not None)

    def waiting(self, login_id: int) -> int:
        """Return how many visits of a login wait to run."""
        rows = select(func.count()).where(
            VisitRow.login_id == login_id, VisitRow.state.in_(WAITING)
        )
        with reading(self._engine) as connection:
            return connection.scalar(rows) or 0

    def reap(self) -> tuple[int, ...]:
        """Plan again the visits whose process is gone; return their keys.

        Their attempt stays counted. Whoever is not gone but late is refused from now on.
        """
        with reading(self._engine) as connection:
            now = database_now(connection)
            left = connection.execute(
                select(VisitRow.id, VisitRow.login_id, VisitRow.token)
                .join(LoginLeaseRow, LoginLeaseRow.login_id == VisitRow.login_id)
                .where(VisitRow.state == VisitState.RUNNING, _abandoned(now))
            ).all()
        return tuple(
            row.id
            for row in left
            if run_in_transaction(
                self._engine, partial(_take_back, visit_id=row.id, held=HeldLease(*row[1:]))
            )
        )

    def miss(
        self,
        before: datetime,
        kind: VisitKind = VisitKind.REGULAR,
        logins: Collection[int] | None = None,
    ) -> int:
        """Give up the visits of some logins, or of all, planned before `before` that never ran.

        Return how many.
        """
        late = update(VisitRow).where(
            VisitRow.state.in_(WAITING), VisitRow.planned_at < before, VisitRow.kind == kind
        )
        if logins is not None:
            late = late.where(VisitRow.login_id.in_(logins))

        def work(connection: Connection) -> int:
            now = database_now(connection)
            missed = connection.execute(late.values(state=VisitState.MISSED, finished_at=now))
            return missed.rowcount

        return run_in_transaction(self._engine, work)


def plan_visits(
    starts: Mapping[int, float],
    planned_at: datetime,
    kind: VisitKind,
    business_date: date | None,
    connection: Connection,
) -> dict[int, int]:
    """Do what `VisitSchedule.plan` does in a transaction of the caller's."""
    there = _planned(connection, starts, planned_at, kind)
    if len(there) == len(starts):
        return there
    now = database_now(connection)
    rows = [
        _fresh(login, planned_at, kind, business_date, now + timedelta(seconds=wait))
        for login, wait in sorted(starts.items())
        if login not in there
    ]
    insert_new(connection, VisitRow, rows)
    return _planned(connection, starts, planned_at, kind)


def _planned(
    connection: Connection, logins: Collection[int], planned_at: datetime, kind: VisitKind
) -> dict[int, int]:
    rows = connection.execute(
        select(VisitRow.login_id, VisitRow.id).where(
            VisitRow.login_id.in_(logins),
            VisitRow.planned_at == planned_at,
            VisitRow.kind == kind,
        )
    )
    return {row.login_id: row.id for row in rows}


def _fresh(
    login: int,
    planned_at: datetime,
    kind: VisitKind,
    business_date: date | None,
    not_before: datetime,
) -> dict[str, Any]:
    return {
        "login_id": login,
        "planned_at": planned_at,
        "kind": kind,
        "business_date": business_date,
        "state": VisitState.PLANNED,
        "not_before": not_before,
        "detail": "",
        **dict.fromkeys(("attempts", "token", "requests", "bytes_received", "readings"), 0),
        **dict.fromkeys(("pages_read", "pages_failed"), 0),
    }


def _due(now: datetime) -> Any:
    return (
        select(
            VisitRow.id,
            VisitRow.login_id,
            LoginRow.name.label("login"),
            LoginRow.home_site,
            VisitRow.planned_at,
            VisitRow.kind,
            VisitRow.not_before,
        )
        .join(LoginRow, LoginRow.id == VisitRow.login_id)
        .join(LoginLeaseRow, LoginLeaseRow.login_id == VisitRow.login_id)
        .where(
            VisitRow.state.in_(WAITING),
            VisitRow.not_before <= now,
            LoginRow.enabled,
            LoginRow.state.not_in(FOR_A_PERSON),
            LoginRow.home_site.not_in(halted_now(now)),
            or_(LoginLeaseRow.holder.is_(None), LoginLeaseRow.expires_at <= now),
        )
    )


def _abandoned(now: datetime) -> ColumnElement[bool]:
    return or_(
        LoginLeaseRow.holder.is_(None),
        LoginLeaseRow.expires_at <= now,
        LoginLeaseRow.token != VisitRow.token,
    )


def _take_back(connection: Connection, visit_id: int, held: HeldLease) -> bool:
    # First the lease, as everywhere: two who lock in the same order cannot deadlock. Taking
    # the holder away is what refuses a process that was only late.
    connection.execute(
        update(LoginLeaseRow)
        .where(
            LoginLeaseRow.login_id == held.login_id,
            LoginLeaseRow.token == held.token,
            LoginLeaseRow.expires_at <= database_now(connection),
        )
        .values(holder=None)
    )
    newest = connection.scalar(
        select(LoginLeaseRow.token)
        .where(LoginLeaseRow.login_id == held.login_id, LoginLeaseRow.holder.is_not(None))
        .with_for_update()
    )
    if newest == held.token:
        return False  # it was renewed in between
    taken = connection.execute(
        update(VisitRow)
        .where(
            VisitRow.id == visit_id,
            VisitRow.state == VisitState.RUNNING,
            VisitRow.token == held.token,
        )
        .values(state=VisitState.PLANNED, detail="its process was gone")
    )
    return bool(taken.rowcount)
