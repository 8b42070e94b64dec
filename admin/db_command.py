"""`danga db`: the database's tables."""

from __future__ import annotations

import typer

from admin.door import Door, command
from admin.examples import examples
from domain.audit import Deed


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The database's tables.")
    app.add_typer(group, name="db")
    command(group, "upgrade", epilog=examples("danga db upgrade"))(upgrade)


def upgrade(door: Door) -> None:
    """Bring the tables to this program's revision; harmless to run again."""
    from storage import schema
    from storage.audit import AuditBook

    with door.bare_engine() as engine:
        before = schema.current(engine)
        schema.upgrade(engine)
        after = schema.current(engine)
        if before != after:
            told = {"before": sorted(before), "after": sorted(after)}
            AuditBook(engine).note(door.person, Deed("db.upgrade", "database", detail=told))
    door.printer.record(
        {"before": sorted(before), "after": sorted(after), "changed": before != after}
    )
