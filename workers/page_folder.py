"""The folder of the marketers' pages: a folder per owner, each file there whole or as it was.

Whoever serves it belongs to the folder's group: files are 0640, folders 0750. What is put into
another group by a set-group-id folder stays there.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from typing import Any

EVERYONE = "everyone"
PAGE = "index.html"
_LOCK, _NOTES = ".lock", ".written.json"
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class PageFolder:
    """Where pages stand; `root` is made when something is written first."""

    root: Path

    def page(self, owner: str | None) -> Path:
        """Return the file of an owner's page, or of everyone's."""
        return self.root / folder_name(owner) / PAGE

    def write(self, path: Path, text: str) -> None:
        """Put a file there, atomically: who is killed in between leaves the one before.

        Raises:
            OSError: it cannot be written; the one before stays.
        """
        path.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            with open(fresh, "w", encoding="utf-8", opener=_for_the_group) as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        _sync(path.parent)

    def notes(self) -> dict[str, Any]:
        """Return what was noted when pages were written last; nothing where that is unreadable."""
        try:
            found = json.loads((self.root / _NOTES).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def note(self, notes: Mapping[str, Any]) -> None:
        """Keep notes for the next round, on whichever process it runs."""
        self.write(self.root / _NOTES, json.dumps(notes, ensure_ascii=False))

    def keep_only(self, names: Collection[str], noted: Iterable[str]) -> None:
        """Remove the folders of owners who have gone: of `noted` ones, those not in `names`."""
        for name in set(noted) - set(names):
            rmtree(self.root / name, ignore_errors=True)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Give whether nobody else on this machine writes pages here; keep others away."""
        self.root.mkdir(mode=0o750, parents=True, exist_ok=True)
        file = os.open(self.root / _LOCK, os.O_RDWR | os.O_CREAT, 0o640)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(file)


def folder_name(owner: str | None) -> str:
    """Return the folder of an owner: their name, as far as every file system and url bears it.

    >>> folder_name("김지은"), folder_name(None)
    ('김지은', 'everyone')
    >>> folder_name("../a b")
    'a-b-2c2c791a'
    """
    if owner is None:
        return EVERYONE
    plain = "".join(one if one.isalnum() else "-" for one in owner).strip("-")[:_LONGEST]
    if plain == owner == plain.lower() and plain not in ("", EVERYONE):
        return plain
    mark = sha256(owner.encode()).hexdigest()[:8]
    return f"{plain.lower() or 'owner'}-{mark}"


def _for_the_group(path: str, flags: int) -> int:
    return os.open(path, flags, 0o640)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
