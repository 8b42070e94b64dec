"""`danga audit`: who did what."""

from __future__ import annotations

from typing import Annotated

import typer

from admin.door import Door, command
from admin.evidence_commands import LimitOption
from admin.examples import examples
from admin.moments import moment_of
from admin.output import Answer

_COLUMNS = {
    "at": "when",
    "actor": "who",
    "action": "did",
    "subject": "to",
    "reason": "why",
    "detail": "more",
}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    lines = ("danga audit", "danga audit 'login kim'", "danga audit --action session. --people")
    command(app, "audit", epilog=examples(*lines))(audit)


def audit(
    door: Door,
    subject: Annotated[
        str | None,
        typer.Argument(metavar="SUBJECT", help="Only of this, as in the column `to`."),
    ] = None,
    action: Annotated[
        str | None, typer.Option("--action", metavar="BEGIN", help="Only actions that begin so.")
    ] = None,
    people: Annotated[bool, typer.Option("--people", help="Only what people did.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--since", metavar="TIME", help="Only since then; in DANGA_TIMEZONE or with offset."
        ),
    ] = None,
    limit: LimitOption = 50,
) -> None:
    """List what people did, and what changed by itself: the newest first.

    The table is only ever appended to.
    """
    from storage.audit import AuditBook

    moment = None if since is None else moment_of(since, door.settings.zone, "--since")
    with door.engine() as engine:
        found = AuditBook(engine).newest(subject, action, moment, people, limit)
    rows = [
        {
            "id": line.id,
            "at": line.at,
            "actor": line.actor.name,
            "is_person": line.actor.is_person,
            "action": line.deed.action,
            "subject": line.deed.subject,
            "reason": line.deed.reason,
            "detail": line.deed.detail,
        }
        for line in found
    ]
    door.show(Answer("audit", _COLUMNS, rows, nothing="Nothing was done yet."))
