from __future__ import annotations

from typing import Any

import pytest

from crawler.person_input import (
    LONGEST_TEXT,
    Answered,
    BadInput,
    Key,
    Left,
    Pasted,
    Pointer,
    Size,
    Typed,
    Wheel,
    read_input,
)


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        ({"do": "down", "x": 0.5, "y": 1}, Pointer("down", 0.5, 1.0)),
        (
            {"do": "wheel", "x": 0, "y": 0, "right": 0, "down": 120},
            Wheel(0.0, 0.0, 0.0, 120.0),
        ),
        ({"do": "key", "key": "Enter"}, Key("Enter")),
        ({"do": "type", "erased": 1, "text": "한"}, Typed(1, "한")),
        ({"do": "paste", "text": "비밀 번호"}, Pasted("비밀 번호")),
        ({"do": "size", "width": 5, "height": 99_999}, Size(320, 1000)),
        ({"do": "answer", "agrees": True}, Answered(True)),
        ({"do": "leave"}, Left()),
    ],
)
def test_what_the_page_sends_is_understood(message: Any, meant: object) -> None:
    assert read_input(message) == meant


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "down",
        {},
        {"do": "evaluate", "text": "1"},
        {"do": ["down"]},
        {"do": "down", "x": 1.5, "y": 0},
        {"do": "down", "x": "nan", "y": 0},
        {"do": "wheel", "x": 0, "y": 0, "right": 0},
        {"do": "key", "key": "F12"},
        {"do": "key", "key": "Control+L"},
        {"do": "type", "erased": -1, "text": ""},
        {"do": "type", "erased": 10**9, "text": ""},
        {"do": "type", "text": "a" * (LONGEST_TEXT + 1)},
        {"do": "paste", "text": None},
        {"do": "paste", "text": "a\x00"},
        {"do": "size", "width": float("inf"), "height": 1},
    ],
)
def test_what_it_never_sends_is_refused_and_not_repeated(message: Any) -> None:
    with pytest.raises(BadInput, match=r"^no such input$"):
        read_input(message)


def test_what_was_typed_never_shows_itself() -> None:
    typed = [Typed(0, "geheim"), Pasted("geheim"), Key("Enter"), Answered(True, "geheim")]
    assert "geheim" not in repr(typed)
    assert "Enter" not in repr(typed)
