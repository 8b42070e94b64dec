"""Which login goes through which proxy, and which proxies rest until when.

Which proxy a login should take is decided elsewhere; here it is remembered across restarts and
shared by all machines. Proxies are named by our own ids; urls and passwords never come here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select

from storage.database_clock import database_now
from storage.tables import ProxyAssignmentRow, ProxyRestRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class ProxyAssignment:
    """A login's proxy; `moves_today` counts its changes on the business date `moves_date`."""

    login_id: int
    proxy_id: str
    since: datetime
    moves_today: int
    moves_date: date

    def moves_on(self, day: date) -> int:
        """Return how often the login has moved on `day`."""
        return self.moves_today if self.moves_date == day else 0


@dataclass(frozen=True, slots=True)
class ProxyRest:
    """A proxy that rests; `seconds_rested` and `seconds_left` as of the question."""

    proxy_id: str
    resting_until: datetime
    failures: int
    reason: str
    seconds_rested: float
    seconds_left: float


class ProxyBook:
    """The assignments and the rests of all proxies."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def assignment(self, login_id: int) -> ProxyAssignment | None:
        """Return the login's proxy, or None: it never had one."""
        with reading(self._engine) as connection:
            return _assignment(connection, login_id)

    def assign(self, login_id: int, proxy_id: str, at: datetime, today: date) -> ProxyAssignment:
        """Give the login a proxy from `at` on (business time); another than before is a move."""

        def work(connection: Connection) -> ProxyAssignment:
            before = _assignment(connection, login_id)
            if before is not None and before.proxy_id == proxy_id:
                return before
            moves = 0 if before is None else before.moves_on(today) + 1
            now = ProxyAssignment(login_id, proxy_id, at, moves, today)
            row = {
                "login_id": login_id,
                "proxy_id": proxy_id,
                "since": at,
                "moves_today": moves,
                "moves_date": today,
            }
            upsert(connection, ProxyAssignmentRow, [row])
            return now

        return run_in_transaction(self._engine, work)

    def assigned(self) -> tuple[ProxyAssignment, ...]:
        """Return all assignments, by login."""
        rows = select(ProxyAssignmentRow).order_by(ProxyAssignmentRow.login_id)
        with reading(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(rows))

    def rest(self, proxy_id: str, seconds: float, reason: str) -> int:
        """Let it rest from now on; return how often it has failed since it last worked."""

        def work(connection: Connection) -> int:
            before = connection.execute(
                select(ProxyRestRow).where(ProxyRestRow.proxy_id == proxy_id).with_for_update()
            ).one_or_none()
            now = database_now(connection)
            resting = before is not None and before.resting_until > now
            failures = before.failures + 1 if before is not None else 1
            row = {
                "proxy_id": proxy_id,
                "rested_at": before.rested_at if before is not None and resting else now,
                "resting_until": now + timedelta(seconds=seconds),
                "failures": failures,
                "reason": reason,
            }
            upsert(connection, ProxyRestRow, [row])
            return failures

        return run_in_transaction(self._engine, work)

    def worked(self, proxy_id: str) -> None:
        """Forget its failures: a page came through it."""
        if proxy_id not in {one.proxy_id for one in self._rests()}:
            return  # the usual case: nothing to write after each visit
        run_in_transaction(
            self._engine,
            lambda connection: connection.execute(
                delete(ProxyRestRow).where(ProxyRestRow.proxy_id == proxy_id)
            ),
        )

    def resting(self) -> tuple[ProxyRest, ...]:
        """Return the proxies that may not be used now."""
        return tuple(one for one in self._rests() if one.seconds_left > 0)

    def _rests(self) -> list[ProxyRest]:
        with reading(self._engine) as connection:
            now = database_now(connection)
            return [
                ProxyRest(
                    row.proxy_id,
                    row.resting_until,
                    row.failures,
                    row.reason,
                    (now - row.rested_at).total_seconds(),
                    (row.resting_until - now).total_seconds(),
                )
                for row in connection.execute(select(ProxyRestRow))
            ]


def _assignment(connection: Connection, login_id: int) -> ProxyAssignment | None:
    row = connection.execute(
        select(ProxyAssignmentRow).where(ProxyAssignmentRow.login_id == login_id)
    ).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> ProxyAssignment:
    return ProxyAssignment(row.login_id, row.proxy_id, row.since, row.moves_today, row.moves_date)
