"""Request budgets in the database, one row per site: the embedded mode's shared budget.

The row is locked while the decision is made (`BEGIN IMMEDIATE` on SQLite, `FOR UPDATE`
elsewhere), and its version is compared once more when it is written. The time is the
database's own.
"""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import Connection, Engine, select, text, update
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from pace.again import AGAIN
from pace.errors import PaceContended, PaceUnavailable
from pace.state import from_text, to_text
from pace.store import Answer, Decide
from pace.table import pace_state

_OVERTAKEN = frozenset({1020, 1205, 1213})
"""MySQL and MariaDB: record changed, lock wait, deadlock; the whole transaction is repeated."""
_SQLITE_SECONDS = text("(julianday('now') - 2440587.5) * 86400.0")
_MYSQL_SECONDS = text("TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6)) / 1000000e0")


class DatabaseStore:
    """The budgets in the table `pace_state`; the engine is handed in and stays the caller's."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._on_sqlite = engine.dialect.name == "sqlite"

    def change(self, site: str, decide: Decide[Answer]) -> Answer:
        """Let `decide` replace the state of `site`, and again where a lock was lost."""
        try:
            answer: Answer = AGAIN(self._try, site, decide)
            return answer
        except SQLAlchemyError as error:
            cause = error.orig if isinstance(error, DBAPIError) else error
            message = f"the database did not answer for {site}'s budget: {cause}"
            raise PaceUnavailable(message) from error

    def _try(self, site: str, decide: Decide[Answer]) -> Answer:
        try:
            with self._engine.connect() as connection:
                self._begin(connection)
                return self._changed(connection, site, decide)
        except DBAPIError as error:
            if error.orig is not None and error.orig.args[:1] and error.orig.args[0] in _OVERTAKEN:
                raise PaceContended(f"{site}'s budget: {error.orig}") from error
            raise

    def _begin(self, connection: Connection) -> None:
        connection.begin()
        # The engine may do this by itself; the driver's own BEGIN would come too late.
        if self._on_sqlite and not _in_transaction(connection):
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    def _changed(self, connection: Connection, site: str, decide: Decide[Answer]) -> Answer:
        version, stored, seconds = self._locked(connection, site)
        state = from_text(stored, site)
        after, answer = decide(state, seconds)
        if after is not state:
            self._write(connection, site, version, to_text(after), seconds)
            connection.commit()
        return answer

    def _locked(self, connection: Connection, site: str) -> tuple[int, str, float]:
        """Return the row of `site` and the database's time, with the row locked."""
        seconds = _SQLITE_SECONDS if self._on_sqlite else _MYSQL_SECONDS
        row = select(pace_state.c.version, pace_state.c.state, seconds)
        row = row.where(pace_state.c.site == site).with_for_update()
        found = connection.execute(row).one_or_none()
        if found is None:
            self._insert(connection, site)
            found = connection.execute(row).one()
        return int(found[0]), str(found[1]), float(found[2])

    def _insert(self, connection: Connection, site: str) -> None:
        """Begin a row; somebody else may do the same now."""
        values = {"site": site, "version": 0, "state": "", "updated_at": _at(0)}
        if self._on_sqlite:
            connection.execute(sqlite.insert(pace_state).values(values).on_conflict_do_nothing())
        else:
            fresh = mysql.insert(pace_state).values(values)
            connection.execute(fresh.on_duplicate_key_update(site=fresh.inserted.site))

    def _write(
        self, connection: Connection, site: str, version: int, stored: str, seconds: float
    ) -> None:
        done = connection.execute(
            update(pace_state)
            .where(pace_state.c.site == site, pace_state.c.version == version)
            .values(
                version=version + 1,
                state=stored,
                updated_at=_at(seconds),
            )
        )
        if done.rowcount != 1:
            raise PaceContended(f"{site}'s budget was changed by somebody else at every try")


def _in_transaction(connection: Connection) -> bool:
    return cast("sqlite3.Connection", connection.connection.dbapi_connection).in_transaction


def _at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None)
