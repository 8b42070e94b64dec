"""Tables of a page, read by the labels of their columns, never by position alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from parsel import Selector, SelectorList

from crawler.errors import LayoutChanged


def read_rows(
    table: Selector | SelectorList[Selector], labels: Iterable[str], rows: str = "tbody tr"
) -> list[Mapping[str, str]]:
    """Return each row as label -> text, for the labels asked for.

    `table` holds one `<thead>` with the labels; `rows` is a CSS selector within it. What a
    selector found may be handed in as it is: no table, or several, have not these labels.

    Raises:
        LayoutChanged: a label is missing or stands there twice, or a row has another number
            of cells than the header.
    """
    header = [_text(cell) for cell in table.css("thead tr th, thead tr td")]
    places = {label: _place(header, label) for label in labels}
    found: list[Mapping[str, str]] = []
    for row in table.css(rows):
        cells = [_text(cell) for cell in row.css("th, td")]
        if len(cells) != len(header):
            raise LayoutChanged(f"a row has {len(cells)} cells under {len(header)} labels")
        found.append({label: cells[place] for label, place in places.items()})
    return found


def _place(header: list[str], label: str) -> int:
    if header.count(label) != 1:
        seen = ", ".join(header) or "no header at all"
        raise LayoutChanged(f"column {label!r} stands {header.count(label)} times in: {seen}")
    return header.index(label)


def _text(cell: Selector) -> str:
    return " ".join(" ".join(cell.css("::text").getall()).split())
