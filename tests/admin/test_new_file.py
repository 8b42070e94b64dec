from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from admin.new_file import write_new
from domain.errors import BadInput


def test_it_is_for_its_owner_alone_and_never_replaces_a_file(tmp_path: Path) -> None:
    path = tmp_path / "danga.key"
    write_new(path, b"one")
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="is there already"):
        write_new(path, b"two")
    assert path.read_bytes() == b"one"


def test_what_cannot_be_written_is_bad_input_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="cannot be written: No such file"):
        write_new(tmp_path / "nowhere" / "danga.key", b"one")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(BadInput, match="cannot be written: No space left"):
        write_new(tmp_path / "danga.key", b"one")
    assert list(tmp_path.iterdir()) == []
