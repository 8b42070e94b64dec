"""Keep what was read while the database is away, and store it when it is back.

One file per process, one line per page, on the disk before `append` returns. Replaying is
idempotent, so a process that dies in the middle of it loses and doubles nothing. A line that
cannot be read, or whose entity the inventory does not hold, is put aside in a file beside it
(`.damaged`) and reported; everything else is stored.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import structlog

from domain.reading import Reading
from domain.visit import VisitKind
from storage.errors import SpoolUnwritable, UnknownName
from storage.readings import Origin, ReadingStore
from storage.spooled_page import DamagedLine, from_line, to_line

log = structlog.get_logger(__name__)

_LOOK = "Look at the file: these readings are not stored, their slots are missing."


class Spool:
    """The spool of one machine, in a folder that only its owner may read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def append(self, readings: Sequence[Reading], kind: VisitKind = VisitKind.REGULAR) -> None:
        """Add a page's readings and wait until they are on the disk.

        Raises:
            SpoolUnwritable: they are not; the page has to be read again.
        """
        if not readings:
            return
        try:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            with _locked(self._directory / f"readings-{os.getpid()}.jsonl") as file:
                _write(file, to_line(readings, kind))
            _sync(self._directory)
        except OSError as error:
            raise SpoolUnwritable(f"{self._directory}: {error.strerror}") from error

    def replay(self, store: ReadingStore) -> tuple[Reading, ...]:
        """Store everything that waits, oldest file first, and return it.

        Only one process replays at a time; another one returns at once with nothing. What
        arrived before an error is stored and comes again with the next replay.

        Raises:
            DatabaseAway: the database is still, or again, away.
        """
        if not self.waiting():
            return ()
        with _alone(self._directory / "replay.lock") as alone:
            if not alone:
                return ()
            return tuple(one for path in self._taken() for one in _replay(path, store))

    def waiting(self) -> tuple[Path, ...]:
        """Return the files that wait to be replayed."""
        return tuple(sorted([*self._found("replaying"), *self._found("jsonl")]))

    def damaged(self) -> tuple[Path, ...]:
        """Return the files with what could not be stored, for a person to look at."""
        return tuple(self._found("damaged"))

    def _found(self, suffix: str) -> list[Path]:
        return sorted(self._directory.glob(f"readings-*.{suffix}"), key=_age)

    def _taken(self) -> Iterator[Path]:
        """Yield files that nobody writes to any more; first those of an interrupted replay."""
        yield from self._found("replaying")
        for path in self._found("jsonl"):
            taken = path.with_suffix(".replaying")
            with _locked(path):
                path.rename(taken)
            yield taken


def _replay(path: Path, store: ReadingStore) -> Iterator[Reading]:
    for line in path.read_bytes().splitlines(keepends=True):
        if not line.strip():
            continue
        try:
            page = from_line(line)
            store.save(page.readings, Origin(page.kind))
        except (DamagedLine, UnknownName) as error:
            _put_aside(path, line, error)
        else:
            yield from page.readings
    path.unlink()
    _sync(path.parent)


def _put_aside(path: Path, line: bytes, error: Exception) -> None:
    aside = path.with_suffix(".damaged")
    with _locked(aside) as file:
        _write(file, line)
    log.error("spool.damaged", file=str(aside), because=str(error), advice=_LOOK)


def _write(file: int, line: bytes) -> None:
    """Add a line; one that was cut off before it is ended first, so that only it is lost."""
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        line = b"\n" + line
    while line:
        line = line[os.write(file, line) :]
    os.fsync(file)


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """Open a file to append to and lock it, unless it was taken away in between: then anew."""
    while True:
        file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if _is_still(path, file):
                yield file
                return
        finally:
            os.close(file)


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(file)


def _is_still(path: Path, file: int) -> bool:
    try:
        return path.stat().st_ino == os.fstat(file).st_ino
    except FileNotFoundError:
        return False


def _age(path: Path) -> tuple[int, str]:
    return path.stat().st_mtime_ns, path.name


def _sync(directory: Path) -> None:
    """Bring the folder's own entries to the disk."""
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
