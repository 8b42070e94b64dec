from __future__ import annotations

import pytest
from parsel import Selector

from crawler.errors import LayoutChanged
from crawler.label_table import read_rows


def _table(header: str, *rows: str) -> Selector:
    def cells(row: str, tag: str) -> str:
        return "".join(f"<{tag}> {cell} </{tag}>" for cell in row.split("|"))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    html = f"<table><thead><tr>{cells(header, 'th')}</tr></thead><tbody>{body}</tbody></table>"
    return Selector(html).css("table")[0]


def test_numbers_are_found_by_label_wherever_the_column_stands() -> None:
    one = read_rows(_table("ID|소진액|클릭", "c1|12,000|3"), ["ID", "소진액"])
    moved = read_rows(_table("클릭|ID|소진액", "3|c1|12,000"), ["ID", "소진액"])
    assert one == moved == [{"ID": "c1", "소진액": "12,000"}]


def test_a_missing_label_names_what_stands_there_instead() -> None:
    with pytest.raises(LayoutChanged, match=r"'소진액' stands 0 times in: ID, 비용"):
        read_rows(_table("ID|비용", "c1|3"), ["ID", "소진액"])


def test_a_label_that_stands_twice_is_ambiguous() -> None:
    with pytest.raises(LayoutChanged, match="2 times"):
        read_rows(_table("ID|소진액|소진액", "c1|3|4"), ["소진액"])


def test_a_row_with_other_cells_than_the_header_is_refused() -> None:
    with pytest.raises(LayoutChanged, match="a row has 1 cells under 2 labels"):
        read_rows(_table("ID|소진액", "불러오는 중"), ["ID"])


def test_no_table_or_two_of_them_are_refused_where_one_was_looked_for() -> None:
    one = _table("ID|소진액", "c1|3").get()
    assert len(read_rows(Selector(one).css("table"), ["ID"])) == 1
    for page in ("<p>nothing</p>", one + one, one + _table("다른 표", "7").get()):
        with pytest.raises(LayoutChanged):
            read_rows(Selector(page).css("table"), ["ID"])
