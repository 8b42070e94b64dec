"""The `danga` command: people's door to everything.

One file per group of commands stands beside this one. What takes long to import is imported
inside the commands, so that `danga --help` answers at once.
"""

from __future__ import annotations

from typing import Annotated

import typer

from admin import (
    alert_commands,
    apply_command,
    audit_command,
    backfill_command,
    celery_commands,
    close_command,
    costs_commands,
    db_command,
    demo_command,
    doctor_command,
    evidence_commands,
    fixture_commands,
    init_command,
    inventory_commands,
    key_commands,
    login_commands,
    notify_commands,
    pace_commands,
    pages_commands,
    plan_command,
    proxy_commands,
    reading_commands,
    remote_commands,
    report_commands,
    session_commands,
    sheet_commands,
    site_commands,
    status_command,
    up_command,
    visit_commands,
)
from admin.door import DebugOption, Door, JsonOption, WorkspaceOption

_GROUPS = (
    init_command,
    doctor_command,
    status_command,
    apply_command,
    sheet_commands,
    login_commands,
    proxy_commands,
    inventory_commands,
    site_commands,
    plan_command,
    pace_commands,
    fixture_commands,
    session_commands,
    remote_commands,
    visit_commands,
    backfill_command,
    evidence_commands,
    reading_commands,
    report_commands,
    pages_commands,
    costs_commands,
    close_command,
    up_command,
    celery_commands,
    demo_command,
    db_command,
    audit_command,
    key_commands,
    notify_commands,
    alert_commands,
)

app = typer.Typer(
    name="danga",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
for group in _GROUPS:
    group.add_to(app)


def _say_version(*, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(version("danga"))
        raise typer.Exit


@app.callback()
def begin(
    ctx: typer.Context,
    workspace: WorkspaceOption = None,
    as_json: JsonOption = False,
    debug: DebugOption = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say it.")
    ] = False,
) -> None:
    """Watch what advertising costs: read ad platforms softly, compute unit costs.

    A workspace holds what you configure. Begin with `danga init DIR`, then see whether this
    machine is ready with `danga doctor`.
    """
    ctx.obj = Door(workspace, as_json, debug)


def main() -> None:
    """Run the command line; the console script `danga`."""
    app()


if __name__ == "__main__":
    main()
