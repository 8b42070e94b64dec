"""A file that a command writes where a person says: new, and for its owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from domain.errors import BadInput, Fault


def write_new(path: Path, content: bytes) -> None:
    """Create the file with mode 0600 from its first byte on; it is on the disk afterwards.

    Raises:
        BadInput: it is there already, or cannot be written; nothing of ours is left then.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BadInput(Fault(str(path), "is there already", "name a new file")) from None
    except OSError as error:
        raise _unwritable(path, error) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:  # half a key, or half a session, would pass for a whole one
        path.unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(Fault(str(path), f"cannot be written: {error.strerror}"))
