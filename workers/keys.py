"""The master key of this machine, from its setting or its file."""

from __future__ import annotations

from storage.errors import KeyUnusable
from storage.keyring import Keyring, read_key_file, read_keys
from workers.settings import Settings


def open_keyring(settings: Settings) -> Keyring:
    """Return the keyring that `DANGA_KEY` holds, else that of the key file.

    Raises:
        KeyUnusable: it is missing, malformed, or others can read it.
    """
    if settings.key is None:
        return read_key_file(settings.key_path)
    try:
        return read_keys(settings.key.get_secret_value())
    except KeyUnusable as error:
        raise KeyUnusable(f"DANGA_KEY: {error}", advice=error.next_step) from None
