"""The database's own clock: the operational time of leases and of `not_before`.

All machines share it, whatever their own clocks say. Read once at the start of a transaction;
a transaction that then waits for a lock works with a moment that is a little old, which can
only make it believe that a lease still holds when it has just run out.
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, text

_NOW = {
    "mysql": text("SELECT UTC_TIMESTAMP(6)"),
    "sqlite": text("SELECT strftime('%Y-%m-%d %H:%M:%f', 'now')"),
}


def database_now(connection: Connection) -> datetime:
    """Return the time of the database, aware, in UTC (SQLite: to the millisecond)."""
    now = connection.scalar(_NOW[connection.dialect.name])
    moment = datetime.fromisoformat(now) if isinstance(now, str) else now
    assert isinstance(moment, datetime)
    return moment.replace(tzinfo=UTC)
