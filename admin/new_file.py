"""A file that a command writes where a person says: new, whole, and for its owner alone."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from domain.errors import BadInput, Fault


def write_new(path: Path, content: bytes) -> None:
    """Create the file with mode 0600, all of it at once; it is on the disk afterwards.

    Raises:
        BadInput: it is there already, or cannot be written; nothing of ours is left then.
    """
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as error:
        raise _unwritable(path, error) from None
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    except FileExistsError:
        raise BadInput(Fault(str(path), "is there already", "name a new file")) from None
    except OSError as error:  # half a key, or half a session, would pass for a whole one
        raise _unwritable(path, error) from None
    finally:
        draft.unlink(missing_ok=True)


def _publish(draft: Path, path: Path) -> None:
    """Give the file its name, unless there is one of that name."""
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if path.exists():
            raise FileExistsError from None
        draft.rename(path)


def _unwritable(path: Path, error: OSError) -> BadInput:
    return BadInput(Fault(str(path), f"cannot be written: {error.strerror}"))
