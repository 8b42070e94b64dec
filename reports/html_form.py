"""A report as one small web page that needs nothing else: for a mail or a shared folder."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from reports.cells import cell_style, cell_text
from reports.mark import Mark
from reports.report import COSTS, NUMBERS, Column, Form, Kind, Report, Row, Sheet

_CLASSES = {Mark.OVER: "over", Mark.UNDER: "under", Mark.FEW: "few"}
_STYLE = """\
body{font:15px/1.5 system-ui,"Noto Sans KR","Noto Sans CJK KR",sans-serif}
body{margin:1.5rem;color:#1b1b1f}
h1{font-size:1.3rem}h2{font-size:1.05rem;margin-top:1.6rem}
div{overflow-x:auto}table{border-collapse:collapse}
th,td{padding:.3rem .6rem;border-bottom:1px solid #d8d8de;text-align:left;white-space:nowrap}
thead th{background:#f2f2f5;position:sticky;top:0}
.n{text-align:right;font-variant-numeric:tabular-nums}
.over{background:#ffdad6;color:#7a0c08}.under{background:#d8f3dc;color:#0c4a1d}
.few{background:#ececef;color:#55555c}
.est{background-image:repeating-linear-gradient(45deg,transparent 0 6px,#0000001a 6px 8px)}
footer{margin-top:1.2rem;color:#55555c}footer p{margin:.2rem 0}
.spark{white-space:pre;font-family:monospace}
@media print{thead th{position:static}}"""


def html_text(report: Report) -> str:
    """Return the page."""
    return "\n".join(_page(report)) + "\n"


def _page(report: Report) -> Iterator[str]:
    title = escape(report.title)
    yield "<!doctype html>"
    yield f'<html lang="{report.language}"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
    yield "style-src 'unsafe-inline'\">"
    yield f"<title>{title}</title><style>{_STYLE}</style></head><body><h1>{title}</h1>"
    yield from (f"<p>{escape(line)}</p>" for line in report.lead)
    if report.is_empty:
        yield f"<p>{escape(report.nothing)}</p>"
    for sheet in report.shown_in(Form.HTML):
        if sheet.rows:
            yield from _table(report, sheet)
    yield "<footer>" + "".join(f"<p>{escape(note)}</p>" for note in report.notes) + "</footer>"
    yield "</body></html>"


def _table(report: Report, sheet: Sheet) -> Iterator[str]:
    columns = sheet.shown_in(Form.HTML)
    if sheet.title:
        yield f"<h2>{escape(sheet.title)}</h2>"
    yield "<div><table><thead><tr>"
    for column in columns:
        heading = escape(column.heading.say(report.language))
        yield f'<th scope="col"{_class(column)}>{heading}</th>'
    yield "</tr></thead><tbody>"
    for row in sheet.rows:
        yield "<tr>" + "".join(_cell(report, column, row) for column in columns) + "</tr>"
    yield "</tbody></table></div>"


def _cell(report: Report, column: Column, row: Row) -> str:
    text = escape(cell_text(report, column, row))
    return f"<td{_class(column, row)}>{text}</td>"


def _class(column: Column, row: Row | None = None) -> str:
    names = ["n"] if column.kind in NUMBERS else []
    names += ["spark"] if column.kind is Kind.SPARK else []
    if row is not None:
        names += [_CLASSES[mark] for mark in [cell_style(column, row)] if mark in _CLASSES]
        if column.kind in COSTS and row.get(f"{column.prefix}estimated"):
            names.append("est")
    return f' class="{" ".join(names)}"' if names else ""
