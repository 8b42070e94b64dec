"""Read one cell as what it has to be. What is not exactly that is a fault with its cure.

Nothing is rounded and nothing is completed: an amount is whole, a date is unmistakable, an id
that a spreadsheet has shortened is refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.errors import Fault
from workers.file_model import words_of
from workers.nearest import suggest
from workers.sheets.grid import Value
from workers.sheets.table import Cell

NONE = "-"
"""Says that there is none, where an empty cell says nothing."""
_NUMBER = re.compile(r"[-\u2212]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_UNITS = re.compile(r"^[₩￦\\]|(?:원|건|명|회|개|KRW)$")
_OTHER_MONEY = re.compile(r"[$€£¥]|USD|EUR|JPY|달러|엔$", re.IGNORECASE)
_ROUNDED = re.compile(r"\d\s*(?:만|천|억|[kKmM])")
_SHORTENED = re.compile(r"\d(?:\.\d+)?[eE]\+\d+")
_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})\.?|(\d{4})(\d{2})(\d{2})")
_EXACT_DIGITS = 15
"""A spreadsheet keeps so many digits of a number; the others become zeros."""
_SERIALS = range(20_000, 80_000)
_FIRST_DAY = date(1899, 12, 30)


@dataclass(slots=True)
class CellReader:
    """Reads cells; what is wrong is collected in `faults`, and the cell counts as empty."""

    faults: list[Fault] = field(default_factory=list)

    def text(self, cell: Cell, kind: TypeAdapter[str] | None = None) -> str | None:
        """Return the text of a cell, a whole number as it is shown."""
        value = cell.value
        if value is None:
            return None
        if isinstance(value, Decimal) and value == value.to_integral_value():
            value = int(value)
        if isinstance(value, bool | Decimal | date | time):
            self._refuse(cell, f"has to be text, not {_shown(value)}", "format it as text")
            return None
        if isinstance(value, int) and len(str(abs(value))) > _EXACT_DIGITS:
            what = f"{value} has lost its last digits"
            self._refuse(cell, what, "format the column as text, then enter it again")
            return None
        text = " ".join(str(value).split()) if kind is None else str(value)
        if _SHORTENED.fullmatch(text):
            what = f"{text} was shortened by a spreadsheet"
            self._refuse(cell, what, "format the column as text, then enter it again")
            return None
        return text if kind is None else self._checked(cell, text, kind)

    def texts(self, cell: Cell, kind: TypeAdapter[str]) -> tuple[str, ...] | None:
        """Return several texts, apart by commas or line breaks."""
        text = self.text(Cell(_unsplit(cell.value), cell.where))
        if text is None:
            return None
        parts = [part.strip() for part in text.split(",")]
        return tuple(part for part in parts if part and self._checked(cell, part, kind))

    def whole(self, cell: Cell) -> int | None:
        """Return a whole number that is not negative: `30000`, `30,000원`, `1,200건`."""
        number = self.number(cell)
        if number is not None and number != number.to_integral_value():
            self._refuse(cell, f"{cell.value} is no whole number", "write all its digits")
            return None
        return None if number is None else int(number)

    def number(self, cell: Cell) -> Decimal | None:
        """Return an exact number that is not negative, without its unit."""
        value = cell.value
        if value is None:
            return None
        if isinstance(value, str):
            number = self._number_text(cell, value)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
        else:
            self._refuse(cell, f"has to be a number, not {_shown(value)}", "")
            return None
        if number is not None and number < 0:
            self._refuse(cell, f"{value} is negative", "")
            return None
        if number is not None and number >= 10**_EXACT_DIGITS:
            self._refuse(cell, f"{value} is too large", "")
            return None
        return number

    def fraction(self, cell: Cell) -> Decimal | None:
        """Return a rate from 0 to below 1: `10%` or `0.1`."""
        value = cell.value
        if isinstance(value, str):
            number = value.removesuffix("%").strip()
            try:
                value = Decimal(number) / (100 if value.endswith("%") else 1)
            except ArithmeticError:
                value = Decimal(-1)
        if value is None:
            return None
        cure = "write 10% or 0.1"
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or not 0 <= value < 1:
            self._refuse(cell, f"{cell.value} is no rate", cure)
            return None
        return Decimal(value)

    def choice(self, cell: Cell, words: Mapping[str, Any], cure: str) -> Any:
        """Return what the word of a cell means; None where it is empty."""
        if cell.value is None:
            return None
        word = "".join(str(cell.value).split()).casefold()
        if word in words:
            return words[word]
        self._refuse(cell, f"{cell.value} is not known here", cure)
        return None

    def named(self, cell: Cell, what: str, known: Mapping[str, Any]) -> str | None:
        """Return the name of something that is known already."""
        name = self.text(cell)
        if name is None or name in known:
            return name
        self._refuse(cell, f"unknown {what} {name}", suggest(name, known))
        return None

    def day(self, cell: Cell) -> date | None:
        """Return a date: a date cell, or `2026-03-03`, `2026.3.3`, `20260303`."""
        value = cell.value
        if value is None:
            return None
        if isinstance(value, datetime):
            if value.time() == time():
                return value.date()
        elif isinstance(value, date):
            return value
        elif isinstance(value, str | int) and not isinstance(value, bool):
            found = _DATE.fullmatch("".join(str(value).split()))
            try:
                if found:
                    return date(*(int(part) for part in found.groups() if part))
            except ValueError:
                pass
        self._refuse(cell, f"{_shown(value)} is no date", _date_cure(value))
        return None

    def _number_text(self, cell: Cell, text: str) -> Decimal | None:
        compact = "".join(text.split())
        found = _NUMBER.fullmatch(_UNITS.sub("", _UNITS.sub("", compact)))
        if found:
            return Decimal(found[0].replace("\u2212", "-").replace(",", ""))
        if _OTHER_MONEY.search(compact):
            self._refuse(cell, f"{text} names a currency", "write the number alone")
            return None
        if _ROUNDED.search(compact):
            self._refuse(cell, f"{text} is a rounded amount", "write all its digits")
            return None
        self._refuse(cell, f"{text} is no number", "write it as 30000")
        return None

    def _checked(self, cell: Cell, text: str, kind: TypeAdapter[str]) -> str | None:
        try:
            return kind.validate_python(text)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                self.faults.append(Fault(cell.where, words_of(one)))
            return None

    def _refuse(self, cell: Cell, what: str, cure: str) -> None:
        self.faults.append(Fault(cell.where, what, cure))


def _unsplit(value: Value) -> Value:
    return ",".join(value.splitlines()) if isinstance(value, str) else value


def _shown(value: Value) -> str:
    if isinstance(value, datetime | date | time):
        return f"the date or time {value}"
    return f"{value}"


def _date_cure(value: Value) -> str:
    if isinstance(value, int | Decimal) and not isinstance(value, bool) and value in _SERIALS:
        meant = _FIRST_DAY + timedelta(days=int(value))
        return f"format the column as dates; it would show {meant}"
    return "write 2026-03-03"
