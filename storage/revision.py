"""At which revision the tables are, and for which this program was written: every command asks.

Revisions are numbered files in one line. Alembic is asked nothing here: to import it and to read
all revisions takes longer than most commands do.
"""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine, inspect, text

from storage.errors import SchemaBehind
from storage.transaction import reading

_REVISIONS = Path(__file__).parent / "migrations" / "versions"


def current(engine: Engine) -> str | None:
    """Return the revision of the database; None where it has no tables yet."""
    with reading(engine) as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def newest() -> str:
    """Return the revision this program was written for."""
    return max(path.name.partition("_")[0] for path in _REVISIONS.glob("[0-9]*.py"))


def is_current(engine: Engine) -> bool:
    """Whether the tables are those of this program."""
    return current(engine) == newest()


def require_current(engine: Engine) -> None:
    """Pass where the tables are those of this program.

    Raises:
        SchemaBehind: they are not.
    """
    found = current(engine)
    if found != newest():
        raise SchemaBehind(f"The database is at {found or 'empty'}, the program at {newest()}")
