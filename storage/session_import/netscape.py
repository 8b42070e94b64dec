"""A Netscape cookies.txt: seven fields apart by tabs, a cookie to a line.

    domain  subdomains  path  secure  expires  name  value

`#HttpOnly_` before the domain is no comment. 0 as the end means: with the browser. The format
knows no SameSite.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from domain.errors import Fault
from storage.session_import.cookie import shown

_FIELDS = ("domain", "subdomains", "path", "secure", "expires", "name", "value")
_HEADERS = ("# Netscape HTTP Cookie File", "# HTTP Cookie File")
_HTTP_ONLY = "#HttpOnly_"
_WORDS = {"TRUE": True, "FALSE": False}
_TABS = len(_FIELDS) - 1


@dataclass(slots=True)
class CookieLines:
    """The cookies by their places (`cookies.txt: line 5`), and the lines that hold none."""

    cookies: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def is_netscape(text: str) -> bool:
    """Whether the text begins as such a file does, or its first cookie has seven fields."""
    if text.startswith(_HEADERS):
        return True
    first = next((line for _number, line in _lines(text)), "")
    return first.count("\t") == _TABS


def read_lines(text: str, name: str) -> CookieLines:
    """Read all lines of the file `name`; what a cookie may hold is judged by others."""
    read = CookieLines()
    for number, line in _lines(text):
        place = f"{name}: line {number}"
        faults, cookie = _read(line)
        read.faults += [Fault(place, what, cure) for what, cure in faults]
        if not faults:
            read.cookies.append((place, cookie))
    return read


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield the lines that should hold a cookie, by their number."""
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.removesuffix("\r")
        if line.strip() and (not line.startswith("#") or line.startswith(_HTTP_ONLY)):
            yield number, line


def _read(line: str) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    fields = line.removeprefix(_HTTP_ONLY).split("\t")
    if len(fields) != len(_FIELDS):
        what = f"has {len(fields)} fields, not {len(_FIELDS)}"
        return [(what, "they stand apart by tabs, not by blanks; an empty value has its tab")], {}
    given = dict(zip(_FIELDS, fields, strict=True))
    faults = [
        (f"its field {key} ({shown(given[key])}) is neither TRUE nor FALSE", "")
        for key in ("subdomains", "secure")
        if given[key].upper() not in _WORDS
    ]
    expires = _number(given["expires"])
    if expires is None:
        faults.append(("its field expires is not a number", "seconds since 1970, or 0"))
    dotted = given["domain"].startswith(".")
    if not faults and dotted and not _WORDS[given["subdomains"].upper()]:
        faults.append(("its domain begins with a dot, and its field subdomains says FALSE", ""))
    if faults:
        return faults, {}
    return [], {
        "name": given["name"],
        "value": given["value"],
        "domain": given["domain"],
        "path": given["path"],
        "expires": expires,
        "httpOnly": line.startswith(_HTTP_ONLY),
        "secure": _WORDS[given["secure"].upper()],
        "hostOnly": not _WORDS[given["subdomains"].upper()],
    }


def _number(text: str) -> float | None:
    """Return the moment, -1 for 0: it ends with the browser; None for what is no number."""
    digits, _, fraction = text.partition(".")
    if not digits.removeprefix("-").isascii() or not digits.removeprefix("-").isdigit():
        return None
    if len(text) > 20 or (fraction and not (fraction.isascii() and fraction.isdigit())):
        return None
    seconds = float(text) if fraction else int(digits)
    return -1 if seconds <= 0 else seconds
