"""Open a spreadsheet, whatever kind it is: by what it holds, never by what it is called."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadInput, Fault
from workers.sheets.csv_source import csv_grid
from workers.sheets.grid import Grid
from workers.sheets.xlsx_source import xlsx_grid

_MOST_BYTES = 16 * 1024 * 1024
_MOST_ROWS = 100_001
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet and the file it came from: `name` as messages show it, `sha256` of its bytes."""

    name: str
    sha256: str
    grid: Grid


def open_sheet(path: Path, sheet: str | None = None) -> Sheet:
    """Return the cells of a CSV file or of a sheet of a workbook.

    Raises:
        BadInput: it cannot be read, or misleads; all at once as far as it could be read.
    """
    raw = _bytes(path)
    return Sheet(path.name, hashlib.sha256(raw).hexdigest(), _grid(path.name, raw, sheet))


def _grid(name: str, raw: bytes, sheet: str | None) -> Grid:
    if raw.startswith(_ZIP):
        return xlsx_grid(name, raw, sheet, _MOST_ROWS)
    if raw.startswith(_OLE):
        what = "is an old .xls file, or a workbook with a password"
        raise BadInput(Fault(name, what, "save it as .xlsx, without a password"))
    if sheet is not None:
        raise BadInput(Fault("--sheet", f"{name} is no workbook", "leave it out"))
    return csv_grid(name, raw, _MOST_ROWS)


def _bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        raise BadInput(Fault(str(path), "does not exist")) from None
    except OSError as error:
        raise BadInput(Fault(str(path), f"cannot be read: {error.strerror}")) from None
    if len(raw) > _MOST_BYTES:
        raise BadInput(Fault(path.name, f"is larger than {_MOST_BYTES // 1024 // 1024} MiB"))
    return raw
