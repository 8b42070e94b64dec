"""Run a function in one transaction, and the whole of it again where a lock was lost.

MySQL rolls back only the statement on a lock wait (1205), the transaction on a deadlock (1213),
and newer MariaDB answers 1020 where a row changed underneath: in each case everything is rolled
back here and the function starts from the beginning. So it must do nothing outside the database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    stop_after_delay,
    wait_random_exponential,
)

from storage.engine import READS_ONLY
from storage.errors import DatabaseAway, DatabaseBusy, DatabaseRefuses, StorageError

Result = TypeVar("Result")

_REPEATABLE = frozenset({1020, 1205, 1213})
_REFUSED = frozenset(
    {
        1044,  # no right to this database
        1045,
        1049,  # no such database
        1698,
        1820,  # MySQL: the password has to be changed first
        1862,  # MySQL: the password has expired
        3118,  # MySQL: the account is locked
        4151,  # MariaDB: the account is locked
    }
)
_AWAY = frozenset(
    {
        1021,  # disk full
        1040,  # too many connections
        1053,  # server shutdown in progress
        1114,  # table is full
        1129,  # host is blocked
        1203,  # too many connections of this user
        1290,  # read-only: the primary has become a replica
        1317,  # somebody killed the statement
        1836,  # read-only
        1927,  # connection was killed
        1969,  # MariaDB: max_statement_time
        2002,
        2003,
        2006,
        2013,
        2055,
        3024,  # MySQL: max_execution_time
        3032,  # MySQL: offline mode
    }
)
_SQLITE_BUSY = ("database is locked", "database table is locked", "database is busy")
_SQLITE_AWAY = ("unable to open database file", "disk I/O error", "database or disk is full")


def run_in_transaction(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Return what `work` returned, committed; repeat all of it on a lost lock, at most 10 times.

    Raises:
        DatabaseBusy: the lock was lost each time.
        DatabaseAway: the database could not be reached, or the connection broke.
    """
    attempts = Retrying(
        retry=retry_if_exception_type(DatabaseBusy),
        wait=wait_random_exponential(multiplier=0.02, max=1),
        stop=stop_after_attempt(10) | stop_after_delay(60),
        reraise=True,
    )
    result: Result = attempts(run_once, engine, work)
    return result


def run_once(engine: Engine, work: Callable[[Connection], Result]) -> Result:
    """Return what `work` returned, committed, without repeating it: for a statement that holds
    others up while it waits for its lock.

    Raises:
        DatabaseBusy: the lock was lost; everything was rolled back.
        DatabaseAway: the database could not be reached, or the connection broke.
    """
    with _named(), engine.begin() as connection:
        return work(connection)


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Give a connection for short reads: one snapshot on SQLite, READ COMMITTED on MySQL.

    Raises:
        DatabaseAway: the database could not be reached.
    """
    with _named(), engine.connect() as connection:
        connection.execution_options(**{READS_ONLY: True})
        yield connection


@contextmanager
def _named() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        named = _name(error)
        if named is None:
            raise
        raise named from error


def _name(error: DBAPIError) -> StorageError | None:
    """Return the error of ours that says what happened, or None: then it is a mistake of ours."""
    arguments = error.orig.args if error.orig else ()
    code = arguments[0] if arguments else None
    text = str(error.orig)
    if code in _REPEATABLE or text.startswith(_SQLITE_BUSY):
        return DatabaseBusy(text)
    if code in _REFUSED:
        return DatabaseRefuses(text)
    if code in _AWAY or error.connection_invalidated or text.startswith(_SQLITE_AWAY):
        return DatabaseAway(text)
    return None
