"""Real servers for the tests that claim them: private, on free ports, gone when the tests end.

`MariaDb` and `Redis` are started once per test process and may be stopped and started again in
the middle of a test (same port, same data), to prove what happens while they are away.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

MYSQL_URL = "DANGA_TEST_MYSQL_URL"
"""The url of a MySQL on which the tests may create databases called `danga_...`."""

SERVERS = ("mariadb", "mysql") if os.environ.get(MYSQL_URL) else ("mariadb",)
"""The database servers of this run, by the prefix of their fixtures."""

DATABASES = ("sqlite", *SERVERS)
"""All databases of this run."""

_STARTS_WITHIN = 30.0


def wait_until(condition: Callable[[], object], timeout: float = 10.0, what: str = "") -> None:
    """Return as soon as `condition` holds; fail when it did not within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what or condition}")
        time.sleep(0.01)


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether something accepts connections on 127.0.0.1:`port`."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def program(name: str, package: str) -> str:
    """Return the path of a server program; without it the tests that need it fail, saying so."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise AssertionError(f"{name} is missing: apt-get install {package}")
    return found


class Server:
    """One child process in a folder of its own, which ends with its parent."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """Return the command line that serves on `self.port` in the foreground."""
        raise NotImplementedError

    def answers(self) -> bool:
        """Whether a client would be served now."""
        return listens(self.port)

    def start(self) -> Self:
        """Start, or start again on the same port and data; return when it answers."""
        with (self.directory / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._wrapped(), *self.command()], stdout=log, stderr=log, cwd=self.directory
            )
        wait_until(self._answers_or_died, _STARTS_WITHIN, f"{self.command()[0]} starts")
        return self

    def stop(self) -> None:
        """End it in order, as an operator does."""
        self._end(lambda process: process.terminate())

    def kill(self) -> None:
        """End it as a power cut does."""
        self._end(lambda process: process.kill())

    def _end(self, how: Callable[[subprocess.Popen[bytes]], None]) -> None:
        if self._process is not None:
            how(self._process)
            self._process.wait(30)
            self._process = None

    def _answers_or_died(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            log = (self.directory / "server.log").read_text(errors="replace")
            raise AssertionError(f"{self.command()[0]} died:\n{log[-2000:]}")
        return self.answers()

    def _wrapped(self) -> list[str]:
        """A killed test run leaves no server behind: the kernel ends it with its parent."""
        setpriv = shutil.which("setpriv")
        if setpriv is None:
            return []
        return [setpriv, *self.identity(), "--pdeathsig", "KILL"]

    def identity(self) -> list[str]:
        """Return the options of setpriv that choose the user; the own one by default."""
        return []


class Databases:
    """A server that speaks MySQL's protocol, and may be asked for databases of one's own."""

    @property
    def server_url(self) -> str:
        """Its url without a database, ending in a slash."""
        raise NotImplementedError

    def execute(self, statement: str) -> None:
        """Run one statement outside any database."""
        url = make_url(self.server_url).set(drivername="mysql+pymysql")
        with create_engine(url, poolclass=NullPool).begin() as connection:
            connection.execute(text(statement))

    def new_database(self) -> str:
        """Create an empty database and return its url."""
        name = f"danga_{uuid.uuid4().hex[:16]}"  # other test processes may share the server
        self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database of `new_database`."""
        self.execute(f"DROP DATABASE IF EXISTS {url.rpartition('/')[2]}")

    def url(self, database: str) -> str:
        """Return the url of a database of this server."""
        return self.server_url + database


class GivenMySql(Databases):
    """The MySQL that `DANGA_TEST_MYSQL_URL` names; it is neither started nor stopped here."""

    @property
    def server_url(self) -> str:
        """As the environment gives it."""
        return os.environ[MYSQL_URL].rstrip("/") + "/"


class MariaDb(Server, Databases):
    """A MariaDB server with an empty root password, bare defaults (latin1) and small buffers."""

    def command(self) -> list[str]:
        """Flush to the disk once a second only: nobody pulls the plug on a test."""
        return [
            program("mariadbd", "mariadb-server"),
            "--no-defaults",
            f"--datadir={self.directory / 'data'}",
            f"--socket={self.directory / 'socket'}",
            f"--pid-file={self.directory / 'pid'}",
            f"--tmpdir={self.directory}",
            f"--port={self.port}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-buffer-pool-size=32M",
            "--innodb-log-file-size=16M",
            "--performance-schema=OFF",
            "--max-connections=80",
            *_as_mysql(),
        ]

    def identity(self) -> list[str]:
        """Change the user before the server starts: its own change would lose the signal."""
        groups = ["--reuid=mysql", "--regid=mysql", "--clear-groups"]
        return groups if os.geteuid() == 0 else []

    def install(self) -> Self:
        """Create the system tables (0.7 s)."""
        self.directory.chmod(0o755)  # root's temporary folders are closed to the user mysql
        data = self.directory / "data"
        data.mkdir()
        for folder in (self.directory, data):
            if _as_mysql():
                shutil.chown(folder, "mysql")
        subprocess.run(
            [
                program("mariadb-install-db", "mariadb-server"),
                "--no-defaults",
                f"--datadir={data}",
                # Its own: a server that starts removes every temporary table it finds in /tmp.
                f"--tmpdir={self.directory}",
                "--skip-test-db",
                "--auth-root-authentication-method=normal",
                *_as_mysql(),
            ],
            check=True,
            capture_output=True,
        )
        return self

    def answers(self) -> bool:
        """Whether it lets root in."""
        with suppress(OperationalError):
            self.execute("DO 1")
            return True
        return False

    @property
    def server_url(self) -> str:
        """As root, who has no password."""
        return f"mysql://root@127.0.0.1:{self.port}/"


class Redis(Server):
    """A Redis server that keeps nothing on disk and never evicts."""

    def command(self) -> list[str]:
        """As the broker and the pace need it."""
        return [
            program("redis-server", "redis-server"),
            *("--port", str(self.port), "--bind", "127.0.0.1"),
            *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
        ]

    @property
    def url(self) -> str:
        """The url of its database 0."""
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def private_mariadb() -> Iterator[MariaDb]:
    """Install and run a MariaDB of one's own."""
    with tempfile.TemporaryDirectory(prefix="danga-mariadb-") as directory:
        server = MariaDb(Path(directory)).install().start()
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def private_redis() -> Iterator[Redis]:
    """Run a Redis of one's own."""
    with tempfile.TemporaryDirectory(prefix="danga-redis-") as directory:
        server = Redis(Path(directory)).start()
        try:
            yield server
        finally:
            server.kill()


def _as_mysql() -> list[str]:
    return ["--user=mysql"] if os.geteuid() == 0 else []
