"""A report as CSV for Excel: UTF-8 with a mark at its beginning, CRLF, plain numbers.

Amounts stand in the currency's own unit (won, dollars), unrounded; times are local. What is not
known is an empty field, never 0.
"""

from __future__ import annotations

import csv
import io
from datetime import datetime
from decimal import Decimal

from reports.harmless import harmless
from reports.report import Form, Report
from reports.values import Value, value_of


def csv_bytes(report: Report) -> bytes:
    """Return the first sheet that CSV may show."""
    sheet = report.shown_in(Form.CSV)[0]
    columns = sheet.shown_in(Form.CSV)
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(harmless(column.heading.say(report.language)) for column in columns)
    for row in sheet.rows:
        writer.writerow(_field(value_of(report, column, row)) for column in columns)
    return file.getvalue().encode("utf-8-sig")


def _field(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return str(value)
