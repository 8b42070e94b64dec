"""Open the database: SQLite for the embedded mode, MySQL 8+/9 or MariaDB 10.6+ grown.

The one place that knows how the databases differ when they are opened. Nothing is opened at
import, and opening an engine does not connect yet.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pymysql.constants import FIELD_TYPE
from pymysql.converters import conversions
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url

from domain.errors import BadInput, Fault

READS_ONLY = "danga_reads_only"
"""Execution option of a connection that only reads: SQLite then takes no write lock."""

_BUSY_SECONDS = 15
_MYSQL_SESSION = (
    # Times in UTC; a number that does not fit is an error, never cut; a row lock gives up
    # before the read timeout does, so that the wait ends in 1205 and not in a lost connection.
    "SET SESSION time_zone='+00:00', sql_mode='TRADITIONAL', innodb_lock_wait_timeout=8, "
    # MySQL's own would cut what GROUP_CONCAT joins after 1,024 bytes, without an error.
    "group_concat_max_len=1048576"
)

_FROM_MYSQL = {
    **conversions,
    # PyMySQL's own take a regular expression to each: half the time of reading many rows.
    FIELD_TYPE.DATETIME: datetime.fromisoformat,
    FIELD_TYPE.DATE: date.fromisoformat,
}


def open_engine(url: str, *, answer_within_seconds: int = 30) -> Engine:
    """Return an engine for `url`; its first connection is made when it is first used.

    `answer_within_seconds` bounds one statement on MySQL (PyMySQL's default is for ever).

    Raises:
        BadInput: the url is none, or names a database that is not supported.
    """
    parsed = _parse(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    return _open_mysql(parsed, answer_within_seconds)


def forget_connections(engine: Engine) -> None:
    """Let a forked child start with connections of its own; the parent's stay open."""
    engine.dispose(close=False)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except Exception as error:  # noqa: BLE001 - re-raised; its text may hold the password
        raise BadInput(_fault(f"is no database url ({type(error).__name__})")) from None
    if parsed.get_backend_name() not in {"sqlite", "mysql", "mariadb"}:
        raise BadInput(_fault(f"names {parsed.get_backend_name()}, which is not supported"))
    return parsed


def _fault(what: str) -> Fault:
    return Fault("DANGA_DATABASE_URL", what, "sqlite:///danga.db or mysql://user@host/database")


def _open_mysql(url: URL, answer_within_seconds: int) -> Engine:
    # One dialect name for both servers: SQLAlchemy asks the server which of the two it is.
    return create_engine(
        url.set(drivername="mysql+pymysql"),
        isolation_level="READ COMMITTED",
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={
            "charset": "utf8mb4",
            "connect_timeout": 5,
            "read_timeout": answer_within_seconds,
            "write_timeout": answer_within_seconds,
            "init_command": _MYSQL_SESSION,
            "conv": _FROM_MYSQL,
        },
    )


def _open_sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_SECONDS})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own, late BEGIN is replaced by ours
    connection.execute("PRAGMA journal_mode=WAL")
    # FULL: what was committed survives a power cut as well as a kill.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")


def _begin_sqlite(connection: Connection) -> None:
    # A deferred BEGIN that reads and then writes fails at once when another writer came in
    # between, whatever the timeout: writers queue at the start instead.
    deferred = connection.get_execution_options().get(READS_ONLY)
    connection.exec_driver_sql("BEGIN" if deferred else "BEGIN IMMEDIATE")
