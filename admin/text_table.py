"""A table as lines of text, column under column.

Rich measures and wraps whatever may stand in a cell, at 0.2 ms each: seconds for a day of hours.
Where every cell is one line and all of them fit, there is nothing to wrap.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from rich.console import COLOR_SYSTEMS, Console
from rich.style import Style

_GAP = "  "
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Paint = Callable[[str, str], str]
"""Gets a text and the name of its style."""


@dataclass(frozen=True, slots=True)
class TextColumn:
    """A heading, and below it a text and the name of a style for each row."""

    heading: str
    is_right: bool
    cells: Sequence[tuple[str, str]]

    @property
    def is_plain(self) -> bool:
        """Whether each cell is one line, without anything that moves a cursor."""
        return _CONTROL.search("".join(text for text, _style in self.cells)) is None

    def widths(self) -> list[int]:
        """Return how many places the heading and each cell take; a Korean letter takes two."""
        return [_len(self.heading), *(_len(text) for text, _style in self.cells)]

    def lines(self, paint: Paint, widths: Sequence[int]) -> Iterator[str]:
        """Yield the heading and each cell, as wide as the widest."""
        widest = max(widths)
        cells = ((self.heading, "bold"), *self.cells)
        for (text, style), width in zip(cells, widths, strict=True):
            blank = " " * (widest - width)
            painted = paint(text, style) if style and text else text
            yield blank + painted if self.is_right else painted + blank


def table_lines(
    columns: Sequence[TextColumn], paint: Paint, width: int | None
) -> Iterator[str] | None:
    """Return the lines of a table, or None: it has to be wrapped. `width` None: as it comes."""
    if not all(column.is_plain for column in columns):
        return None
    widths = [column.widths() for column in columns]
    needed = sum(map(max, widths)) + len(_GAP) * (len(columns) - 1)
    if width is not None and needed > width:
        return None
    lines = (column.lines(paint, taken) for column, taken in zip(columns, widths, strict=True))
    return (_GAP.join(row).rstrip() for row in zip(*lines, strict=True))


def painter(console: Console) -> Paint:
    """Return what gives a text its style on this console, as far as it shows any."""
    if console.color_system is None:
        return lambda text, _style: text
    system = COLOR_SYSTEMS[console.color_system]

    def paint(text: str, name: str) -> str:
        style = Style.parse(name)
        return (style.without_color if console.no_color else style).render(
            text, color_system=system
        )

    return paint


def _len(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)
