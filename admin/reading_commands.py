"""`danga reading import|imports`: numbers that come from elsewhere, and where each came from."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from admin.door import Door, command
from admin.evidence_commands import LimitOption
from admin.examples import examples
from admin.output import Answer, Row
from domain.errors import BadInput, Fault
from workers.settings import who_asks

if TYPE_CHECKING:
    from workers.house import House
    from workers.reading_import.bringing import Moved, Outcome
    from workers.reading_import.plan import PlannedDate

_VALUES = {
    "entity": "entity",
    "metric": "metric",
    "date": "date",
    "by": "by",
    "before": "was",
    "value": "figure",
    "status": "",
}
_MOVED = {
    "watch": "watch",
    "date": "date",
    "spend": "spend",
    "results_before": "results were",
    "results": "results",
    "unit_cost_before": "unit cost was",
    "unit_cost": "unit cost",
}
_IMPORTS = {
    "id": "import",
    "imported_at": "when",
    "author": "who",
    "source": "file",
    "sha256": "sha256",
    "readings": "readings",
    "undoes": "undoes",
    "undone_by": "undone by",
}
_SHOWN = 40
"""So many dates are listed one by one; all of them stand in --json."""


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="Numbers that people bring.")
    app.add_typer(group, name="reading")
    lines = (
        "danga reading import leads.xlsx",
        "danga reading import leads.csv --yes --as jieun",
        "danga reading import --undo 3 --yes",
    )
    command(group, "import", epilog=examples(*lines))(bring_file)
    command(group, "imports", epilog=examples("danga reading imports"))(list_imports)


def bring_file(
    door: Door,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="A CSV or XLSX.")] = None,
    undo: Annotated[
        int | None, typer.Option("--undo", metavar="IMPORT", help="Take an import back instead.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Store it. Default: show only.")] = False,
    author: Annotated[
        str | None, typer.Option("--as", metavar="NAME", help="Who brings it. Default: you.")
    ] = None,
    sheet: Annotated[
        str | None, typer.Option("--sheet", metavar="NAME", help="Which sheet of a workbook.")
    ] = None,
) -> None:
    """Bring results or spend from a sheet: leads, valid leads, figures of an old sheet.

    Shows what is new, changed and the same, and which unit costs move. Stores it only with
    --yes, all of it or nothing. A correction is a revision; nothing is ever overwritten.
    """
    from workers.house import House

    if (file is None) == (undo is None):
        raise BadInput(Fault("danga reading import", "takes a FILE or --undo IMPORT, one of them"))
    by = author or who_asks()
    with House.open(door.settings) as house:
        outcome = (
            _undone(house, undo, by, yes) if file is None else _done(house, file, sheet, by, yes)
        )
    _tell(door, outcome, by)


def _done(house: House, file: Path, sheet: str | None, by: str, yes: bool) -> Outcome:
    from workers.reading_import.bringing import bring, look
    from workers.sheets.source import open_sheet

    source = open_sheet(file, sheet)
    return bring(house, source, by) if yes else look(house, source, by)


def _undone(house: House, import_id: int | None, by: str, yes: bool) -> Outcome:
    from workers.reading_import.bringing import look_back, take_back

    assert import_id is not None
    return take_back(house, import_id, by) if yes else look_back(house, import_id, by)


def _tell(door: Door, outcome: Outcome, by: str) -> None:
    dates = () if outcome.plan is None else outcome.plan.dates
    values = [_value(one) for one in dates]
    moved = [_moved(one) for one in outcome.moved]
    if door.as_json:
        door.printer.document(
            {
                "values": values,
                "watches": moved,
                "readings": outcome.readings,
                "import": outcome.import_id,
                "stored": outcome.import_id is not None,
                "author": by,
            }
        )
        return
    _show(door, "values", _VALUES, [one for one in values if one["status"] != "same"])
    _show(door, "watches", _MOVED, moved)
    _summary(door, outcome, values)


def _show(door: Door, name: str, columns: dict[str, str], rows: Sequence[Row]) -> None:
    if rows:
        door.show(Answer(name, columns, rows[:_SHOWN]))
    if len(rows) > _SHOWN:
        door.say(f"... and {len(rows) - _SHOWN} more: --json lists all.")


def _summary(door: Door, outcome: Outcome, values: Sequence[Row]) -> None:
    if values:
        counts = dict.fromkeys(("new", "changed", "same"), 0)
        for one in values:
            counts[str(one["status"])] += 1
        door.say(", ".join(f"{count} {status}" for status, count in counts.items()) + ".")
    if outcome.import_id is not None:
        door.say(f"Stored as import {outcome.import_id}; unit costs were computed anew.")
    elif outcome.readings or not values:
        door.say("Nothing was stored: say --yes.")
    else:
        door.say("Everything is so already.")


def _value(one: PlannedDate) -> dict[str, Any]:
    first = one.values[0]
    return {
        "entity": str(first.target.entity),
        "metric": first.target.metric.name,
        "date": first.day,
        "by": str(first.grain),
        "before": one.before,
        "value": one.figure,
        "status": str(one.status),
        "cells": [value.cell.where for value in one.values],
    }


def _moved(one: Moved) -> dict[str, Any]:
    before = dict(zip(("spend", "results", "unit_cost"), one.before, strict=True))
    after = dict(zip(("spend", "results", "unit_cost"), one.after, strict=True))
    return {
        "client": one.watch.client,
        "watch": one.watch.name,
        "date": one.day,
        **{f"{name}_before": value for name, value in before.items()},
        **after,
    }


def list_imports(door: Door, limit: LimitOption = 20) -> None:
    """List what was brought by whom from which file, the newest first."""
    from storage.reading_imports import ImportBook

    with door.engine() as engine:
        found = ImportBook(engine).newest(limit)
    rows = [
        {
            "id": one.id,
            "imported_at": one.imported_at,
            "author": one.author,
            "source": one.source,
            "sha256": one.sha256,
            "readings": one.readings,
            "since": one.since,
            "until": one.until,
            "undoes": one.undoes,
            "undone_by": one.undone_by,
        }
        for one in found
    ]
    short = {"sha256": lambda row: str(row["sha256"])[:12]}
    door.show(Answer("imports", _IMPORTS, rows, nothing="Nothing was brought yet.", shows=short))
