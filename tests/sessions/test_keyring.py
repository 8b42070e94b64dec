"""The master key: kept from other users, never shown, apart for each purpose."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from cryptography.fernet import InvalidToken

from storage.errors import KeyUnusable
from storage.keyring import (
    Keyring,
    Purpose,
    generate_key,
    read_key_file,
    read_keys,
    write_key_file,
)


def test_a_ciphertext_of_one_purpose_does_not_open_as_another() -> None:
    keyring = Keyring([generate_key()])
    token = keyring.fernet(Purpose.SESSION).encrypt(b"cookies")
    assert keyring.fernet(Purpose.SESSION).decrypt(token) == b"cookies"
    for other in (Purpose.CREDENTIALS, Purpose.EVIDENCE):
        with pytest.raises(InvalidToken):
            keyring.fernet(other).decrypt(token)


def test_the_derivation_never_changes() -> None:
    """What an older Danga encrypted opens: the token was made by the first release."""
    key = base64.urlsafe_b64encode(bytes(range(32))).decode()
    token = (
        b"gAAAAABrARKxgjJwDpAAJvkHtOmGkjgT1cYJaaatOW1fU3kSkm_jPMXWGTPsGZoaeI6-MLOWlVyhoQPl"
        b"LNrRNHlZELSh6Dt2txqPUNgc-H_epkDMG9V8UO0="
    )
    assert Keyring([key]).fernet(Purpose.SESSION).decrypt(token) == b"the first release"


def test_the_newest_key_encrypts_and_the_older_ones_still_open() -> None:
    old, new = generate_key(), generate_key()
    before = Keyring([old]).fernet(Purpose.SESSION).encrypt(b"before")
    both = Keyring([new, old]).fernet(Purpose.SESSION)
    assert both.decrypt(before) == b"before"
    after = both.encrypt(b"after")
    assert Keyring([new]).fernet(Purpose.SESSION).decrypt(after) == b"after"
    with pytest.raises(InvalidToken):
        Keyring([old]).fernet(Purpose.SESSION).decrypt(after)


def test_a_key_shows_itself_neither_in_a_repr_nor_in_an_error() -> None:
    key = generate_key()
    assert key not in repr(Keyring([key]))
    half = key[:-8]
    with pytest.raises(KeyUnusable) as caught:
        Keyring([key, half])
    told = str(caught.value) + caught.value.next_step + repr(caught.value.__cause__)
    assert half not in told
    assert "Master key 2" in told


@pytest.mark.parametrize("text", ["", "# only a comment\n", "kimchi", "한글", "A" * 44, "=" * 44])
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(KeyUnusable):
        read_keys(text)


def test_keys_stand_apart_by_lines_or_commas() -> None:
    keys = [generate_key() for _ in range(3)]
    assert repr(read_keys(f"# newest\n{keys[0]}, {keys[1]}\n\n{keys[2]}\n")) == "<Keyring of 3>"


def test_a_written_key_file_opens_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "danga.key"
    write_key_file(path)
    assert path.stat().st_mode & 0o777 == 0o600
    token = read_key_file(path).fernet(Purpose.SESSION).encrypt(b"x")
    assert read_key_file(path).fernet(Purpose.SESSION).decrypt(token) == b"x"


def test_an_existing_key_file_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "danga.key"
    write_key_file(path)
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        write_key_file(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_key_file_open_to_others_is_refused_with_the_cure(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "danga.key"
    write_key_file(path)
    path.chmod(mode)
    with pytest.raises(KeyUnusable) as caught:
        read_key_file(path)
    assert f"chmod 600 {path}" in caught.value.next_step


def test_a_missing_key_file_or_a_device_is_named(tmp_path: Path) -> None:
    for path in (tmp_path / "nowhere.key", tmp_path, Path(os.devnull)):
        with pytest.raises(KeyUnusable, match=str(path)):
            read_key_file(path)
