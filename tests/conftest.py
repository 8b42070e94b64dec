"""Fixtures that every area may use: real databases and a real Redis.

`engine` runs a test twice: on SQLite and on MariaDB, each with all tables and no rows; and once
more on MySQL where `DANGA_TEST_MYSQL_URL` names one (`make test-mysql`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import Engine, inspect, text

from admin.door import Door
from admin.init_command import make_workspace
from storage import schema
from storage.engine import open_engine
from tests.servers import (
    DATABASES,
    SERVERS,
    Databases,
    GivenMySql,
    MariaDb,
    Redis,
    private_mariadb,
    private_redis,
)
from workers.workspace import Workspace


@pytest.fixture(scope="session")
def made_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `danga init` makes, to be copied (making it takes longer)."""
    folder = tmp_path_factory.mktemp("made") / "ws"
    make_workspace(Door(), Workspace(folder))
    return folder


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """The MariaDB of this test process; whoever stops it starts it again."""
    with private_mariadb() as server:
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Redis]:
    """The Redis of this test process; whoever stops it starts it again."""
    with private_redis() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: Redis) -> str:
    """The url of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def mariadb_url(mariadb: MariaDb) -> Iterator[str]:
    """The url of a fresh database without tables."""
    url = mariadb.new_database()
    yield url
    mariadb.drop(url)


@pytest.fixture
def mysql_url() -> Iterator[str]:
    """The url of a fresh database without tables."""
    server = GivenMySql()
    url = server.new_database()
    yield url
    server.drop(url)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The url of a database file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'danga.db'}"


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest) -> str:
    """The url of a database without tables, on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=SERVERS)
def server_url(request: pytest.FixtureRequest) -> str:
    """The url of a database without tables, on each database server."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(scope="session")
def migrated_mariadb(mariadb: MariaDb) -> Iterator[str]:
    """The url of a database with all tables, emptied for each test (migrating takes longer)."""
    yield from _migrated(mariadb)


@pytest.fixture(scope="session")
def migrated_mysql() -> Iterator[str]:
    """The url of a database with all tables, emptied for each test."""
    yield from _migrated(GivenMySql())


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with all tables, copied for each test."""
    path = tmp_path_factory.mktemp("migrated") / "danga.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=DATABASES)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An open database with all tables and no rows, on each database."""
    opened = open_engine(request.getfixturevalue(f"migrated_{request.param}_url"))
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_engine(migrated_sqlite_url: str) -> Iterator[Engine]:
    """An open SQLite database with all tables and no rows."""
    opened = open_engine(migrated_sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def migrated_sqlite_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The url of a SQLite database with all tables and no rows."""
    path = tmp_path / "danga.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture
def migrated_mariadb_url(migrated_mariadb: str) -> str:
    """The url of a MariaDB database with all tables and no rows."""
    _empty(migrated_mariadb)
    return migrated_mariadb


@pytest.fixture
def migrated_mysql_url(migrated_mysql: str) -> str:
    """The url of a MySQL database with all tables and no rows."""
    _empty(migrated_mysql)
    return migrated_mysql


def _migrated(server: Databases) -> Iterator[str]:
    url = server.new_database()
    _migrate(url)
    yield url
    server.drop(url)


def _migrate(url: str) -> None:
    opened = open_engine(url)
    schema.upgrade(opened)
    opened.dispose()


def _empty(url: str) -> None:
    opened = open_engine(url)
    tables = [name for name in inspect(opened).get_table_names() if name != "alembic_version"]
    with opened.begin() as connection:
        connection.execute(text("SET foreign_key_checks=0"))
        for name in tables:
            # The audit refuses DELETE; TRUNCATE takes longer, so only there.
            emptying = "TRUNCATE" if name == "audit" else "DELETE FROM"
            connection.execute(text(f"{emptying} `{name}`"))
    opened.dispose()
