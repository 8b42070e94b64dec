"""Write a sheet for people: CSV that Excel opens with its Korean intact, or a workbook.

A cell is never a formula: text that begins like one is kept from being evaluated, and reading
the file back gives the same text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from reports.harmless import harmless
from workers.sheets.grid import Value, column_name

Line = Sequence[Value]
_LONGEST_LIST = 255
_WIDTHS = (10, 40)


def csv_bytes(lines: Sequence[Line]) -> bytes:
    """Return the lines as CSV: UTF-8 with its mark, commas, CRLF."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(
        [harmless(cell) if isinstance(cell, str) else cell for cell in line] for line in lines
    )
    return text.getvalue().encode("utf-8-sig")


def xlsx_bytes(title: str, lines: Sequence[Line], choices: Mapping[int, Sequence[str]]) -> bytes:
    """Return the lines as a workbook whose first line are headings.

    `choices` offers words in a column (counted from 0), where a list of them is short enough.
    """
    from openpyxl import Workbook
    from openpyxl.styles import Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row, line in enumerate(lines, start=1):
        for column, value in enumerate(line, start=1):
            if value is None:
                continue
            cell = sheet.cell(row, column, value)
            if isinstance(value, str):
                cell.data_type, cell.number_format = "s", "@"
            elif isinstance(value, int):
                cell.number_format = "#,##0"
            if row == 1:
                cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    for column in range(max(map(len, lines), default=0)):
        longest = max(len(str(line[column] or "")) for line in lines if column < len(line))
        least, most = _WIDTHS
        sheet.column_dimensions[column_name(column)].width = min(max(2 * longest, least), most)
    for column, words in choices.items():
        offered = ",".join(words)
        if words and len(offered) <= _LONGEST_LIST and not any('"' in one for one in words):
            offer = DataValidation("list", formula1=f'"{offered}"', showErrorMessage=False)
            offer.add(f"{column_name(column)}2:{column_name(column)}2000")
            sheet.add_data_validation(offer)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
