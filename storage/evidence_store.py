"""What failed pages looked like: sealed files in one folder, and an index of them.

The files are the truth, the index can be rebuilt: while the database is away evidence is kept
all the same, and joins the index when it is back. Bounded by age and by size, the oldest go
first. Evidence comes here with its secrets removed; it still holds names and figures of
customers, hence the seal.
"""

from __future__ import annotations

import os
import re
import secrets
import socket
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, delete, func, select

from domain.evidence import Evidence
from storage.errors import DatabaseAway, EvidenceGone, EvidenceNotKept, EvidenceUnreadable
from storage.evidence_file import ItemLimits, cut, pack, unpack
from storage.keyring import Keyring, Purpose
from storage.rekeying import Rekeyed, Resealer
from storage.tables.evidence import EvidenceRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert

_SUFFIX = ".sealed"
_PART = ".part"
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{12}")
_MOMENT = "%Y%m%d-%H%M%S"
_LEFT_BEHIND_SECONDS = 3600
_COLUMNS = ("id", "login", "site", "verdict", "taken_at", "bytes", "machine")


@dataclass(frozen=True, slots=True)
class StoreLimits:
    """How much evidence one machine keeps, and how long (business time)."""

    total_bytes: int = 500 * 2**20
    kept: timedelta = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class KeptEvidence:
    """What the index says of one piece of evidence; `bytes` on the disk of `machine`."""

    id: str
    login: str
    site: str
    verdict: str
    taken_at: datetime
    bytes: int
    machine: str


class EvidenceStore:
    """Keeps evidence in `folder` (created with mode 700), files with mode 600."""

    def __init__(
        self,
        engine: Engine,
        keyring: Keyring,
        folder: Path,
        *,
        limits: StoreLimits | None = None,
        item_limits: ItemLimits | None = None,
        machine: str | None = None,
    ) -> None:
        self._engine = engine
        self._fernet = keyring.fernet(Purpose.EVIDENCE)
        self._folder = folder
        self._limits = limits or StoreLimits()
        self._item_limits = item_limits or ItemLimits()
        self._machine = machine or socket.gethostname()

    def keep(self, evidence: Evidence) -> str:
        """Cut it to size, seal it, write it, list it, and return its id.

        While the database is away the file waits for its place in the index.

        Raises:
            EvidenceNotKept: the file could not be written.
        """
        kept = cut(evidence, self._item_limits)
        moment = kept.taken_at.astimezone(UTC)
        evidence_id = f"{moment:{_MOMENT}}-{secrets.token_hex(6)}"
        try:
            self._write(evidence_id, pack(kept, evidence_id, self._fernet))
        except OSError as error:
            raise EvidenceNotKept(f"{self._folder}: {error.strerror}") from error
        with suppress(DatabaseAway):
            self.sweep(moment)
        return evidence_id

    def show(self, evidence_id: str) -> Evidence:
        """Return the evidence with that id.

        Raises:
            EvidenceGone: there is none, or its file is on another machine.
            EvidenceUnreadable: it was changed, or sealed with another key.
        """
        if not _is_id(evidence_id):
            raise EvidenceGone("That is no id of evidence")
        path = self._path(evidence_id)
        if path.is_file():
            return unpack(path.read_bytes(), evidence_id, self._fernet)
        machine = self._machine_of(evidence_id)
        if machine is None:
            raise EvidenceGone(f"There is no evidence {evidence_id}")
        raise EvidenceGone(f"Evidence {evidence_id} is not in {self._folder}; {machine} kept it")

    def list(self, login: str | None = None, most: int = 100) -> tuple[KeptEvidence, ...]:
        """Return what the index holds, of one login or of all, the newest first."""
        columns = [getattr(EvidenceRow, name) for name in _COLUMNS]
        chosen = select(*columns).order_by(EvidenceRow.taken_at.desc(), EvidenceRow.id).limit(most)
        if login is not None:
            chosen = chosen.where(EvidenceRow.login == login)
        with reading(self._engine) as connection:
            return tuple(KeptEvidence(*row) for row in connection.execute(chosen))

    def sweep(self, now: datetime) -> int:
        """Delete what is too old or too much, and bring the index to what the folder holds.

        Returns how many pieces were deleted. `now` is business time.

        Raises:
            DatabaseAway: the files are swept, the index will be by the next sweep.
        """
        gone = list(self._outdated(now))
        for path in gone:
            path.unlink(missing_ok=True)
        self._clear_parts()
        self._bring_index_up_to_date(now)
        return len(gone)

    def erase(self, ids: Collection[str]) -> int:
        """Delete these pieces, as far as this machine keeps them; return how many that were.

        The files go first: what fails in between is found again by the index.
        """
        mine = [one for one in ids if _is_id(one) and self._path(one).exists()]
        for evidence_id in mine:
            self._path(evidence_id).unlink(missing_ok=True)
        struck_out = delete(EvidenceRow).where(
            EvidenceRow.id.in_(ids), EvidenceRow.machine == self._machine
        )
        run_in_transaction(self._engine, lambda connection: connection.execute(struck_out))
        return len(mine)

    def rekey(self, keyring: Keyring) -> Rekeyed:
        """Seal the files of this machine with the newest key; run it again if it was stopped.

        Raises:
            EvidenceNotKept: a file could not be written; it is as it was.
        """
        resealer, done = Resealer(keyring, Purpose.EVIDENCE), Rekeyed("evidence")
        for path in self._files():
            with suppress(FileNotFoundError):  # swept meanwhile
                fresh = resealer.anew(path.read_bytes(), path.stem, done)
                done.resealed += fresh is not None and self._replace(path, fresh)
        return done

    def elsewhere(self) -> dict[str, int]:
        """Return how many pieces other machines keep: their files are sealed anew over there."""
        others = (
            select(EvidenceRow.machine, func.count().label("pieces"))
            .where(EvidenceRow.machine != self._machine)
            .group_by(EvidenceRow.machine)
        )
        with reading(self._engine) as connection:
            return {row.machine: row.pieces for row in connection.execute(others)}

    def _replace(self, path: Path, sealed: bytes) -> bool:
        if not path.exists():  # swept while it was sealed: it stays gone
            return False
        try:
            self._write(path.stem, sealed)
        except OSError as error:
            raise EvidenceNotKept(f"{self._folder}: {error.strerror}") from error
        return True

    def _path(self, evidence_id: str) -> Path:
        return self._folder / f"{evidence_id}{_SUFFIX}"

    def _write(self, evidence_id: str, sealed: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        part = self._folder / f"{evidence_id}-{secrets.token_hex(4)}{_PART}"
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(sealed)
        part.replace(self._path(evidence_id))

    def _outdated(self, now: datetime) -> Iterator[Path]:
        total = 0
        for path in sorted(self._files(), reverse=True):  # names begin with their moment
            total += _size(path)
            if total > self._limits.total_bytes or now - _moment_of(path.stem) > self._limits.kept:
                yield path

    def _bring_index_up_to_date(self, now: datetime) -> None:
        # The index is read before the folder: what another process keeps meanwhile is listed
        # twice at most, never struck out.
        with reading(self._engine) as connection:
            mine = select(EvidenceRow.id).where(EvidenceRow.machine == self._machine)
            listed = set(connection.scalars(mine))
        files = {path.stem: path for path in self._files()}
        fresh = [row for name in files.keys() - listed for row in self._rows_of(files[name])]
        # What a machine left behind that is gone for good leaves the index by its age.
        outdated = EvidenceRow.taken_at < now - 2 * self._limits.kept
        struck_out = delete(EvidenceRow).where(EvidenceRow.id.in_(listed - files.keys()) | outdated)

        def work(connection: Connection) -> None:
            upsert(connection, EvidenceRow, fresh)
            connection.execute(struck_out)

        run_in_transaction(self._engine, work)

    def _rows_of(self, path: Path) -> Iterator[dict[str, object]]:
        """Yield the file's row; none for one that does not open, or that is gone again."""
        with suppress(FileNotFoundError, EvidenceUnreadable):
            evidence = unpack(path.read_bytes(), path.stem, self._fernet)
            yield {
                "id": path.stem,
                "login": evidence.login,
                "site": evidence.site,
                "verdict": evidence.verdict.kind.value,
                "taken_at": evidence.taken_at,
                "bytes": _size(path),
                "machine": self._machine,
                "path": path.name,
            }

    def _clear_parts(self) -> None:
        for path in self._folder.glob(f"*{_PART}"):
            with suppress(FileNotFoundError):
                if time.time() - path.stat().st_mtime > _LEFT_BEHIND_SECONDS:
                    path.unlink()

    def _files(self) -> Iterator[Path]:
        return (path for path in self._folder.glob(f"*{_SUFFIX}") if _is_id(path.stem))

    def _machine_of(self, evidence_id: str) -> str | None:
        with reading(self._engine) as connection:
            return connection.scalar(
                select(EvidenceRow.machine).where(EvidenceRow.id == evidence_id)
            )


def _is_id(text: str) -> bool:
    try:
        return bool(_ID.fullmatch(text)) and bool(_moment_of(text))
    except ValueError:  # digits, but no date
        return False


def _moment_of(evidence_id: str) -> datetime:
    return datetime.strptime(evidence_id[:15], _MOMENT).replace(tzinfo=UTC)


def _size(path: Path) -> int:
    """Return the bytes of a file, 0 where another process has deleted it meanwhile."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
