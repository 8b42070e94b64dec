from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from sqlalchemy import Engine

from tests.notify.agency import Office
from tests.notify.receiver import Receiver


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("DANGA_")]:
        monkeypatch.delenv(name)
    yield
    structlog.reset_defaults()


@pytest.fixture
def chat() -> Iterator[Receiver]:
    """A chat service that lives."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def office(tmp_path: Path, engine: Engine, chat: Receiver) -> Office:
    """An agency on each database; `PARK_CHAT` is the living chat service."""
    root = tmp_path / "ws"
    root.mkdir()
    made = Office(root, engine)
    made.environment(f"PARK_CHAT={chat.url}")
    return made
