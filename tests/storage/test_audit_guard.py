"""The audit can be added to, and nothing else, on each database."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, create_engine, delete, text, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

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


def test_a_user_who_may_make_no_trigger_gets_all_tables_and_the_guard_comes_later(
    mariadb: MariaDb, mariadb_url: str
) -> None:
    database = mariadb_url.rpartition("/")[2]
    user = f"{database[:20]}_u"
    mariadb.execute(f"CREATE USER {user}@'127.0.0.1' IDENTIFIED BY 'x'")
    rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES"
    mariadb.execute(f"GRANT {rights} ON {database}.* TO {user}@'127.0.0.1'")
    url = make_url(mariadb_url).set(username=user, password="x")
    modest = open_engine(url.render_as_string(hide_password=False))
    schema.upgrade(modest)
    AuditBook(modest).note(person("mina"), DEED)
    with modest.connect() as connection:
        assert not guarded(connection)
    mariadb.execute(f"GRANT TRIGGER ON {database}.* TO {user}@'127.0.0.1'")
    schema.upgrade(modest)
    with modest.connect() as connection:
        assert guarded(connection)
    modest.dispose()
    root = create_engine(make_url(mariadb_url).set(drivername="mysql+pymysql"), poolclass=NullPool)
    with pytest.raises(DBAPIError, match="only appended to"), root.begin() as connection:
        connection.execute(text("DELETE FROM audit"))  # not even root by mistake
    mariadb.execute(f"DROP USER {user}@'127.0.0.1'")
