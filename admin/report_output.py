"""Where a report goes: to the terminal, to a pipe, or into a new file, in the form asked for."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from admin.door import Door
from admin.new_file import write_new
from admin.output import Answer, json_text, warn
from domain.errors import BadInput, Fault
from domain.person import Language

if TYPE_CHECKING:
    from reports.report import Column, Report, Row, Sheet


class Format(StrEnum):
    """How a report is written."""

    TABLE = "table"
    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    HTML = "html"


_ENDINGS = {f".{one}": one for one in Format if one is not Format.TABLE} | {".htm": Format.HTML}
_STYLES = {"▲": "red", "▼": "green", "·": "bright_black"}


@dataclass(frozen=True, slots=True)
class Output:
    """One report's way out; `out` None: stdout."""

    door: Door
    language: Language
    form: Format
    out: Path | None

    @classmethod
    def asked(cls, door: Door, language: Language, form: Format | None, out: Path | None) -> Output:
        """Return the way out that a person asked for.

        Raises:
            BadInput: the form is not to be told, or cannot go there.
        """
        if door.as_json:
            if form not in (None, Format.JSON):
                raise BadInput(Fault("--format", f"{form} stands beside --json", "give one"))
            form = Format.JSON
        if form is None:
            form = Format.TABLE if out is None else _by_ending(out)
        if form is Format.TABLE and out is not None:
            raise BadInput(Fault("--out", "a table is for the terminal", "use csv, xlsx or html"))
        if form is Format.XLSX and out is None and sys.stdout.isatty():
            raise BadInput(Fault("--format", "a workbook is no text", "name a file: --out FILE"))
        return cls(door, language, form, out)

    def show(self, report: Report) -> None:
        """Write the report; where there is nothing in it, say so besides."""
        if self.form is Format.TABLE:
            self._print(report)
            return
        if report.is_empty and self.form is not Format.JSON:
            warn(report.nothing)
        content = _content(self.form, report)
        if self.out is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(content)
            sys.stdout.buffer.flush()
        else:
            write_new(self.out, content)
            warn(f"Written: {self.out}")

    def _print(self, report: Report) -> None:
        from reports.report import Form

        say = self.door.say
        if report.is_empty:
            say(report.nothing)
            return
        say(report.title)
        for line in report.lead:
            say(line)
        for sheet in report.shown_in(Form.TABLE):
            if sheet.rows:
                say(f"\n{sheet.title}" if sheet.title else "")
                self.door.show(answer_of(report, sheet))
        say("")
        for note in report.notes:
            say(note)


def _by_ending(out: Path) -> Format:
    try:
        return _ENDINGS[out.suffix.lower()]
    except KeyError:
        cure = "end it in .csv, .xlsx, .json or .html, or say --format"
        raise BadInput(Fault("--out", f"{out} does not say which form", cure)) from None


def _content(form: Format, report: Report) -> bytes:
    if form is Format.CSV:
        from reports.csv_form import csv_bytes

        return csv_bytes(report)
    if form is Format.XLSX:
        from reports.xlsx_form import xlsx_bytes

        return xlsx_bytes(report)
    if form is Format.HTML:
        from reports.html_form import html_text

        return html_text(report).encode()
    return json_text(report.document).encode()


def answer_of(report: Report, sheet: Sheet) -> Answer:
    """Return a sheet of a report as a table for the terminal."""
    from reports.cells import cell_style, texts_of
    from reports.report import COSTS, NUMBERS, Form

    columns = sheet.shown_in(Form.TABLE)

    def style(column: Column, row: Row) -> str:
        return _STYLES.get(cell_style(column, row), "")

    return Answer(
        sheet.name,
        {column.key: column.heading.say(report.language) for column in columns},
        sheet.rows,
        shows={column.key: texts_of(report, column) for column in columns},
        styles={column.key: partial(style, column) for column in columns if column.kind in COSTS},
        right=frozenset(column.key for column in columns if column.kind in NUMBERS),
    )
