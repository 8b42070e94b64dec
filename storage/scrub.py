"""Let nothing of deleted rows stand in the database's own files.

A database only marks what is deleted: its bytes stay until the space is used again. This writes
the tables anew. What the server keeps besides (redo and binary logs, backups) ages out there; it
holds ciphertext, as the tables did.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection

from sqlalchemy import Engine, text

from storage.errors import DatabaseBusy
from storage.transaction import run_in_transaction


def scrub(engine: Engine, tables: Collection[str]) -> None:
    """Write the tables anew (SQLite: the whole file); takes as long as copying them.

    Raises:
        DatabaseBusy: somebody read or wrote for too long; run it again.
        DatabaseAway: the database could not be reached.
    """
    if engine.dialect.name == "sqlite":
        _scrub_file(engine)
        return
    names = ", ".join(f"`{table}`" for table in sorted(tables))
    run_in_transaction(
        engine, lambda connection: connection.execute(text(f"OPTIMIZE TABLE {names}")).all()
    )


def _scrub_file(engine: Engine) -> None:
    raw = engine.raw_connection()  # in no transaction: neither statement may stand in one
    try:
        cursor = raw.cursor()
        cursor.execute("VACUUM")
        # The log beside the file holds pages of before: bring them in, and cut it to nothing.
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        answer = cursor.fetchone()
    except sqlite3.OperationalError as error:
        raise DatabaseBusy(str(error)) from error
    finally:
        raw.close()
    if answer is None or answer[0]:  # 1: it was in the way of a reader
        raise DatabaseBusy("somebody reads the database file just now")
