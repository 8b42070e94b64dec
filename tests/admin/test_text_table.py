from __future__ import annotations

from io import StringIO

from hypothesis import given
from hypothesis import strategies as some
from rich.console import Console

from admin.output import _wrapped
from admin.text_table import TextColumn, painter, table_lines

WIDE = 400
TEXTS = some.text(some.sampled_from("가나 ab1,₩▲·"), max_size=8).map(str.strip)
COLUMNS = some.integers(1, 4).flatmap(
    lambda rows: some.lists(
        some.builds(
            TextColumn,
            TEXTS.map(lambda text: f"h{text}"),
            some.booleans(),
            some.lists(some.tuples(TEXTS, some.just("")), min_size=rows, max_size=rows),
        ),
        min_size=1,
        max_size=4,
    )
)


def as_rich_does(columns: list[TextColumn], console: Console) -> list[str]:
    with console.capture() as printed:
        console.print(_wrapped(columns))
    return [line.rstrip() for line in printed.get().split("\n")[:-1]]


@given(COLUMNS)
def test_what_fits_stands_as_rich_would_lay_it_out(columns: list[TextColumn]) -> None:
    console = Console(width=WIDE, highlight=False, file=StringIO())
    lines = table_lines(columns, painter(console), WIDE)
    assert lines is not None
    assert list(lines) == as_rich_does(columns, console)


def test_what_does_not_fit_or_moves_the_cursor_is_left_to_rich() -> None:
    console = Console(width=WIDE, file=StringIO())
    for text, width in (("0123456789", 9), ("two\nlines", WIDE), ("\x1b[2J", None)):
        assert table_lines([TextColumn("h", False, [(text, "")])], painter(console), width) is None


def test_colours_are_shown_only_where_the_terminal_has_them() -> None:
    column = [TextColumn("단가", True, [("▲ 5원", "red"), ("", "red")])]
    red = [" \x1b[1m단가\x1b[0m", "\x1b[31m▲ 5원\x1b[0m", ""]
    plain = Console(color_system=None, force_terminal=True)
    assert list(table_lines(column, painter(plain), WIDE) or []) == [" 단가", "▲ 5원", ""]
    coloured = Console(color_system="standard", force_terminal=True, no_color=False)
    assert list(table_lines(column, painter(coloured), WIDE) or []) == red
