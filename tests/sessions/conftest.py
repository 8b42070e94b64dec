"""Logins in a real database, and a keyring."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from storage.database_clock import database_now
from storage.keyring import Keyring, generate_key
from storage.tables.login import LoginLeaseRow, LoginRow

AddLogin = Callable[..., int]


@pytest.fixture
def keyring() -> Keyring:
    """A keyring with one fresh key."""
    return Keyring([generate_key()])


@pytest.fixture
def add_login(engine: Engine) -> AddLogin:
    """Return a function that adds a login with its free lease and returns its id."""
    return lambda name="kim", **columns: insert_login(engine, name, **columns)


@pytest.fixture
def login(add_login: AddLogin) -> int:
    """The id of a login called kim."""
    return add_login("kim", username="kim@agency.example")


def insert_login(engine: Engine, name: str, **columns: Any) -> int:
    """Add a login that nobody holds; `columns` override."""
    row = {
        "name": name,
        "sites": ["moment"],
        "home_site": "moment",
        "state": "new",
        "state_reason": "",
        "state_since": datetime(2026, 3, 3, tzinfo=UTC),
        "enabled": True,
    }
    with engine.begin() as connection:
        added = connection.execute(insert(LoginRow).values(row | columns)).inserted_primary_key
        assert added is not None
        login_id: int = added[0]
        now = database_now(connection)
        free = {"login_id": login_id, "kind": "", "token": 0, "expires_at": now}
        connection.execute(insert(LoginLeaseRow).values(free))
    return login_id
