"""`danga inventory template|export`: the inventory as a file that people keep."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin.door import Door, command
from admin.examples import examples
from admin.new_file import write_new
from domain.errors import BadInput, Fault
from domain.person import Language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.inventory import InventorySpec
    from workers.sheets.grid import Value


class SheetFormat(StrEnum):
    """What a sheet is written as."""

    CSV = "csv"
    XLSX = "xlsx"


class InventoryFormat(StrEnum):
    """What the inventory is written as."""

    CSV = "csv"
    XLSX = "xlsx"
    YAML = "yaml"


ToOption = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", help="A new file. Default: to stdout (csv, yaml)."),
]
LanguageOption = Annotated[Language, typer.Option("--lang", help="Of the headings.")]


def add_to(app: typer.Typer) -> None:
    """Add the group."""
    group = typer.Typer(no_args_is_help=True, help="What is measured, as a sheet or as YAML.")
    app.add_typer(group, name="inventory")
    lines = (
        "danga inventory template --format xlsx --to clients.xlsx",
        "danga inventory template --lang en",
    )
    command(group, "template", epilog=examples(*lines))(template)
    lines = (
        "danga inventory export --format xlsx --to clients.xlsx",
        "danga inventory export --format yaml --to danga.new.yaml",
    )
    command(group, "export", epilog=examples(*lines))(export)


def template(
    door: Door,
    form: Annotated[SheetFormat, typer.Option("--format", help="Of the file.")] = SheetFormat.CSV,
    to: ToOption = None,
    language: LanguageOption = Language.KOREAN,
) -> None:
    """Write an empty inventory sheet: its headings, an example and a note.

    A workbook offers the sites, logins and levels that are known.
    """
    from storage.inventory import InventoryStore
    from workers.sheets.inventory_lines import template_lines

    with door.engine() as engine:
        spec = InventoryStore(engine).declared()
    _write(door, _sheet(form, template_lines(language), spec, language), to, str(form))


def export(
    door: Door,
    form: Annotated[
        InventoryFormat, typer.Option("--format", help="Of the file.")
    ] = InventoryFormat.CSV,
    to: ToOption = None,
    language: LanguageOption = Language.KOREAN,
) -> None:
    """Write what is applied, so that applying the file changes nothing.

    A sheet holds clients, owners, accounts and watches. YAML holds everything: save it as
    danga.yaml after a sheet was applied.
    """
    from storage.inventory import InventoryStore
    from workers.inventory_yaml import inventory_yaml
    from workers.sheets.inventory_lines import inventory_lines

    with door.engine() as engine:
        spec = InventoryStore(engine).declared()
    if form is InventoryFormat.YAML:
        content = inventory_yaml(spec).encode()
    else:
        content = _sheet(SheetFormat(form), inventory_lines(spec, language), spec, language)
    _write(door, content, to, str(form))


def _sheet(
    form: SheetFormat, lines: Sequence[Sequence[Value]], spec: InventorySpec, language: Language
) -> bytes:
    from workers.sheets.inventory_lines import choices
    from workers.sheets.writing import csv_bytes, xlsx_bytes

    if form is SheetFormat.CSV:
        return csv_bytes(lines)
    title = "단가 항목" if language is Language.KOREAN else "watches"
    return xlsx_bytes(title, lines, choices(spec, language))


def _write(door: Door, content: bytes, to: Path | None, form: str) -> None:
    if to is not None:
        write_new(to, content)
        door.say(f"Written: {to}")
    elif form == SheetFormat.XLSX:
        raise BadInput(Fault("--to", "is missing: a workbook is no text", "name a new file"))
    else:
        sys.stdout.write(content.decode())
