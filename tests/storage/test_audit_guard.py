"""The audit can be added to, and nothing else, on each database."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from domain.audit import Deed, person
from storage import schema
from storage.audit import AuditBook
from storage.audit_guard import guarded
from storage.engine import open_engine
from storage.tables import AuditRow
from tests.servers import MariaDb

DEED = Deed("site.stop", "site moment", "they called")


@pytest.mark.parametrize(
    "changing",
    [delete(AuditRow), update(AuditRow).values(actor="nobody"), update(AuditRow).values(id=9)],
)
def test_a_line_can_neither_be_changed_nor_deleted(engine: Engine, changing: object) -> None:
    book = AuditBook(engine)
    book.note(person("mina"), DEED)
    with pytest.raises(DBAPIError, match="only appended to"), engine.begin() as connection:
        connection.execute(changing)  # type: ignore[call-overload]
    (line,) = book.newest()
    assert (line.actor, line.deed) == (person("mina"), DEED)


class LoggingMariaDb(MariaDb):
    """One with a binary log, as MySQL 8+ has by default: it trusts no triggers of users."""

    def command(self) -> list[str]:
        return [*super().command(), "--log-bin=binary-log", "--server-id=1"]


@pytest.fixture(scope="module")
def server() -> Iterator[LoggingMariaDb]:
    with tempfile.TemporaryDirectory(prefix="danga-mariadb-") as directory:
        started = LoggingMariaDb(Path(directory)).install().start()
        yield started
        started.kill()


RIGHTS = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES"


@pytest.mark.parametrize("rights", [RIGHTS, "ALL"], ids=["few rights", "all of its database"])
def test_a_user_who_may_make_no_trigger_gets_all_tables_and_the_guard_comes_later(
    server: LoggingMariaDb, rights: str
) -> None:
    url = server.new_database()
    database = url.rpartition("/")[2]
    user = f"{database}@127.0.0.1"
    server.execute(f"CREATE USER {user} IDENTIFIED BY 'x'")
    server.execute(f"GRANT {rights} ON {database}.* TO {user}")
    modest_url = make_url(url).set(username=database, password="x")
    modest = open_engine(modest_url.render_as_string(hide_password=False))
    schema.upgrade(modest)
    AuditBook(modest).note(person("mina"), DEED)
    with modest.connect() as connection:
        assert not guarded(connection)
    server.execute(f"GRANT TRIGGER ON {database}.* TO {user}")
    server.execute("SET GLOBAL log_bin_trust_function_creators = 1")
    schema.upgrade(modest)
    with modest.connect() as connection:
        assert guarded(connection)
    modest.dispose()
    with pytest.raises(DBAPIError, match="only appended to"):
        server.execute(f"DELETE FROM {database}.audit")  # not even root by a slip
    server.execute("SET GLOBAL log_bin_trust_function_creators = 0")
