"""`danga key`: the master key, its copy, and a new one before the old."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.new_file import write_new
from admin.output import warn
from domain.audit import Deed, person
from domain.errors import BadInput, Fault
from workers.settings import who_asks

_WARNING = (
    "This opens every session, password and kept page. Keep it where neither the database "
    "nor its backups are, and where others cannot read it."
)


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="The key to sessions, passwords, evidence.")
    app.add_typer(group, name="key")
    lines = ("danga key backup --to /media/safe/danga.key", "danga key backup | age -p > key.age")
    command(group, "backup", epilog=examples(*lines))(backup)
    command(group, "add", epilog=examples("danga key add", "danga session rekey"))(add)


def backup(
    door: Door,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FILE", help="A new file outside the workspace, mode 600."),
    ] = None,
) -> None:
    """Copy the key: to a new file outside the workspace, or to stdout.

    Whoever loses the key loses what is stored: every login needs a new session and its password
    again. Numbers need no key.
    """
    from workers.keys import open_keyring

    keyring = open_keyring(door.settings)
    target = None if to is None else _outside(door, to)
    _note(door, Deed("key.backup", "key", detail={"to": str(target or "stdout")}))
    if target is None:
        typer.echo(keyring.backup(), nl=False)
    else:
        write_new(target, keyring.backup().encode())
        door.printer.record({"written": target, "keys": list(keyring.ids)})
    warn(_WARNING)


def add(door: Door) -> None:
    """Put a new key before the old ones of the key file; `danga session rekey` goes on from there.

    The processes that run know it when they have been started again.
    """
    from storage.keyring import add_key

    if door.settings.key is not None:
        raise BadInput(
            Fault("DANGA_KEY", "holds the key, and no command can change a variable"),
            advice="Make one: `openssl rand -base64 32 | tr '+/' '-_'`. Write it before the old "
            "one, with a comma between, and start the processes again.",
        )
    keyring = add_key(door.settings.key_path)
    _note(door, Deed("key.add", "key", detail={"key": keyring.ids[0]}))
    door.printer.record({"file": door.settings.key_path, "keys": list(keyring.ids)})
    door.say(
        "\nNext: copy the file to every machine, start all processes again, then "
        "`danga session rekey`. Back it up: `danga key backup`."
    )


def _outside(door: Door, to: Path) -> Path:
    """Return where the copy goes: not beside what it opens."""
    target, workspace = to.expanduser().resolve(), door.folder.root.resolve()
    if target.is_relative_to(workspace):
        what = "stands in the workspace: whoever takes that has both"
        raise BadInput(Fault(str(to), what, "name a file elsewhere"))
    return target


def _note(door: Door, deed: Deed) -> None:
    """Note it where the database can be reached: a key is saved also while it cannot."""
    from storage.audit import AuditBook
    from storage.errors import DatabaseAway, SchemaBehind

    try:
        with door.engine() as engine:
            AuditBook(engine).note(person(who_asks()), deed)
    except (DatabaseAway, SchemaBehind) as away:
        warn(f"Not in the audit: {away}")
