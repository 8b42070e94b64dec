"""Workbooks and CSV files as people make them, for tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from domain.errors import BadInput
from workers.sheets.source import Sheet, open_sheet


def book(
    folder: Path, *lines: list[Any], change: Callable[[Worksheet], None] = lambda _: None
) -> Path:
    """Write a workbook whose one sheet is called `매핑`."""
    made = Workbook()
    sheet = made.worksheets[0]
    sheet.title = "매핑"
    for line in lines:
        sheet.append(line)
    change(sheet)
    path = folder / "names.xlsx"
    made.save(path)
    return path


def opened(folder: Path, *lines: list[Any], **given: Any) -> Sheet:
    """Return such a sheet, opened."""
    return open_sheet(book(folder, *lines, **given))


def faults(call: Callable[[], object]) -> list[str]:
    """Return what is wrong, as people read it."""
    try:
        call()
    except BadInput as error:
        return [str(fault) for fault in error.faults]
    return []
