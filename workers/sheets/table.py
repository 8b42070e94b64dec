"""Find the headings of a sheet, in Korean or English, and give its rows by what they mean.

The first row that holds anything and is no remark has the headings. A row whose first cell
begins with `#` is a remark; empty rows are skipped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from domain.errors import BadInput, Fault
from workers.nearest import nearest
from workers.sheets.grid import Grid, Value

REMARK = "#"


@dataclass(frozen=True, slots=True)
class Heading:
    """What a column may be called; `meaning` is what the documents say of it."""

    key: str
    korean: str
    english: str
    meaning: str
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Everything that it may be called."""
        return (self.korean, self.english, *self.also)


NOTES = Heading("notes", "비고", "notes", "For people; not read.", ("메모", "참고", "note"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A value and where it stands (`names.csv D7`)."""

    value: Value
    where: str


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row below the headings, by the keys of the headings that the sheet has."""

    where: str
    cells: Mapping[str, Cell] = field(repr=False)

    def cell(self, key: str) -> Cell:
        """Return a cell; one whose column is not there is empty and named by its row."""
        return self.cells.get(key) or Cell(None, self.where)

    def has(self, *keys: str) -> bool:
        """Whether any of the cells holds something."""
        return any(self.cell(key).value is not None for key in keys)


def read_table(grid: Grid, headings: Sequence[Heading]) -> tuple[SheetRow, ...]:
    """Return the rows of a sheet that has some of the headings.

    Raises:
        BadInput: a heading is unknown or stands twice, a filled cell has none, or there is no
            row below them; all at once.
    """
    filled = list(_filled(grid))
    if not filled:
        raise BadInput(Fault(grid.place.strip(" !"), "holds nothing"))
    top, *below = filled
    faults: list[Fault] = []
    columns = _columns(grid, top, (*headings, NOTES), faults)
    faults += _beside(grid, below, columns, grid.rows[top])
    if not below and not faults:
        faults.append(Fault(grid.place.strip(" !"), "has no row below its headings"))
    if faults:
        raise BadInput(*faults)
    return tuple(
        SheetRow(
            grid.row(row),
            {key: Cell(_at(grid, row, at), grid.where(row, at)) for at, key in columns.items()},
        )
        for row in below
    )


def _filled(grid: Grid) -> Iterator[int]:
    for row, cells in enumerate(grid.rows):
        first = next((cell for cell in cells if cell is not None), None)
        if first is not None and not str(first).startswith(REMARK):
            yield row


def _columns(
    grid: Grid, top: int, headings: Sequence[Heading], faults: list[Fault]
) -> dict[int, str]:
    """Return the key of each column that has a known heading."""
    keys = {_plain(name): one.key for one in headings for name in one.names}
    found: dict[int, str] = {}
    first: dict[str, str] = {}
    for column, cell in enumerate(grid.rows[top]):
        where = grid.where(top, column)
        if cell is None:
            continue
        key = keys.get(_plain(str(cell)))
        if key is None:
            faults.append(Fault(where, f"unknown heading {cell}", _cure(str(cell), headings)))
        elif key in first:
            faults.append(Fault(where, f"{cell} stands twice", f"first at {first[key]}: keep one"))
        else:
            found[column] = key
            first[key] = where
    return found


def _cure(name: str, headings: Sequence[Heading]) -> str:
    names = [known for one in headings for known in one.names]
    near = nearest(_plain(name), [_plain(known) for known in names])
    if near is not None:
        return f"did you mean {next(one for one in names if _plain(one) == near)}?"
    return "known: " + ", ".join(one.korean for one in headings)


def _beside(
    grid: Grid, rows: Sequence[int], columns: Mapping[int, str], top: Sequence[Value]
) -> Iterator[Fault]:
    """Yield a fault for the first cell of each column that holds something without a heading."""
    named = {column for column, cell in enumerate(top) if cell is not None} | columns.keys()
    told: set[int] = set()
    for row in rows:
        for column, cell in enumerate(grid.rows[row]):
            if cell is not None and column not in named and column not in told:
                told.add(column)
                yield Fault(grid.where(row, column), "stands below no heading", "give it one")


def _at(grid: Grid, row: int, column: int) -> Value:
    cells = grid.rows[row]
    return cells[column] if column < len(cells) else None


def _plain(name: str) -> str:
    """Return a heading without what people vary: spaces, underscores, upper case, an asterisk."""
    return "".join(name.split()).replace("_", "").strip("*").casefold()
