"""Rows of the vault that somebody changed in the database: nothing of them may ever open.

Bits flipped, cut, moved to another login or version, of another purpose or key, not sealed at
all; and, worst, sealed with the right key but holding a program.
"""

from __future__ import annotations

import base64
import json
import pickle
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Engine, insert, select, update

from bench.hostile_pickles import SHAPES, calls
from domain.session import BrowserSession
from storage.credential_store import CredentialStore
from storage.database_clock import database_now
from storage.guarded_pickle import dumps
from storage.keyring import Keyring, Purpose, generate_key
from storage.seal import seal
from storage.session_payload import to_plain
from storage.session_vault import SessionVault
from storage.tables import LoginCredentialRow, LoginRow
from storage.tables.session import SessionVersionRow

LOGINS = ("kim", "lee")
VERSIONS = 3
Dice = random.Random


@dataclass(frozen=True, slots=True)
class Ground:
    """A database with two logins, three sessions and a password each, and their keyring."""

    engine: Engine
    keyring: Keyring
    ids: tuple[int, int]

    @property
    def vault(self) -> SessionVault:
        """The vault, as a visit opens it."""
        return SessionVault(self.engine, self.keyring)

    @property
    def passwords(self) -> CredentialStore:
        """The passwords, as a visit opens them."""
        return CredentialStore(self.engine, self.keyring, {})

    def session(self, login: int, version: int) -> bytes:
        """Return a row's ciphertext."""
        row = SessionVersionRow
        wanted = select(row.ciphertext).where(row.login_id == login, row.version == version)
        with self.engine.connect() as connection:
            return connection.execute(wanted).scalar_one()

    def password(self, login: int) -> bytes:
        """Return a row's ciphertext."""
        wanted = select(LoginCredentialRow.ciphertext).where(LoginCredentialRow.login_id == login)
        with self.engine.connect() as connection:
            return connection.execute(wanted).scalar_one()

    def put_session(self, login: int, version: int, sealed: bytes) -> None:
        """Change a row behind everybody's back."""
        row = SessionVersionRow
        change = update(row).where(row.login_id == login, row.version == version)
        with self.engine.begin() as connection:
            connection.execute(change.values(ciphertext=sealed))

    def put_password(self, login: int, sealed: bytes) -> None:
        """Change a row behind everybody's back."""
        change = update(LoginCredentialRow).where(LoginCredentialRow.login_id == login)
        with self.engine.begin() as connection:
            connection.execute(change.values(ciphertext=sealed))


def prepared(engine: Engine) -> Ground:
    """Fill an empty database with logins, sessions and passwords."""
    keyring = Keyring([generate_key()])
    ground = Ground(engine, keyring, (_login(engine, "kim"), _login(engine, "lee")))
    for name, login in zip(LOGINS, ground.ids, strict=True):
        for version in range(VERSIONS):
            cookie = {"name": "sid", "value": f"{name}-{version}", "domain": "ads.example.com"}
            ground.vault.save(login, BrowserSession(cookies=(cookie,)), version, "bench")
        ground.passwords.keep_password(login, f"password of {name}")
    return ground


def _login(engine: Engine, name: str) -> int:
    with engine.begin() as connection:
        row = {
            "name": name,
            "sites": ["moment"],
            "home_site": "moment",
            "username": f"{name}@agency.example",
            "credential_source": "stored",
            "state": "active",
            "state_reason": "",
            "state_since": database_now(connection),
            "enabled": True,
        }
        added = connection.execute(insert(LoginRow).values(row)).inserted_primary_key
        assert added is not None
        return int(added[0])


def bytes_changed(dice: Dice, sealed: bytes) -> tuple[str, bytes]:
    """Return a ciphertext with bits flipped, cut, or longer."""
    changed = bytearray(sealed)
    what = dice.choice(["a bit flipped", "a bit flipped", "bytes flipped", "cut", "longer", "none"])
    if what == "a bit flipped":
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    elif what == "bytes flipped":
        for _ in range(dice.randint(2, 40)):
            changed[dice.randrange(len(changed))] ^= dice.randint(1, 255)
        if bytes(changed) == sealed:
            changed[0] ^= 1
    elif what == "cut":
        del changed[dice.randrange(len(changed)) :]
    elif what == "longer":
        changed += dice.randbytes(dice.randint(1, 64))
    else:
        changed = bytearray(dice.choice([b"", b"\x80", dice.randbytes(len(sealed))]))
    return what, bytes(changed)


@dataclass(frozen=True, slots=True)
class Row:
    """A session's place in the vault, and what somebody put there instead."""

    kind: str
    login: int
    version: int
    sealed: bytes


def session_rows(dice: Dice, ground: Ground, mark: Path, count: int) -> Iterator[Row]:
    """Yield `count` changed rows, every kind among them."""
    for number in range(count):
        login = dice.choice(ground.ids)
        version = dice.randint(1, VERSIONS)
        if number >= len(_SWAPS) and dice.random() < 0.6:
            kind, sealed = bytes_changed(dice, ground.session(login, version))
        else:
            kind, swap = _SWAPS[number] if number < len(_SWAPS) else dice.choice(_SWAPS)
            sealed = swap(_Place(dice, ground, mark, login, version))
        yield Row(kind, login, version, sealed)


@dataclass(frozen=True, slots=True)
class _Place:
    dice: Dice
    ground: Ground
    mark: Path
    login: int
    version: int

    @property
    def other_login(self) -> int:
        return next(one for one in self.ground.ids if one != self.login)

    @property
    def other_version(self) -> int:
        return self.dice.choice([one for one in range(1, VERSIONS + 1) if one != self.version])

    def bound(self, **changes: object) -> dict[str, object]:
        """Return what belongs into this place, with changes."""
        session = to_plain(BrowserSession(cookies=({"name": "sid", "value": "evil"},)))
        return {"login": self.login, "version": self.version, "session": session} | changes

    def sealed(self, plain: bytes, purpose: Purpose = Purpose.SESSION) -> bytes:
        """Return it sealed with the right key."""
        return seal(self.ground.keyring.fernet(purpose), plain)


def _program(place: _Place) -> bytes:
    payload = place.dice.choice(list(SHAPES.values()))(place.dice.choice(calls(place.mark)))
    good = pickle.dumps(place.bound(), protocol=2)
    return place.sealed(good[:-1] + payload + b"0.")


def _odd_shape(place: _Place) -> bytes:
    later = {**to_plain(BrowserSession()), "format": 2}
    odd: list[object] = [
        [],
        {},
        "sid",
        None,
        {"login": place.login, "version": place.version},
        place.bound(session=[]),
        place.bound(session=later),
        place.bound(session={"format": 1, "cookies": [1]}),
        place.bound(login=str(place.login)),
        place.bound(version=None),
    ]
    return place.sealed(dumps(place.dice.choice(odd)))


_SWAPS: tuple[tuple[str, Callable[[_Place], bytes]], ...] = (
    ("another login's", lambda at: at.ground.session(at.other_login, at.version)),
    ("another version's", lambda at: at.ground.session(at.login, at.other_version)),
    ("another of both", lambda at: at.ground.session(at.other_login, at.other_version)),
    ("a password's", lambda at: at.ground.password(at.login)),
    ("sealed as a password", lambda at: at.sealed(dumps(at.bound()), Purpose.CREDENTIALS)),
    ("sealed as evidence", lambda at: at.sealed(dumps(at.bound()), Purpose.EVIDENCE)),
    (
        "sealed with another key",
        lambda at: seal(Keyring([generate_key()]).fernet(Purpose.SESSION), dumps(at.bound())),
    ),
    ("not sealed", lambda at: dumps(at.bound())),
    ("not sealed, JSON", lambda at: json.dumps(at.bound()).encode()),
    (
        "in base64",
        lambda at: base64.urlsafe_b64encode(at.ground.session(at.login, at.version)),
    ),
    (
        "sealed for another login",
        lambda at: at.sealed(dumps(at.bound(login=at.other_login))),
    ),
    (
        "sealed for another version",
        lambda at: at.sealed(dumps(at.bound(version=at.other_version))),
    ),
    ("sealed twice", lambda at: at.sealed(at.sealed(dumps(at.bound())))),
    ("sealed, of another shape", _odd_shape),
    ("sealed, a program", _program),
)
