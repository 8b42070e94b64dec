"""A private MariaDB for a section of a bench, and how many statements a stretch of work sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, event

from storage import schema
from storage.engine import open_engine
from tests.servers import private_mariadb

_MIB = 2**20


@contextmanager
def private_database(buffer_mib: int = 512) -> Iterator[Engine]:
    """Run a MariaDB with so large a buffer, and open a database of all tables in it."""
    with private_mariadb() as server:
        server.execute(f"SET GLOBAL innodb_buffer_pool_size={buffer_mib * _MIB}")
        engine = open_engine(server.new_database(), answer_within_seconds=600)
        try:
            schema.upgrade(engine)
            yield engine
        finally:
            engine.dispose()


@dataclass
class Statements:
    """How many statements were sent so far; many rows in one INSERT are one statement."""

    sent: int = 0


@contextmanager
def counted_statements(engine: Engine) -> Iterator[Statements]:
    """Count the statements that are sent inside."""
    statements = Statements()

    def note(*_call: Any) -> None:
        statements.sent += 1

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)
