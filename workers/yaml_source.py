"""Load a person's YAML file with the line of everything in it, and refuse what misleads.

Every plain word stays text (`name: no`, `id: 0123`, `quiet: 23:00`): the models that validate a
file decide what is a number. Refused: a key that stands twice, anchors and aliases (a small file
can unfold to gigabytes), tags, more than one document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from domain.errors import BadInput, Fault

Place = tuple[str | int, ...]
"""The way to a value: `("logins", 0, "username")`."""

_MOST_BYTES = 4 * 1024 * 1024
_NULL = "tag:yaml.org,2002:null"
_TAGS = frozenset({_NULL, *(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))})
_DEEPEST = 20


@dataclass(frozen=True, slots=True)
class YamlSource:
    """The content of one file, and where each part of it stands."""

    name: str
    data: Any
    lines: Mapping[Place, int] = field(default_factory=dict)

    def where(self, path: Place) -> str:
        """Return `danga.yaml:12 logins[0].username`; what is absent has its parent's line."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        shown = show_path(path)
        return f"{self.name}:{self.lines.get(known, 1)}" + (f" {shown}" if shown else "")

    def leaves(self) -> Iterator[tuple[Place, Any]]:
        """Yield every value with its path, parents first."""
        yield from _walk((), self.data)


def show_path(path: Place) -> str:
    """Return the path as people read it.

    >>> show_path(("logins", 0, "username"))
    'logins[0].username'
    """
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


def load_yaml(path: Path) -> YamlSource:
    """Return the file's content; an empty file holds None.

    Raises:
        BadInput: it cannot be read, is no YAML, or holds what is refused; all faults at once
            as far as it could be read.
    """
    reader = _Reader(path.name)
    data = reader.read(_text(path))
    if reader.faults:
        raise BadInput(*reader.faults)
    return YamlSource(path.name, data, reader.lines)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise BadInput(Fault(str(path), "does not exist")) from None
    except OSError as error:
        raise BadInput(Fault(str(path), f"cannot be read: {error.strerror}")) from None
    if len(raw) > _MOST_BYTES:
        raise BadInput(Fault(str(path), f"is larger than {_MOST_BYTES // 1024 // 1024} MiB"))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise BadInput(Fault(f"{path.name}:{line}", "is not UTF-8", "save it as UTF-8")) from None


class _PlainLoader(yaml.SafeLoader):
    """Resolves nothing but null."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - the library's own form
        first: [pair for pair in pairs if pair[0] == _NULL]
        for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


class _Reader:
    """Turns nodes into plain values, noting lines and faults."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.faults: list[Fault] = []

    def read(self, text: str) -> Any:
        try:
            self._refuse_aliases(text)
            node = yaml.compose(text, Loader=_PlainLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark else 1
            self._fault(line, (), f"is no YAML: {error.problem}", "look at the line above, too")
            return None
        except yaml.YAMLError as error:
            self._fault(1, (), f"is no YAML: {str(error).splitlines()[0]}")
            return None
        except RecursionError:
            self._fault(1, (), "is nested too deep")
            return None
        return None if node is None or self.faults else self._value(node, ())

    def _refuse_aliases(self, text: str) -> None:
        for event in yaml.parse(text, Loader=_PlainLoader):
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                self._fault(line, (), f"the alias *{event.anchor} is not taken", "write it out")

    def _value(self, node: yaml.Node, path: Place) -> Any:
        self.lines.setdefault(path, node.start_mark.line + 1)
        if len(path) > _DEEPEST:
            self._fault(self.lines[path], (), "is nested too deep")
            return None
        if node.tag not in _TAGS:
            self._fault(self.lines[path], path, f"has the tag {node.tag}", "leave the tag out")
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, index)) for index, item in enumerate(node.value)]
        return None if node.tag == _NULL else node.value

    def _mapping(self, node: yaml.MappingNode, path: Place) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._fault(line, path, "has a key that is no word")
                continue
            key = key_node.value
            if key in values:
                first = self.lines[(*path, key)]
                self._fault(line, (*path, key), f"stands twice, first in line {first}", "keep one")
                continue
            self.lines[(*path, key)] = line
            values[key] = self._value(value_node, (*path, key))
        return values

    def _fault(self, line: int, path: Place, what: str, cure: str = "") -> None:
        shown = show_path(path)
        place = f"{self.name}:{line}" + (f" {shown}" if shown else "")
        self.faults.append(Fault(place, what, cure))


def _walk(path: Place, value: Any) -> Iterator[tuple[Place, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _walk((*path, key), part)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _walk((*path, index), part)
