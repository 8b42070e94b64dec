"""Make the audit append-only: triggers that refuse to change or delete a line.

Set after every `danga db upgrade`, as a trigger goes with the table that a migration makes anew.
"""

from __future__ import annotations

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from storage.rights import lacks_the_right

log = structlog.get_logger(__name__)

_SAID = "the audit is only appended to"
_NAMES = ("audit_keeps_updates", "audit_keeps_deletes")
_EVENTS = ("UPDATE", "DELETE")
ADVICE = (
    "Let an administrator of the database run `SET GLOBAL log_bin_trust_function_creators = 1`, "
    "give this user the right TRIGGER, and run `danga db upgrade` again."
)


def guard(connection: Connection) -> bool:
    """Set the triggers where they are missing; return whether they stand.

    False: the database's user may not make triggers. Everything else works all the same, and
    `danga doctor` says so until somebody allows it.
    """
    if guarded(connection):
        return True
    try:
        for name, event in zip(_NAMES, _EVENTS, strict=True):
            connection.execute(text(f"DROP TRIGGER IF EXISTS {name}"))
            connection.execute(text(_statement(connection, name, event)))
    except DBAPIError as error:
        if not lacks_the_right(error):
            raise
        log.warning("audit.not_guarded", because=str(error.orig), advice=ADVICE)
        return False
    return True


def guarded(connection: Connection) -> bool:
    """Whether both triggers stand."""
    there = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit'"
        if connection.dialect.name == "sqlite"
        else "SELECT trigger_name FROM information_schema.triggers "
        "WHERE event_object_schema = DATABASE() AND event_object_table = 'audit'"
    )
    return set(_NAMES) <= set(connection.scalars(text(there)))


def _statement(connection: Connection, name: str, event: str) -> str:
    head = f"CREATE TRIGGER {name} BEFORE {event} ON audit FOR EACH ROW"
    if connection.dialect.name == "sqlite":
        return f"{head} BEGIN SELECT RAISE(ABORT, '{_SAID}'); END"
    return f"{head} SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '{_SAID}'"
