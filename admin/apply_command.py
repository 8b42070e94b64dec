"""`danga apply FILE`: make the inventory what the file declares, showing first what changes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.output import Answer, warn
from domain.errors import BadInput, Fault
from domain.inventory import Change, ChangeKind, InventorySpec, changes
from workers.settings import who_asks
from workers.sheets.file_kind import is_sheet

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from storage.inventory import InventoryStore

_SIGNS = {ChangeKind.ADD: "+ add", ChangeKind.CHANGE: "~ change", ChangeKind.CLOSE: "- close"}
_COLUMNS = {"sign": "", "what": "what", "name": "name", "detail": "change"}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    lines = (
        "danga apply --dry-run",
        "danga apply danga.yaml",
        "danga apply --yes --as jieun",
        "danga apply clients.xlsx --dry-run",
    )
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
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="Which sheet of a workbook.")
    ] = None,
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Close the clients, accounts, watches a sheet leaves out."),
    ] = False,
) -> None:
    """Make sites, clients, logins, accounts, follow rules and watches what FILE declares.

    Shows what it will add, change and close, asks, then does all of it or nothing. Nothing is
    deleted: what danga.yaml names no longer is closed, and its history stays. A sheet (.csv,
    .xlsx) changes only what its rows name. Safe to repeat.
    """
    from storage.inventory import InventoryStore

    path = file or door.folder.inventory
    edit = _edit(door, path, sheet, whole=whole)
    by = author or who_asks()
    with door.engine() as engine:
        store = InventoryStore(engine)
        found = edit.diff(store)
        done = bool(found) and not dry_run and (yes or _agreed(door, found))
        if done:
            found = edit.apply(store, by, door.clock.now())
        warnings = _warnings(engine, edit.wanted(store.declared()))
    if door.as_json:
        rows = _rows(found)
        document = {"changes": rows, "applied": done, "author": by, "warnings": warnings}
        door.printer.document(document)
        return
    if done or dry_run or not found:
        _show(door, found)
    for warning in warnings:
        warn(f"Warning: {warning}")
    door.say("Applied." if done else "Nothing was changed.")
    if done and is_sheet(path):
        door.say("danga.yaml does not say so yet: `danga inventory export --format yaml`.")


def _warnings(engine: Engine, wanted: InventorySpec) -> list[str]:
    """Return which budgets are too small for what is declared; nothing is refused for it."""
    from workers.plan import plan_of

    return [f"{one} (`danga plan` shows all)" for one in plan_of(engine, wanted).shortages]


@dataclass(frozen=True, slots=True)
class _Edit:
    """What a file wants: the whole inventory (YAML), or a change of the one of now (a sheet)."""

    wanted: Callable[[InventorySpec], InventorySpec]
    why: str | None = None
    """Which sheet; None: the file is the whole inventory."""

    def diff(self, store: InventoryStore) -> Sequence[Change]:
        now = store.declared()
        return changes(now, self.wanted(now))

    def apply(self, store: InventoryStore, by: str, at: datetime) -> Sequence[Change]:
        if self.why is None:
            return store.apply(self.wanted(InventorySpec()), by, at)
        return store.change(self.wanted, by, at, self.why)


def _edit(door: Door, path: Path, sheet: str | None, *, whole: bool) -> _Edit:
    if not is_sheet(path):
        _require_sheet(sheet, whole=whole)
        return _Edit(_always(door, path))
    from crawler.site_loader import site_of
    from workers.sheets.inventory_sheet import InventorySheet
    from workers.sheets.source import open_sheet

    workspace = door.folder.root
    source = open_sheet(path, sheet)
    wanted = InventorySheet(
        source,
        lambda one: site_of(one.name, one.policy, workspace),
        is_whole=whole,
    )
    return _Edit(wanted, f"{source.name} (sha256 {source.sha256[:12]})")


def _always(door: Door, path: Path) -> Callable[[InventorySpec], InventorySpec]:
    from workers.inventory_file import load_inventory
    from workers.proxy_file import load_proxies

    proxies = load_proxies(door.folder.proxies, door.settings.environment)
    spec = load_inventory(path, door.settings.workspace, proxies)
    return lambda _now: spec


def _require_sheet(sheet: str | None, *, whole: bool) -> None:
    given = [name for name, is_given in (("--sheet", sheet), ("--whole", whole)) if is_given]
    if given:
        what = "is for spreadsheets; danga.yaml is always the whole"
        raise BadInput(*(Fault(name, what, "leave it out") for name in given))


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
