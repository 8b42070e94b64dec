"""Say an answer once, and print it as a table for people or as JSON for programs.

A command builds `Answer`s from plain values (text, int, Decimal, date, aware datetime, None,
lists of them). JSON gets their stable keys, moments as ISO 8601 in UTC, decimals as text; a
table gets headings, local times and thousands separators. One JSON document per command.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from admin.text_table import TextColumn, painter, table_lines

Row = Mapping[str, Any]

_PIPED_WIDTH = 500
_STYLES = {"ok": "green", "FAIL": "bold red", "warning": "yellow", "needs_human": "bold red"}


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows under one name.

    `name` is the key of the JSON document (`logins`), `columns` map each row's key to its
    heading; keys without a heading appear in JSON only. `shows` says how people see a column
    that is more than its value, `styles` in which colour, `right` which columns stand on the
    right although they are text. `nothing` is said for no rows.
    """

    name: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    nothing: str = "Nothing to show."
    shows: Mapping[str, Callable[[Row], str]] = field(default_factory=dict)
    styles: Mapping[str, Callable[[Row], str]] = field(default_factory=dict)
    right: frozenset[str] = frozenset()

    def cell(self, row: Row, key: str) -> Any:
        """Return what a table shows of a row in a column."""
        return self.shows[key](row) if key in self.shows else row.get(key)


@dataclass(frozen=True, slots=True)
class Printer:
    """Where answers go, and in which form."""

    as_json: bool
    zone: ZoneInfo

    def show(self, answer: Answer) -> None:
        """Print one list of rows."""
        if self.as_json:
            self.document({answer.name: list(answer.rows)})
        elif answer.rows:
            _print_answer(answer, self.zone)
        else:
            self.say(answer.nothing)

    def record(self, fields: Mapping[str, Any]) -> None:
        """Print one thing: its fields below one another."""
        if self.as_json:
            self.document(fields)
            return
        table = Table(box=None, show_header=False, pad_edge=False)
        for key, value in fields.items():
            table.add_row(Text(key.replace("_", " "), style="bold"), _cell(value, self.zone))
        _print(table)

    def document(self, content: Mapping[str, Any]) -> None:
        """Print the one JSON document of this command."""
        sys.stdout.write(json_text(content))

    def say(self, sentence: str) -> None:
        """Tell a person something; programs do not see it."""
        if not self.as_json:
            Console(soft_wrap=True, highlight=False).print(Text(sentence))


def json_text(content: Mapping[str, Any]) -> str:
    """Return a JSON document as commands print it."""
    return json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n"


def warn(sentence: str) -> None:
    """Say something on stderr, for people and programs alike."""
    Console(stderr=True, soft_wrap=True, highlight=False).print(Text(sentence))


def _print(table: Table) -> None:
    """Fit the terminal; a pipe gets rows that are never cut and do not end in blanks."""
    if sys.stdout.isatty():
        Console(highlight=False).print(table)
        return
    console = Console(width=_PIPED_WIDTH, highlight=False)
    with console.capture() as printed:
        console.print(table)
    sys.stdout.writelines(f"{line.rstrip()}\n" for line in printed.get().splitlines())


def _print_answer(answer: Answer, zone: ZoneInfo) -> None:
    columns = [_column(answer, key, zone) for key in answer.columns]
    console = Console(highlight=False)
    lines = table_lines(columns, painter(console), console.width if console.is_terminal else None)
    if lines is None:
        _print(_wrapped(columns))
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines)


def _column(answer: Answer, key: str, zone: ZoneInfo) -> TextColumn:
    values = [answer.cell(row, key) for row in answer.rows]
    shown = [_shown(value, zone) for value in values]
    named = answer.styles.get(key, _unstyled)
    cells = [
        (text, named(row) or _STYLES.get(text, ""))
        for text, row in zip(shown, answer.rows, strict=True)
    ]
    return TextColumn(answer.columns[key], key in answer.right or _numbers(values), cells)


def _unstyled(_row: Row) -> str:
    return ""


def _wrapped(columns: Sequence[TextColumn]) -> Table:
    """Return the same for rich, which breaks long cells into lines."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        justify: JustifyMethod = "right" if column.is_right else "left"
        table.add_column(column.heading, justify=justify, overflow="fold")
    for row in zip(*(column.cells for column in columns), strict=True):
        table.add_row(*(Text(text, style=style) for text, style in row))
    return table


def _numbers(cells: Sequence[Any]) -> bool:
    kinds = {type(cell) for cell in cells if cell is not None}
    return bool(kinds) and kinds <= {int, Decimal}


def _cell(value: Any, zone: ZoneInfo) -> Text:
    shown = _shown(value, zone)
    return Text(shown, style=_STYLES.get(shown, ""))


def _shown(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, str):
        return str(value)
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, int | Decimal):
        return f"{value:,}"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(_shown(part, zone) for part in _ordered(value))
    return str(value)


def _ordered(values: Iterable[Any]) -> Iterable[Any]:
    return sorted(values) if isinstance(values, set | frozenset) else values


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | Path | Enum):
        return str(value)
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")
