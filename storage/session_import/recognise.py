"""Which format a file is in, by its content; its name says nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from domain.errors import BadInput, Fault
from storage.errors import HostilePickle, PickleRefused
from storage.guarded_pickle import LIMITS, plain_copy
from storage.pickle_cell import loads_in_child
from storage.session_import.netscape import is_netscape

CURE = (
    "bring pickle.dumps(driver.get_cookies()) of Selenium, context.storage_state(path=...) of "
    "Playwright, a cookies.txt, or the JSON of Cookie-Editor or EditThisCookie"
)
_PICKLE_STARTS = (b"\x80", b"(lp", b"(dp", b"]q", b"]p", b"}q", b"}p")
_PROGRAM_STARTS = (b"c", b"i", b"(", b"]", b"}")
_BINARY = {
    b"SQLite format 3\x00": "a browser's own cookie database",
    b"PK\x03\x04": "a ZIP archive",
    b"\x1f\x8b": "a gzip archive",
}


class Container(StrEnum):
    """How the values are written down."""

    PICKLE = "a pickle"
    JSON = "JSON"
    NETSCAPE = "a Netscape cookie file"


def read_plain(data: bytes, name: str) -> tuple[Container, Any]:
    """Return what a pickle or a JSON file holds, as plain values, or the text of a cookies.txt.

    A pickle is read in a child process. Raises `BadInput` where it is none of them, or refused.
    """
    if not data.strip():
        raise _bad(name, "is empty")
    if len(data) > LIMITS.size_bytes:
        raise _bad(name, f"has {len(data)} bytes, over {LIMITS.size_bytes}: no session is so large")
    lines = _netscape_text(data)
    if lines is not None:
        return Container.NETSCAPE, lines
    if _looks_like_pickle(data):
        return Container.PICKLE, _guarded(name, lambda: loads_in_child(data))
    return Container.JSON, _guarded(name, lambda: plain_copy(_read_json(data, name)))


def _netscape_text(data: bytes) -> str | None:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    return text if is_netscape(text) else None


def _looks_like_pickle(data: bytes) -> bool:
    whole_program = data.startswith(_PROGRAM_STARTS) and data.endswith(b".")
    return data.startswith(_PICKLE_STARTS) or whole_program


def _guarded(name: str, read: Callable[[], Any]) -> Any:
    try:
        return read()
    except HostilePickle as error:
        raise _bad(name, f"is refused: {error}") from None
    except PickleRefused as error:
        raise _bad(name, f"is truncated or damaged: {error}") from None


def _read_json(data: bytes, name: str) -> Any:
    text = _decode(data, name)
    if not text.lstrip().startswith(("{", "[")):
        raise _bad(name, "is neither a pickle, JSON nor a cookies.txt: it cannot be imported")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:  # its message repeats nothing of the text
        early = error.pos >= len(text.rstrip())
        what = "the JSON ends early" if early else f"is no JSON: {error.msg}"
        raise _bad(f"{name}: line {error.lineno}", what) from None
    except (ValueError, RecursionError):
        raise _bad(name, "holds numbers or nesting that no session has") from None


def _decode(data: bytes, name: str) -> str:
    for start, kind in _BINARY.items():
        if data.startswith(start):
            raise _bad(name, f"is {kind}, which cannot be imported")
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise _bad(name, "is neither a pickle nor text") from None


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _bad(where: str, what: str) -> BadInput:
    return BadInput(Fault(where, what, CURE))
