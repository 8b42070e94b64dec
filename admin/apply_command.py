"""`danga apply FILE`: make the inventory what the file declares, showing first what changes."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer
from domain.errors import BadInput, Fault
from domain.inventory import Change, ChangeKind
from workers.settings import who_asks

_SIGNS = {ChangeKind.ADD: "+ add", ChangeKind.CHANGE: "~ change", ChangeKind.CLOSE: "- close"}
_COLUMNS = {"sign": "", "what": "what", "name": "name", "detail": "change"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    lines = ("danga apply --dry-run", "danga apply danga.yaml", "danga apply --yes --as jieun")
    command(app, "apply", epilog=examples(*lines))(apply)


def apply(
    door: Door,
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Default: danga.yaml of the workspace.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show only.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking.")] = False,
    author: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who changes it. Default: you.")
    ] = None,
) -> None:
    """Make sites, clients, logins, accounts, follow rules and watches what FILE declares.

    Shows what it will add, change and close, asks, then does all of it or nothing. Nothing is
    deleted: what FILE names no longer is closed, and its history stays. Safe to repeat.
    """
    from storage.inventory import InventoryStore
    from workers.inventory_file import load_inventory
    from workers.proxy_file import load_proxies

    proxies = load_proxies(door.folder.proxies, door.settings.environment)
    wanted = load_inventory(file or door.folder.inventory, door.settings.workspace, proxies)
    by = author or who_asks()
    with door.engine() as engine:
        store = InventoryStore(engine)
        found = store.diff(wanted)
        done = bool(found) and not dry_run and (yes or _agreed(door, found))
        if done:
            found = store.apply(wanted, by, door.clock.now())
    if door.as_json:
        door.printer.document({"changes": _rows(found), "applied": done, "author": by})
    elif done or dry_run or not found:
        _show(door, found)
        door.say("Applied." if done else "Nothing was changed.")
    else:
        door.say("Nothing was changed.")


def _agreed(door: Door, found: Sequence[Change]) -> bool:
    if door.as_json or not sys.stdin.isatty():
        raise BadInput(
            Fault("danga apply", f"{len(found)} changes, and nobody to ask"),
            advice="Look at them with --dry-run, then say --yes.",
        )
    _show(door, found)
    return typer.confirm("Do this?")


def _show(door: Door, found: Sequence[Change]) -> None:
    rows = [{**row, "sign": _SIGNS[row["kind"]]} for row in _rows(found)]
    door.show(Answer("changes", _COLUMNS, rows, nothing="Everything is so already."))


def _rows(found: Sequence[Change]) -> list[dict[str, Any]]:
    return [
        {"kind": one.kind, "what": one.what, "name": one.name, "detail": one.detail}
        for one in found
    ]
