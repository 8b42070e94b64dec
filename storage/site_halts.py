"""Pause, stop and resume sites: in the database, so that it holds whatever else is lost.

Who claims a visit asks here in the same transaction; who sends requests asks every few seconds
(`workers/policies.py`).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    Row,
    ScalarSelect,
    Select,
    delete,
    or_,
    select,
    update,
)

from domain.audit import Actor, Deed
from domain.site_halt import HaltKind, SiteHalt
from domain.visit import VisitState
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.errors import SiteHalted
from storage.tables import LoginRow, SiteHaltRow, VisitRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


class HaltBook:
    """The halts of all sites."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[SiteHalt, ...]:
        """Return the halts that hold now, by site."""
        with reading(self._engine) as connection:
            now = database_now(connection)
            rows = connection.execute(_holding(now).order_by(SiteHaltRow.site))
            return tuple(_record(row) for row in rows)

    def of(self, site: str) -> SiteHalt | None:
        """Return the halt of a site, or None: it is visited."""
        return next((halt for halt in self.all() if halt.site == site), None)

    def pause(
        self, site: str, actor: Actor, reason: str, until: datetime | timedelta | None = None
    ) -> SiteHalt:
        """Let the visits of a site wait: until a moment, for a while, or until it is resumed.

        Raises:
            SiteHalted: a pause would end what was meant to last.
        """

        def work(connection: Connection) -> SiteHalt:
            now = database_now(connection)
            before = _held(connection, site, now)
            if before is not None and before.kind is HaltKind.STOPPED:
                raise SiteHalted(str(before), advice=f"First `danga site resume {site}`.")
            end = now + until if isinstance(until, timedelta) else until
            halt = SiteHalt(site, HaltKind.PAUSED, actor.name, reason, now, end)
            _write(connection, halt)
            detail = {"until": None if end is None else end.isoformat()}
            note_deed(connection, actor, Deed("site.pause", f"site {site}", reason, detail))
            return halt

        return run_in_transaction(self._engine, work)

    def stop(self, site: str, actor: Actor, reason: str) -> tuple[SiteHalt, int]:
        """Leave a site alone until it is resumed, and drop what was planned; return how much."""

        def work(connection: Connection) -> tuple[SiteHalt, int]:
            halt = SiteHalt(site, HaltKind.STOPPED, actor.name, reason, database_now(connection))
            _write(connection, halt)
            dropped = _drop(connection, site, str(halt))
            deed = Deed("site.stop", f"site {site}", reason, {"visits_dropped": dropped})
            note_deed(connection, actor, deed)
            return halt, dropped

        return run_in_transaction(self._engine, work)

    def resume(self, site: str, actor: Actor, reason: str) -> SiteHalt | None:
        """Visit a site again; return the halt that ended, or None: there was none."""

        def work(connection: Connection) -> SiteHalt | None:
            before = _held(connection, site, database_now(connection))
            connection.execute(delete(SiteHaltRow).where(SiteHaltRow.site == site))
            if before is not None:
                detail = {"kind": before.kind, "since": before.since.isoformat()}
                note_deed(connection, actor, Deed("site.resume", f"site {site}", reason, detail))
            return before

        return run_in_transaction(self._engine, work)

    def drop_stopped(self) -> int:
        """Drop what waits at stopped sites, such as visits that were under way; return how many."""

        stopped = [halt for halt in self.all() if halt.kind is HaltKind.STOPPED]
        if not stopped:
            return 0  # the usual case: nothing to write each minute
        return run_in_transaction(
            self._engine,
            lambda connection: sum(_drop(connection, one.site, str(one)) for one in stopped),
        )


def halted_now(now: datetime) -> ScalarSelect[str]:
    """Return a selection of the sites that may not be visited at `now`."""
    return select(SiteHaltRow.site).where(_holds(now)).scalar_subquery()


def _holds(now: datetime) -> ColumnElement[bool]:
    return or_(SiteHaltRow.until.is_(None), SiteHaltRow.until > now)


def _holding(now: datetime) -> Select[*tuple[Any, ...]]:
    return select(SiteHaltRow).where(_holds(now))


def _held(connection: Connection, site: str, now: datetime) -> SiteHalt | None:
    row = connection.execute(_holding(now).where(SiteHaltRow.site == site)).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> SiteHalt:
    return SiteHalt(row.site, HaltKind(row.kind), row.by, row.reason, row.since, row.until)


def _write(connection: Connection, halt: SiteHalt) -> None:
    row = {
        "site": halt.site,
        "kind": halt.kind.value,
        "by": halt.by[:200],
        "reason": halt.reason,
        "since": halt.since,
        "until": halt.until,
    }
    upsert(connection, SiteHaltRow, [row])


def _drop(connection: Connection, site: str, because: str) -> int:
    logins = select(LoginRow.id).where(LoginRow.home_site == site)
    dropped = connection.execute(
        update(VisitRow)
        .where(
            VisitRow.state.in_((VisitState.PLANNED, VisitState.DEFERRED)),
            VisitRow.login_id.in_(logins),
        )
        .values(state=VisitState.MISSED, detail=because, finished_at=database_now(connection))
    )
    return dropped.rowcount
