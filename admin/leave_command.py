"""`danga client leave`: stop, hand over the numbers, erase what was given for this client alone."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, amiss, command
from admin.examples import examples
from admin.output import Answer, warn
from domain.errors import BadInput, Fault

if TYPE_CHECKING:
    from workers.leaving import LeavePlan, Left


def add_to(group: typer.Typer) -> None:
    """Add the command to the group `client`."""
    lines = (
        "danga client leave 달빛커피 --dry-run",
        "danga client leave 달빛커피 --to /srv/handover/moon --reason 'contract ended'",
    )
    command(group, "leave", epilog=examples(*lines))(leave)


def leave(
    door: Door,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="A name of `client list`.")],
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="DIR", help="A new folder. Default: exports/CLIENT-DATE."),
    ] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the audit.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
) -> None:
    """Stop CLIENT's visits, write all its numbers to files, erase its sessions and evidence.

    First remove it from danga.yaml, with its watches, accounts and logins. Logins that others use
    too keep their session and password. Numbers stay in the database. Whoever is interrupted runs
    it again: it goes on where it ended. Exit code 1 where evidence lies on other machines still.
    """
    from workers.house import House
    from workers.inventory_file import load_inventory
    from workers.leaving import leave as do
    from workers.leaving import plan_leave

    folder = door.folder
    declared = load_inventory(folder.inventory, door.settings.workspace)
    with House.open(door.settings) as house:
        plan = plan_leave(house, client, declared)
        if _is_over(plan) or dry_run:
            _show(door, plan, left=None)
            return
        if not yes:
            _ask(door, plan)
        date = f"{house.clock.now().astimezone(door.settings.zone):%Y-%m-%d}"
        name = re.sub(r"[^\w.-]", "_", client)
        where = to or folder.root / "exports" / f"{name}-{date}"
        left = do(house, plan, door.person, reason, where.resolve())
    _show(door, plan, left)
    if left.elsewhere:
        for machine, pieces in left.elsewhere.items():
            warn(f"{pieces} pieces of evidence lie on {machine}.")
        warn(f"  -> Run `danga client leave {client}` there too; nothing else is left to do.")
        raise amiss()


def _is_over(plan: LeavePlan) -> bool:
    finished = plan.done is not None and plan.done.finished_at is not None
    erases = plan.erases
    return finished and not (erases.sessions or erases.passwords or erases.proof or erases.evidence)


def _ask(door: Door, plan: LeavePlan) -> None:
    if door.as_json or not sys.stdin.isatty():
        raise BadInput(
            Fault("danga client leave", "nobody to ask"),
            advice="Look at it with --dry-run, then say --yes.",
        )
    _show(door, plan, left=None)
    if not typer.confirm("Erase this for ever?"):
        raise typer.Abort


def _show(door: Door, plan: LeavePlan, left: Left | None) -> None:
    if door.as_json:
        door.printer.document(_document(plan, left))
        return
    closed = [{"what": one.what, "name": one.name} for one in plan.closes]
    nothing = "Everything is closed already."
    door.show(Answer("closes", {"what": "closes", "name": "name"}, closed, nothing=nothing))
    door.say("")
    document = _document(plan, left)
    door.printer.record({key: document[key] for key in document if key != "closes"})
    for source in plan.erases.from_environment:
        door.say(f"Remove {source.removeprefix('env:')} from .env yourself.")


def _document(plan: LeavePlan, left: Left | None) -> dict[str, Any]:
    erases, done = plan.erases, plan.done
    return {
        "client": plan.leaving.client,
        "closes": [{"what": one.what, "name": one.name} for one in plan.closes],
        "erases_of": sorted(plan.leaving.alone),
        "keeps_for_others": sorted(plan.leaving.shared),
        "sessions": erases.sessions,
        "passwords": erases.passwords,
        "proof": erases.proof,
        "evidence": len(erases.evidence),
        "begun_at": done and done.begun_at,
        "finished_at": done and done.finished_at,
        "left": left is not None and not left.elsewhere,
        "exported_to": str(left.exported_to) if left else done and done.exported_to,
        "elsewhere": left.elsewhere if left else {},
    }
