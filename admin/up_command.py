"""`danga up`: everything on this machine, without a server."""

from __future__ import annotations

from typing import Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from workers.logs import log_to_stderr


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "up", epilog=examples("danga up", "danga up --processes 2"))(up)


def up(
    door: Door,
    processes: Annotated[
        int, typer.Option("--processes", min=1, max=32, help="How many visit at a time.")
    ] = 1,
) -> None:
    """Measure until told to stop (Ctrl-C): plan every slot, visit, compute unit costs.

    Each process runs one browser (about 600 MB). Two of these commands may run at once.
    """
    from workers.up import run_up

    door.folder.state.mkdir(exist_ok=True)
    log_to_stderr(door.settings.log_level, door.settings.log_format)
    run_up(door.settings, processes)
