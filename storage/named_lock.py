"""A lock with a name, for rare work that one process at a time may do (migrating, applying)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, text

from storage.errors import DatabaseBusy
from storage.transaction import reading


@contextmanager
def named_lock(engine: Engine, name: str) -> Iterator[None]:
    """Hold the lock until the work inside has been committed.

    On MySQL it belongs to a connection of its own, and to this database: the server's other
    databases have theirs. On SQLite nothing is needed: writers queue at the start of their
    transaction.

    Raises:
        DatabaseBusy: somebody else held it for 25 s.
        DatabaseAway: the database could not be reached.
    """
    if engine.dialect.name != "mysql":
        yield
        return
    # The server knows names of 64 characters, for all its databases together.
    lock = {"name": f"danga_{name}_{engine.url.database}"[:64]}
    with reading(engine) as connection:
        # 25 s: the answer has to come before the connection's read timeout.
        if not connection.scalar(text("SELECT GET_LOCK(:name, 25)"), lock):
            raise DatabaseBusy(f"somebody else has held the lock {name!r} for 25 s")
        try:
            yield
        finally:
            connection.execute(text("SELECT RELEASE_LOCK(:name)"), lock)
