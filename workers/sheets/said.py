"""What the rows of a sheet say of each thing; two that say different things are a fault."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Fault
from workers.sheets.table import Cell

NOTHING: Any = object()
"""No row says anything: what is so already stays. (None is said by a dash: there is none.)"""
_Key = tuple[str, Hashable, str]


@dataclass(slots=True)
class Said:
    """Values by noun, name and field, each with the cell that said it first."""

    faults: list[Fault]
    _values: dict[_Key, Any] = field(default_factory=dict)
    _cells: dict[_Key, Cell] = field(default_factory=dict)

    def say(self, noun: str, name: Hashable, about: str, value: Any, cell: Cell) -> None:
        """Note a value, unless the cell is empty or was refused."""
        key = (noun, name, about)
        if value is None or cell.value is None:
            return
        if key not in self._values:
            self._values[key], self._cells[key] = value, cell
        elif self._values[key] != value:
            first = self._cells[key]
            what = f"{cell.value} contradicts {first.value} of {noun} {name}"
            cure = f"first at {first.where}: write the same, or leave one empty"
            self.faults.append(Fault(cell.where, what, cure))

    def of(self, noun: str, name: Hashable, about: str, otherwise: Any = NOTHING) -> Any:
        """Return what was said, or `otherwise`."""
        return self._values.get((noun, name, about), otherwise)

    def cell(self, noun: str, name: Hashable, about: str) -> Cell:
        """Return the cell that said it."""
        return self._cells[noun, name, about]
