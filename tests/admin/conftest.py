"""A workspace of one's own for each test, and the real command line in this process."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from admin.cli import app


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command answered."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        """Return the one JSON document on stdout."""
        return json.loads(self.out)


class Danga:
    """Runs `danga` commands in a workspace."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace

    def __call__(self, *words: str | Path, stdin: str = "") -> Ran:
        """Run one command in the workspace."""
        return run("--workspace", self.workspace, *words, stdin=stdin)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the workspace."""
        path = self.workspace / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


def run(*words: str | Path, stdin: str = "") -> Ran:
    """Run one command."""
    result = CliRunner().invoke(app, [str(word) for word in words], input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("DANGA_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    yield
    structlog.reset_defaults()  # a command sends the log to the stderr of its own run


@pytest.fixture
def danga(made_workspace: Path, tmp_path: Path) -> Danga:
    """The command line with a fresh workspace."""
    folder = tmp_path / "ws"
    shutil.copytree(made_workspace, folder)
    return Danga(folder)
