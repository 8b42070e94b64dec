"""The master key, and from it one key for each purpose.

Sessions, credentials and evidence are encrypted with different keys (HKDF-SHA256 with the
purpose as info), so that a ciphertext of one kind never opens as another. Several master keys
may be given, newest first: the first encrypts, all decrypt. A key is called by its id, which
tells keys apart and says nothing about them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import stat
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.errors import KeyUnusable

_KEY_BYTES = 32
_ID_BYTES = 6
_HEADING = "# Danga's master key. Keep a copy apart from the database's backups."
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_MOST_BYTES = 64 * 1024
"""No key file is larger; a wrong path (`/dev/zero`, a database) ends here."""


class Purpose(StrEnum):
    """What a derived key may open. The values are part of the derivation: never change one."""

    SESSION = "session"
    CREDENTIALS = "credentials"
    EVIDENCE = "evidence"
    REFUSED = "refused"


class Keyring:
    """Hands out an encrypting object for each purpose; shows a key to `key backup` only.

    `keys` are master keys as `generate_key` writes them, newest first.

    Raises:
        KeyUnusable: there is none, or one is not 32 bytes of urlsafe base64.
    """

    __slots__ = ("_masters",)

    def __init__(self, keys: Sequence[str]) -> None:
        if not keys:
            raise KeyUnusable("No master key was given")
        self._masters = tuple(_decode(key, number) for number, key in enumerate(keys, start=1))

    def __repr__(self) -> str:
        return f"<Keyring of {len(self._masters)}>"

    def fernet(self, purpose: Purpose) -> MultiFernet:
        """Return what encrypts with the newest key of `purpose` and decrypts with any of them."""
        return MultiFernet([Fernet(_derive(master, purpose)) for master in self._masters])

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the ids of the keys, newest first."""
        return tuple(_hkdf(master, b"danga/1/id", _ID_BYTES).hex() for master in self._masters)

    @property
    def newest(self) -> Keyring:
        """Return a ring of the newest key alone: what it does not open is sealed with another."""
        alone = Keyring.__new__(Keyring)
        alone._masters = self._masters[:1]
        return alone

    def backup(self) -> str:
        """Return the text of a key file that holds all keys: a secret, for a person's copy."""
        lines = [_HEADING, *(base64.urlsafe_b64encode(one).decode() for one in self._masters)]
        return "\n".join(lines) + "\n"

    def marks(self, purpose: Purpose, data: bytes) -> tuple[str, ...]:
        """Return a keyed hash of `data` for each master key, newest first.

        Whoever has only the database cannot tell what was hashed, nor try guesses.
        """
        keys = (_derive(master, purpose) for master in self._masters)
        return tuple(hmac.new(key, data, hashlib.sha256).hexdigest() for key in keys)


def generate_key() -> str:
    """Return a new random master key: 32 bytes as urlsafe base64."""
    return base64.urlsafe_b64encode(os.urandom(_KEY_BYTES)).decode("ascii")


def read_keys(text: str) -> Keyring:
    """Return the keyring in `text`: keys apart by white space or commas, newest first.

    Lines that begin with # are comments.

    Raises:
        KeyUnusable: no key, or a malformed one.
    """
    lines = (line for line in text.splitlines() if not line.lstrip().startswith("#"))
    return Keyring([key for line in lines for key in line.replace(",", " ").split()])


def read_key_file(path: Path) -> Keyring:
    """Return the keyring in a file that only its owner can read.

    Raises:
        KeyUnusable: it is missing, others can read or change it, or it holds no usable key.
    """
    try:
        with path.open("rb") as file:
            _check_mode(path, os.fstat(file.fileno()))
            content = file.read(_MOST_BYTES)
    except OSError as error:
        raise KeyUnusable(f"The key file {path} cannot be read: {error.strerror}") from None
    try:
        return read_keys(content.decode("ascii"))
    except UnicodeDecodeError:
        raise KeyUnusable(f"The key file {path} is not text") from None
    except KeyUnusable as error:
        raise KeyUnusable(f"{path}: {error}", advice=error.next_step) from None


def write_key_file(path: Path) -> None:
    """Create `path`, mode 600, with a new key; never replaces a file.

    Raises:
        FileExistsError: there is one; what was encrypted with it would be lost.
    """
    _write(path, Keyring([generate_key()]).backup())


def add_key(path: Path) -> Keyring:
    """Put a new key before those of a key file and return the ring; all of it or nothing.

    Raises:
        KeyUnusable: the file is no usable key file, or cannot be written.
    """
    read_key_file(path)
    text = path.read_text(encoding="ascii")
    part = path.with_name(f"{path.name}.part")
    try:
        _write(
            part, f"# The newest key is the first; it seals, all open.\n{generate_key()}\n{text}"
        )
        part.replace(path)
    except OSError as error:
        raise KeyUnusable(
            f"The key file {path} cannot be written: {error.strerror}",
            advice=f"Remove {part} if an earlier try left it, and look at the folder's rights.",
        ) from None
    return read_key_file(path)


def _write(path: Path, text: str) -> None:
    """Create a file for its owner alone, and see it on the disk before going on."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _check_mode(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise KeyUnusable(f"The key file {path} is not a regular file")
    if status.st_mode & _OPEN_TO_OTHERS:
        mode = stat.S_IMODE(status.st_mode)
        raise KeyUnusable(
            f"The key file {path} is open to other users (mode {mode:03o})",
            advice=f"Run `chmod 600 {path}`; if others may have read it, make a new key.",
        )


def _decode(key: str, number: int) -> bytes:
    try:
        master = base64.b64decode(key.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        master = b""
    if len(master) != _KEY_BYTES:
        raise KeyUnusable(
            f"Master key {number} is not {_KEY_BYTES} bytes of urlsafe base64",
            advice="Copy the whole line as `danga init` wrote it.",
        )
    return master


def _derive(master: bytes, purpose: Purpose) -> bytes:
    info = b"danga/1/" + purpose.value.encode("ascii")
    return base64.urlsafe_b64encode(_hkdf(master, info, _KEY_BYTES))


def _hkdf(master: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(master)
