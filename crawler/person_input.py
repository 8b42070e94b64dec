"""What a person may do in a live browser from afar: move, press, scroll, type, paste, size it.

`read_input` takes one message of the person's page. Places are fractions of the picture (0 to 1),
so that the page's size on the person's screen does not matter. What is typed never shows itself
in a `repr`, so that no log and no error can tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

LONGEST_TEXT = 4_000
MOST_ERASED = 200
_SPECIAL = (
    "Enter", "Tab", "Shift+Tab", "Backspace", "Delete", "Escape", "Home", "End", "PageUp",
    "PageDown", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Control+A",
)  # fmt: skip
KEYS = frozenset(_SPECIAL)
"""Keys that are no text. None of them leaves the page or opens a tool of the browser."""
SMALLEST, LARGEST = (320, 400), (1280, 1000)
"""Width and height of the browser, in CSS pixels: between a phone and a small desktop."""


class BadInput(ValueError):
    """A message that the person's page never sends."""


@dataclass(frozen=True, slots=True)
class Pointer:
    """The mouse, at a place of the picture; `does` says what with its left button."""

    does: Literal["move", "down", "up"]
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Wheel:
    """Scroll by so many CSS pixels at a place."""

    x: float
    y: float
    right: float
    down: float


@dataclass(frozen=True, slots=True)
class Key:
    """One press of a key that is no text."""

    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Typed:
    """Take back `erased` characters and put `text` in their place: how input methods compose."""

    erased: int = field(repr=False)
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pasted:
    """Text from the person's clipboard."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Size:
    """The room on the person's screen, in CSS pixels, brought within what a page can bear."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Answered:
    """The person's answer to a question of the page (`confirm`, `prompt`)."""

    agrees: bool
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Left:
    """The person stops."""


PersonInput = Pointer | Wheel | Key | Typed | Pasted | Size | Answered | Left


def read_input(message: Any) -> PersonInput:
    """Return the input that a JSON message `{"do": ...}` stands for.

    Raises:
        BadInput: it is none, or out of bounds; the message itself is not repeated.
    """
    try:
        return _READERS[message["do"]](message)
    except (KeyError, TypeError, ValueError, OverflowError):
        raise BadInput("no such input") from None


def _share(value: Any) -> float:
    share = float(value)
    if not 0 <= share <= 1:
        raise ValueError
    return share


def _pixels(value: Any) -> float:
    return min(max(float(value), -5_000.0), 5_000.0)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        raise ValueError
    return value


def _pointer(message: Any) -> Pointer:
    return Pointer(message["do"], _share(message["x"]), _share(message["y"]))


def _wheel(message: Any) -> Wheel:
    where = _share(message["x"]), _share(message["y"])
    return Wheel(*where, _pixels(message["right"]), _pixels(message["down"]))


def _key(message: Any) -> Key:
    if message["key"] not in KEYS:
        raise ValueError
    return Key(message["key"])


def _typed(message: Any) -> Typed:
    erased = int(message.get("erased", 0))
    if not 0 <= erased <= MOST_ERASED:
        raise ValueError
    return Typed(erased, _text(message["text"]))


def _size(message: Any) -> Size:
    wanted = int(message["width"]), int(message["height"])
    width, height = (
        min(max(one, least), most)
        for one, least, most in zip(wanted, SMALLEST, LARGEST, strict=True)
    )
    return Size(width, height)


def _pasted(message: Any) -> Pasted:
    return Pasted(_text(message["text"]))


def _answered(message: Any) -> Answered:
    return Answered(message["agrees"] is True, _text(message.get("text", "")))


def _left(_message: Any) -> Left:
    return Left()


_READERS: Mapping[str, Callable[[Any], PersonInput]] = {
    "move": _pointer,
    "down": _pointer,
    "up": _pointer,
    "wheel": _wheel,
    "key": _key,
    "type": _typed,
    "paste": _pasted,
    "size": _size,
    "answer": _answered,
    "leave": _left,
}
