"""`danga db copy`: move from the SQLite file of a workspace to a database server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door
from admin.output import Answer, warn
from domain.audit import Deed
from domain.errors import BadInput, Fault

if TYPE_CHECKING:
    from sqlalchemy import Engine

_COLUMNS = {"name": "table", "rows": "rows", "copied": "copied now"}
_BY_NAME = "env:"
_EXAMPLE = "--to env:NEW_DATABASE_URL, or --to mysql://user@host/database: then it is asked for"


def copy(
    door: Door,
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            help="mysql://user@host/database without a password, or env:NAME of a variable that "
            "holds the whole url.",
        ),
    ],
) -> None:
    """Copy everything from the SQLite file into an empty database of a server, and compare.

    Stop `danga up` first: nothing may be written meanwhile. The tables over there are made by
    this command. Where it is interrupted, run it again: it goes on where it ended. The file stays
    as it is; afterwards let DANGA_DATABASE_URL name the server.
    """
    from pace.table import pace_metadata
    from storage import schema
    from storage.audit import AuditBook
    from storage.database_copy import DatabaseCopy
    from storage.engine import open_engine
    from storage.tables import Base
    from workers.dead_holders import require_stillness

    url = _target(to, door.settings.environment)
    with door.engine() as source, _disposed(open_engine(url)) as target:
        if source.dialect.name != "sqlite":
            raise BadInput(Fault("DANGA_DATABASE_URL", "names a server already"))
        require_stillness(source)
        schema.upgrade(target, door.settings.zone)
        require_stillness(target)
        every = [*Base.metadata.sorted_tables, *pace_metadata.sorted_tables]
        tables = DatabaseCopy(source, target, every).run(_progress(door))
        told = {"tables": len(tables), "rows": sum(one.rows for one in tables)}
        AuditBook(target).note(door.person, Deed("db.copy", "database", detail=told))
    rows = [{"name": one.name, "rows": one.rows, "copied": one.copied} for one in tables]
    door.show(Answer("tables", _COLUMNS, rows))
    door.say(
        "\nAll of it is there, by counts and sums. Let DANGA_DATABASE_URL name it from now on."
    )


def _target(to: str, environment: Mapping[str, str]) -> str:
    """Return the url of the target with its password, which no command line ever held."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    name = to.removeprefix(_BY_NAME) if to.startswith(_BY_NAME) else None
    if name is not None and not environment.get(name):
        raise BadInput(Fault(to, "no such variable, neither here nor in .env", _EXAMPLE))
    try:
        url = make_url(environment[name] if name else to)
    except ArgumentError:
        raise BadInput(Fault("--to", "is no database url", _EXAMPLE)) from None
    if url.get_backend_name() not in {"mysql", "mariadb"} or not url.database:
        raise BadInput(Fault("--to", "names no database of MySQL or MariaDB", _EXAMPLE))
    if name is None:
        if url.password is not None:
            raise BadInput(Fault("--to", "holds a password, which others can read there", _EXAMPLE))
        url = url.set(password=_asked() or None)
    return url.render_as_string(hide_password=False)


def _asked() -> str:
    """Ask for the password, or read the first line of stdin; empty: there is none."""
    if sys.stdin.isatty():
        answer: str = typer.prompt("Password", default="", hide_input=True, show_default=False)
        return answer
    return sys.stdin.readline().rstrip("\r\n")


@contextmanager
def _disposed(engine: Engine) -> Iterator[Engine]:
    try:
        yield engine
    finally:
        engine.dispose()


def _progress(door: Door) -> Callable[[str, int, int], None]:
    def told(table: str, there: int, rows: int) -> None:
        if not door.as_json and sys.stderr.isatty():
            warn(f"{table}: {there:,} of {rows:,}")

    return told
