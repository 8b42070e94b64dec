"""`danga db` as a person types it; what it does stands in tests/storage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from storage.audit import AuditBook
from storage.engine import open_engine
from storage.heartbeats import HeartbeatBook
from storage.tables import ReadingRow, ReadingsKeptRow
from storage.transaction import reading
from tests.admin.conftest import Danga
from tests.admin.test_leave_command import DECLARED, agency
from tests.servers import MariaDb
from tests.storage.test_partitions import fill, row

__all__ = ["agency"]
PASSWORD = "s3cret-Pw"


@pytest.fixture
def file(agency: Danga) -> Iterator[Engine]:
    """The database of the agency's workspace."""
    assert DECLARED["clients"]
    engine = open_engine(f"sqlite:///{agency.workspace / 'danga.db'}")
    yield engine
    engine.dispose()


@pytest.fixture
def server(mariadb: MariaDb) -> Iterator[str]:
    """The url of an empty database, for a user who has a password, without it."""
    url = mariadb.new_database()
    name = url.rpartition("/")[2]
    mariadb.execute(f"CREATE USER {name}@'%' IDENTIFIED BY '{PASSWORD}'")
    mariadb.execute(f"GRANT ALL ON {name}.* TO {name}@'%'")
    yield url.replace("root", name)
    mariadb.execute(f"DROP USER {name}@'%'")
    mariadb.drop(url)


def with_password(url: str) -> str:
    return url.replace("@", f":{PASSWORD}@")


def test_all_of_it_moves_to_a_server_and_goes_on_there(
    agency: Danga, file: Engine, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(file, [row(datetime(2026, 3, 3, tzinfo=UTC))])
    ran = agency("db", "copy", "--to", server, stdin=f"{PASSWORD}\n")
    assert ran.code == 0, ran.err
    assert "All of it is there" in ran.out
    assert PASSWORD not in ran.out + ran.err
    monkeypatch.setenv("NEW_URL", with_password(server))
    again = agency("db", "copy", "--to", "env:NEW_URL")
    assert (again.code, "audit: holds" in again.err) == (2, True)
    assert AuditBook(file).newest(action="db.copy") == ()
    monkeypatch.setenv("DANGA_DATABASE_URL", with_password(server))
    logins = agency("login", "list", "--json").json()["logins"]
    assert [one["name"] for one in logins] == ["env", "kim"]
    newest = agency("audit", "--action", "db.copy", "--json").json()["audit"]
    assert newest[0]["detail"]["tables"] > 30
    assert agency("db", "copy", "--to", "env:NEW_URL").code == 2  # no file to copy from


@pytest.mark.parametrize(
    ("to", "told"),
    [
        ("mysql://root:geheim@db/danga", "holds a password, which others can read there"),
        ("env:NOWHERE", "no such variable"),
        ("sqlite:///other.db", "names no database of MySQL or MariaDB"),
        ("mysql://db", "names no database of MySQL or MariaDB"),
        ("what", "is no database url"),
    ],
)
def test_an_address_that_will_not_do_is_refused_before_anything_is_opened(
    agency: Danga, to: str, told: str
) -> None:
    ran = agency("db", "copy", "--to", to)
    assert (ran.code, told in ran.err) == (2, True), ran.err
    assert "geheim" not in ran.out + ran.err


def test_while_somebody_works_with_the_file_nothing_is_copied(
    agency: Danga, file: Engine, server: str
) -> None:
    HeartbeatBook(file).beat("another-machine:7", "tick")
    ran = agency("db", "copy", "--to", server, stdin=f"{PASSWORD}\n")
    assert (ran.code, "another-machine:7" in ran.err, "Stop `danga up`" in ran.err) == (
        4,
        True,
        True,
    )


def test_old_months_are_shown_first_and_go_when_somebody_says_so(
    agency: Danga, file: Engine
) -> None:
    now = datetime.now(UTC)
    fill(file, [row(now - timedelta(days=40 * months), entity=1) for months in range(6)])
    old = agency("db", "prune", "--older-than", "3", "--json").json()
    assert (old["done"], {one["what"] for one in old["old"]}) == (False, {"reading"})
    shown = agency("db", "prune", "--older-than", "3")
    assert "would go" in shown.out
    assert "danga db prune --yes" in shown.out
    with reading(file) as connection:
        assert connection.scalar(select(ReadingsKeptRow.since)) is None
    done = agency("db", "prune", "--older-than", "3", "--yes")
    assert (done.code, "gone" in done.out) == (0, True)
    with reading(file) as connection:
        kept = connection.scalar(select(ReadingsKeptRow.since))
        oldest = connection.scalar(select(ReadingRow.slot_at).order_by(ReadingRow.slot_at))
    assert oldest is not None
    assert kept is not None
    assert kept <= oldest < now - timedelta(days=89)
    assert agency("db", "prune").out == "Nothing is older than it is kept.\n"
    assert agency("db", "prune", "--older-than", "2").code == 2


def test_the_sql_of_a_reader_names_every_view_and_no_table(
    agency: Danga, server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert agency("db", "reader", "bi").code == 2  # a file has no users
    monkeypatch.setenv("DANGA_DATABASE_URL", with_password(server))
    printed = agency("db", "reader", "b'i", "--host", "10.0.0.5").out
    assert "CREATE USER IF NOT EXISTS 'b''i'@'10.0.0.5' ACCOUNT LOCK;" in printed
    granted = [line.split("`")[3] for line in printed.splitlines() if line.startswith("GRANT")]
    assert len(granted) == 6
    assert all(name.startswith("v_") for name in granted)
    assert PASSWORD not in printed
