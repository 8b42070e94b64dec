"""Read a `.env` file: `NAME=value` lines, with the line of each for messages.

    # a comment
    DANGA_LOG_LEVEL=info
    SEOUL_PROXY_PASSWORD='p@ss # word'

A value may stand in single or double quotes; without them it ends before ` #`. Nothing is
interpolated, and no message holds a value.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from domain.errors import BadInput, Fault

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_COMMENT = re.compile(r"\s+#.*")
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file."""

    name: str
    value: str
    where: str
    """`.env:3 NAME`, for messages."""


def read_env_file(path: Path) -> dict[str, Entry]:
    """Return the entries by name; a file that does not exist has none.

    Raises:
        BadInput: with every line that is no `NAME=value` or sets a name again.
    """
    entries: dict[str, Entry] = {}
    faults: list[Fault] = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        read = _entry(f"{path.name}:{number}", line)
        if isinstance(read, Entry) and read.name in entries:
            read = Fault(read.where, "is set twice", f"the first is {entries[read.name].where}")
        if isinstance(read, Fault):
            faults.append(read)
        else:
            entries[read.name] = read
    if faults:
        raise BadInput(*faults)
    return entries


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise BadInput(Fault(f"{path.name}:{line}", "is not UTF-8", "save it as UTF-8")) from None
    except OSError as error:
        raise BadInput(Fault(str(path), f"cannot be read: {error.strerror}")) from None


def _entry(place: str, line: str) -> Entry | Fault:
    name, equals, rest = line.strip().removeprefix("export ").partition("=")
    name = name.strip()
    if not equals or not _NAME.match(name):
        return Fault(place, "is no NAME=value line", "begin comments with #")
    value = _value(rest.strip())
    if value is None:
        return Fault(f"{place} {name}", "its quote is not closed, or text follows it")
    return Entry(name, value, f"{place} {name}")


def _value(raw: str) -> str | None:
    """Return the value without its quotes and comment, None where the quotes do not fit."""
    if raw[:1] == "'":
        found = re.fullmatch(r"'([^']*)'(\s+#.*)?", raw)
        return found[1] if found else None
    if raw[:1] == '"':
        found = re.fullmatch(r'"((?:[^"\\]|\\.)*)"(\s+#.*)?', raw)
        return _ESCAPED.sub(r"\1", found[1]) if found else None
    return "" if raw.startswith("#") else _COMMENT.sub("", raw)
