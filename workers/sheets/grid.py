"""The cells of one sheet, and how a cell is named to a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

Value = str | int | bool | Decimal | date | datetime | time | None
"""Numbers are whole or `Decimal`, never float; text is stripped; None is an empty cell."""


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet: `rows[0][0]` is the cell A1. Rows may be of different lengths."""

    place: str
    """What stands before a cell in messages: `names.csv ` or `names.xlsx 매핑!`."""
    rows: Sequence[Sequence[Value]]

    def where(self, row: int, column: int) -> str:
        """Return the name of a cell, counted from 0."""
        return f"{self.place}{cell_name(row, column)}"

    def row(self, row: int) -> str:
        """Return the name of a whole row, counted from 0."""
        return f"{self.place.removesuffix('!')} row {row + 1}".replace("  ", " ")


def cell_name(row: int, column: int) -> str:
    """Return the name that every spreadsheet gives a cell, both counted from 0.

    >>> cell_name(6, 3), cell_name(0, 26)
    ('D7', 'AA1')
    """
    return f"{column_name(column)}{row + 1}"


def column_name(column: int) -> str:
    """Return the letters of a column, counted from 0.

    >>> column_name(25), column_name(26), column_name(701), column_name(702)
    ('Z', 'AA', 'ZZ', 'AAA')
    """
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
