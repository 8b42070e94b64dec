"""Read a sheet of an Excel workbook: values only. No formula or macro is ever evaluated.

A workbook is a zip of XML files that can unfold to any size, so its bounds are checked before
it is opened. What a person does not see when they look at the sheet (hidden rows and columns)
and what stands in one cell and means others (merged cells) is refused, never guessed.
"""

from __future__ import annotations

import io
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile, ZipFile, ZipInfo

from domain.errors import BadInput, Fault
from workers.sheets.grid import Grid, Value, column_name

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_Cells = dict[tuple[int, int], Any]
"""Row and column, counted from 1 as Excel does, of each cell that holds something."""
_MOST_UNPACKED = 32 * 1024 * 1024
_MOST_FILES = 500
_MOST_COLUMNS = 100
_DAMAGED = "open it in Excel and save it again as .xlsx"


def xlsx_grid(name: str, raw: bytes, sheet: str | None, most_rows: int) -> Grid:
    """Return the cells of a sheet: the one that is named, or the only one that holds anything.

    Raises:
        BadInput: the file is no workbook or too large, the sheet is not there or not told, or
            cells are merged, hidden, formulas or errors; all of these at once.
    """
    from openpyxl import load_workbook

    _require_bounds(name, raw)
    try:
        book = load_workbook(io.BytesIO(raw), data_only=False, keep_links=False)
    except Exception as error:
        # The library raises whatever a damaged part of the file happens to cause.
        raise BadInput(Fault(name, "is no workbook that can be read", _DAMAGED)) from error
    with closing(book):
        found = _sheet(name, [one for one in book.worksheets if _shows_cells(one)], sheet)
        place = f"{name} {found.title}!"
        filled = _filled(found)
        _require_size(place, filled, most_rows)
        faults = [*_merged(place, found), *_hidden(place, found, filled)]
        rows = _rows(place, filled, faults)
    if faults:
        raise BadInput(*faults)
    return Grid(place, rows)


def _require_bounds(name: str, raw: bytes) -> None:
    """Raise BadInput for a zip that would unfold to more than a sheet of ours can hold."""
    try:
        with ZipFile(io.BytesIO(raw)) as packed:
            parts = packed.infolist()
            size = sum(_unpacked(packed, part) for part in parts[:_MOST_FILES])
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError, zlib.error):
        raise BadInput(Fault(name, "is no workbook that can be read", _DAMAGED)) from None
    if len(parts) > _MOST_FILES or size > _MOST_UNPACKED:
        what = f"unpacks to more than {_MOST_UNPACKED // 1024 // 1024} MiB"
        raise BadInput(Fault(name, what, "keep the sheet alone in a new workbook, or use CSV"))


def _unpacked(packed: ZipFile, part: ZipInfo) -> int:
    """Return the size of a part as it really unpacks, as the file may say another."""
    size = 0
    with packed.open(part) as content:
        while size <= _MOST_UNPACKED and (piece := content.read(1 << 20)):
            size += len(piece)
    return size


def _filled(sheet: Worksheet) -> _Cells:
    """Return the cells that hold something, by row and column.

    Asking the sheet for its rows would make every empty cell up to the last one.
    """
    there: _Cells = sheet._cells
    return {at: cell for at, cell in there.items() if cell.value is not None}


def _shows_cells(sheet: Worksheet) -> bool:
    return sheet.sheet_state == "visible" and bool(_filled(sheet))


def _sheet(name: str, filled: Sequence[Worksheet], wanted: str | None) -> Worksheet:
    titles = ", ".join(one.title for one in filled)
    if wanted is not None:
        for one in filled:
            if one.title == wanted:
                return one
        raise BadInput(Fault(name, f"has no sheet {wanted} with cells", f"it has: {titles}"))
    if len(filled) != 1:
        what = f"has {len(filled)} sheets with cells" if filled else "has no cell with anything"
        cure = f"say which one: --sheet NAME ({titles})" if filled else ""
        raise BadInput(Fault(name, what, cure))
    return filled[0]


def _require_size(place: str, filled: _Cells, most_rows: int) -> None:
    last, widest = max(row for row, _ in filled), max(column for _, column in filled)
    if last > most_rows:
        what = f"reaches down to row {last:,}, more than {most_rows:,}"
        raise BadInput(Fault(place.removesuffix("!"), what, "split it into several files"))
    if widest > _MOST_COLUMNS:
        what = f"reaches to column {column_name(widest - 1)}"
        raise BadInput(Fault(place.removesuffix("!"), what, "delete what stands beside the table"))


def _rows(place: str, filled: _Cells, faults: list[Fault]) -> list[list[Value]]:
    last = max(row for row, _ in filled)
    rows: list[list[Value]] = [[] for _ in range(last)]
    for row, column in sorted(filled):
        rows[row - 1] += [None] * (column - 1 - len(rows[row - 1]))
        rows[row - 1].append(_value(place, filled[row, column], faults))
    return rows


def _merged(place: str, sheet: Worksheet) -> Iterator[Fault]:
    for found in sheet.merged_cells.ranges:
        cure = "unmerge it, and write the value into each of its cells"
        yield Fault(f"{place}{found.coord}", "is merged", cure)


def _hidden(place: str, sheet: Worksheet, filled: _Cells) -> Iterator[Fault]:
    """Yield a fault for what holds something and is not seen: filtered rows above all."""
    with_cells = {row for row, _ in filled}
    rows = [n for n, one in sheet.row_dimensions.items() if one.hidden and n in with_cells]
    for first, last in _runs(sorted(rows)):
        where = f"row {first} is" if first == last else f"rows {first} to {last} are"
        cure = "clear the filter or show them; or delete them"
        yield Fault(place.removesuffix("!"), f"{where} hidden", cure)
    columns = {column for _, column in filled}
    for letters, one in sheet.column_dimensions.items():
        if one.hidden and columns.intersection(range(one.min or 0, (one.max or 0) + 1)):
            cure = "show it, or delete it"
            yield Fault(place.removesuffix("!"), f"column {letters} is hidden", cure)


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield first and last of each run of ascending numbers without a gap."""
    first = None
    for at, number in enumerate(numbers):
        first = number if first is None else first
        if at + 1 == len(numbers) or numbers[at + 1] != number + 1:
            yield first, number
            first = None


def _value(place: str, cell: Any, faults: list[Fault]) -> Value:
    value, where = cell.value, f"{place}{cell.coordinate}"
    if cell.data_type == "f":
        faults.append(Fault(where, "is a formula", "copy it and paste it as a value"))
        return None
    if cell.data_type == "e":
        faults.append(Fault(where, f"shows the error {value}", "write the value itself"))
        return None
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip() or None
    if isinstance(value, float):
        return Decimal(repr(value))
    if value is None or isinstance(value, bool | int | date | datetime | time):
        return value
    faults.append(Fault(where, "holds no text, number or date", "write the value itself"))
    return None
