"""Seal everything anew with the newest key of the ring, beside visits that go on.

Nothing is remembered between two runs: what the newest key opens is done, so a run that was
killed is simply run again. A row is replaced only where it is still the one that was read. What
is opened here is never looked at, so that a row which was tampered with stays one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, and_, or_, select, update

from storage.keyring import Keyring, Purpose
from storage.seal import InvalidToken, reseal
from storage.tables import LoginCredentialRow, LoginRow, ProofPageRow
from storage.tables.session import SessionVersionRow
from storage.transaction import reading, run_in_transaction

_BATCH = 20
"""Rows in memory, and in one short transaction: a session may have megabytes."""


@dataclass(slots=True)
class Rekeyed:
    """What a run did with one kind of secret."""

    kind: str
    resealed: int = 0
    already: int = 0
    """Sealed with the newest key before."""
    moved: int = 0
    """Replaced or gone between looking and sealing."""
    unreadable: list[str] = field(default_factory=list)
    """Opened by no key of the ring, by login and version; left as they are."""


class Resealer:
    """Seals what one purpose's older keys have sealed with its newest key."""

    def __init__(self, keyring: Keyring, purpose: Purpose) -> None:
        self._ring = keyring.fernet(purpose)
        self._newest = keyring.newest.fernet(purpose)

    def anew(self, sealed: bytes, name: str, done: Rekeyed) -> bytes | None:
        """Return it sealed anew, or None where nothing is to do, which is counted in `done`."""
        try:
            fresh = reseal(self._ring, self._newest, sealed)
        except InvalidToken:
            done.unreadable.append(name)
            return None
        done.already += fresh is None
        return fresh


def rekey_sessions(engine: Engine, keyring: Keyring) -> Rekeyed:
    """Seal every version of every session with the newest key.

    Raises:
        DatabaseAway: what was done stays done; run it again.
    """
    resealer, done = Resealer(keyring, Purpose.SESSION), Rekeyed("sessions")
    for batch in _session_batches(engine):
        _replace(engine, [one for row in batch for one in _session(row, resealer, done)], done)
    return done


def rekey_credentials(engine: Engine, keyring: Keyring) -> Rekeyed:
    """Seal every stored password with the newest key.

    Raises:
        DatabaseAway: what was done stays done; run it again.
    """
    resealer, done = Resealer(keyring, Purpose.CREDENTIALS), Rekeyed("passwords")
    columns = (LoginCredentialRow.login_id, LoginCredentialRow.ciphertext, LoginRow.name)
    rows = select(*columns).join(LoginRow, LoginRow.id == LoginCredentialRow.login_id)
    with reading(engine) as connection:
        found = connection.execute(rows.order_by(LoginRow.name)).all()
    _replace(engine, [one for row in found for one in _password(row, resealer, done)], done)
    return done


def rekey_proof(engine: Engine, keyring: Keyring) -> Rekeyed:
    """Seal every page that is kept as proof with the newest key.

    Raises:
        DatabaseAway: what was done stays done; run it again.
    """
    resealer, done = Resealer(keyring, Purpose.EVIDENCE), Rekeyed("proof")
    columns = (ProofPageRow.id, ProofPageRow.taken_at, ProofPageRow.ciphertext)
    rows = select(*columns).order_by(ProofPageRow.id).limit(_BATCH)
    after = ""
    while True:
        with reading(engine) as connection:
            batch = connection.execute(rows.where(ProofPageRow.id > after)).all()
        if not batch:
            return done
        _replace(engine, [one for row in batch for one in _proof(row, resealer, done)], done)
        after = batch[-1].id


@dataclass(frozen=True, slots=True)
class _Swap:
    table: type[SessionVersionRow] | type[LoginCredentialRow] | type[ProofPageRow]
    same: Sequence[Any]
    """Conditions under which the row is still the one that was read."""
    fresh: bytes


def _session(row: Row[*tuple[Any, ...]], resealer: Resealer, done: Rekeyed) -> Iterator[_Swap]:
    fresh = resealer.anew(row.ciphertext, f"{row.name}, version {row.version}", done)
    if fresh is not None:
        # Not by its ciphertext, which may have megabytes. Versions are written once; only those
        # of a login that was erased in between may begin anew.
        same = (
            SessionVersionRow.login_id == row.login_id,
            SessionVersionRow.version == row.version,
            SessionVersionRow.created_at == row.created_at,
        )
        yield _Swap(SessionVersionRow, same, fresh)


def _password(row: Row[*tuple[Any, ...]], resealer: Resealer, done: Rekeyed) -> Iterator[_Swap]:
    fresh = resealer.anew(row.ciphertext, row.name, done)
    if fresh is not None:
        same = (
            LoginCredentialRow.login_id == row.login_id,
            LoginCredentialRow.ciphertext == row.ciphertext,
        )
        yield _Swap(LoginCredentialRow, same, fresh)


def _proof(row: Row[*tuple[Any, ...]], resealer: Resealer, done: Rekeyed) -> Iterator[_Swap]:
    fresh = resealer.anew(row.ciphertext, row.id, done)
    if fresh is not None:
        same = (ProofPageRow.id == row.id, ProofPageRow.taken_at == row.taken_at)
        yield _Swap(ProofPageRow, same, fresh)


def _session_batches(engine: Engine) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Yield all versions in the order of their key, each batch read when it is its turn."""
    login, version = SessionVersionRow.login_id, SessionVersionRow.version
    columns = (login, version, SessionVersionRow.created_at, SessionVersionRow.ciphertext)
    rows = select(*columns, LoginRow.name).join(LoginRow, LoginRow.id == login)
    rows = rows.order_by(login, version).limit(_BATCH)
    after = (0, 0)
    while True:
        later = or_(login > after[0], and_(login == after[0], version > after[1]))
        with reading(engine) as connection:
            batch = connection.execute(rows.where(later)).all()
        if not batch:
            return
        yield batch
        after = (batch[-1].login_id, batch[-1].version)


def _replace(engine: Engine, swaps: Sequence[_Swap], done: Rekeyed) -> None:
    def work(connection: Connection) -> int:
        return sum(
            connection.execute(
                update(one.table).where(*one.same).values(ciphertext=one.fresh)
            ).rowcount
            for one in swaps
        )

    replaced = run_in_transaction(engine, work) if swaps else 0
    done.resealed += replaced
    done.moved += len(swaps) - replaced
