from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.engine import make_url

from domain.errors import BadInput
from storage import revision, schema
from storage.engine import forget_connections, open_engine
from storage.errors import DatabaseAway, DatabaseRefuses, SchemaBehind
from storage.transaction import reading, run_in_transaction
from tests.servers import SERVERS, MariaDb, free_port, wait_until

_COUNT = text("SELECT pages FROM counted")


def count_up(url: str, times: int) -> None:
    """Read, then write what was read plus one: the transaction that a deferred BEGIN loses."""
    engine = open_engine(url)

    def work(connection: Connection) -> None:
        pages = connection.scalar(_COUNT)
        assert pages is not None
        connection.execute(text("UPDATE counted SET pages = :pages"), {"pages": pages + 1})

    for _ in range(times):
        run_in_transaction(engine, work)
    engine.dispose()


def test_sqlite_writers_of_several_processes_queue_and_lose_nothing(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE counted (pages INTEGER)"))
        connection.execute(text("INSERT INTO counted VALUES (0)"))
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=count_up, args=(sqlite_url, 100)) for _ in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
        assert writer.exitcode == 0
    with reading(engine) as connection:
        assert connection.scalar(_COUNT) == 300
    engine.dispose()


def test_a_long_sqlite_read_keeps_no_writer_waiting(sqlite_engine: Engine) -> None:
    with reading(sqlite_engine) as report:
        before = report.scalar(text("SELECT count(*) FROM owner"))
        with sqlite_engine.begin() as writer:
            writer.execute(text("INSERT INTO owner (name, locale, enabled) VALUES ('x', 'ko', 1)"))
        assert report.scalar(text("SELECT count(*) FROM owner")) == before == 0


def test_sqlite_holds_foreign_keys_and_survives_a_power_cut(sqlite_engine: Engine) -> None:
    with sqlite_engine.connect() as connection:
        pragmas = [
            connection.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "foreign_keys", "synchronous")
        ]
    assert pragmas == ["wal", 1, 2]


@pytest.mark.parametrize(
    ("server", "isolation"),
    [(one, "tx_isolation" if one == "mariadb" else "transaction_isolation") for one in SERVERS],
)
def test_a_mysql_session_is_utc_strict_utf8mb4_and_read_committed(
    server: str, isolation: str, request: pytest.FixtureRequest
) -> None:
    engine = open_engine(request.getfixturevalue(f"{server}_url"))
    with engine.connect() as connection:
        settings = connection.execute(
            text(
                f"SELECT @@time_zone, @@character_set_client, @@{isolation},"
                " @@sql_mode LIKE '%STRICT_ALL_TABLES%', @@group_concat_max_len"
            )
        ).one()
    engine.dispose()
    assert tuple(settings) == ("+00:00", "utf8mb4", "READ-COMMITTED", 1, 2**20)


def test_a_database_that_is_away_is_named_so_and_found_again(mariadb: MariaDb) -> None:
    url = mariadb.new_database()
    engine = open_engine(url)
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    mariadb.kill()
    try:
        with pytest.raises(DatabaseAway), reading(engine) as connection:
            connection.scalar(text("SELECT 1"))
        with pytest.raises(DatabaseAway):
            run_in_transaction(engine, lambda connection: connection.scalar(text("SELECT 1")))
    finally:
        mariadb.start()
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    engine.dispose()
    mariadb.drop(url)


def test_a_connection_that_broke_in_the_middle_is_named_so(server_url: str) -> None:
    engine = open_engine(server_url)

    def work(connection: Connection) -> None:
        own = connection.scalar(text("SELECT CONNECTION_ID()"))
        with engine.connect() as other:
            other.execute(text(f"KILL {own}"))
        connection.scalar(text("SELECT 1"))

    with pytest.raises(DatabaseAway):
        run_in_transaction(engine, work)
    engine.dispose()


def test_a_connection_that_the_server_closed_for_its_silence_is_named_so(server_url: str) -> None:
    engine = open_engine(server_url)
    alive = text("SELECT count(*) FROM information_schema.processlist WHERE id = :id")

    def work(connection: Connection) -> None:
        own = {"id": connection.scalar(text("SELECT CONNECTION_ID()"))}
        connection.execute(text("SET SESSION wait_timeout = 1"))
        with engine.connect() as other:
            wait_until(lambda: not other.scalar(alive, own), what="the server closes it")
        connection.scalar(text("SELECT 1"))

    with pytest.raises(DatabaseAway):
        run_in_transaction(engine, work)
    engine.dispose()


def test_a_statement_that_never_answers_is_given_up(server_url: str) -> None:
    engine = open_engine(server_url, answer_within_seconds=1)
    with pytest.raises(DatabaseAway), reading(engine) as connection:
        connection.scalar(text("SELECT SLEEP(20)"))
    engine.dispose()


def test_nobody_listening_is_away_and_not_refused() -> None:
    silent = open_engine(f"mysql://root@127.0.0.1:{free_port()}/danga")
    with pytest.raises(DatabaseAway) as away:
        revision.current(silent)
    assert not isinstance(away.value, DatabaseRefuses)


@pytest.mark.parametrize("wrong", [{"password": "hunter2"}, {"database": "danga_none"}])
def test_a_wrong_password_or_database_is_named_without_the_password(
    server_url: str, wrong: dict[str, str]
) -> None:
    url = make_url(server_url).set(**wrong)  # type: ignore[arg-type]
    engine = open_engine(url.render_as_string(hide_password=False))
    with pytest.raises(DatabaseRefuses) as refused:
        revision.current(engine)
    assert "DANGA_DATABASE_URL" in refused.value.next_step
    assert "hunter2" not in str(refused.value)


def test_a_folder_that_does_not_exist_is_no_database(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path}/none/danga.db")
    with pytest.raises(DatabaseAway, match="unable to open"):
        revision.current(engine)


@pytest.mark.parametrize(
    "url", ["", "danga.db", "postgresql://root:hunter2@host/danga", "mysql://root:hunter2@host:x/d"]
)
def test_a_url_that_is_none_names_its_setting_and_not_its_password(url: str) -> None:
    with pytest.raises(BadInput, match="DANGA_DATABASE_URL") as refused:
        open_engine(url)
    assert "hunter2" not in str(refused.value)


def test_tables_that_are_older_than_the_program_say_what_to_run(sqlite_url: str) -> None:
    engine = open_engine(sqlite_url)
    with pytest.raises(SchemaBehind) as behind:
        revision.require_current(engine)
    assert "danga db upgrade" in behind.value.next_step
    schema.upgrade(engine)
    revision.require_current(engine)
    assert revision.is_current(engine)
    engine.dispose()


def test_a_forked_child_opens_connections_of_its_own(server_url: str) -> None:
    engine = open_engine(server_url)
    with engine.connect() as connection:
        own = connection.scalar(text("SELECT CONNECTION_ID()"))
    forget_connections(engine)
    with engine.connect() as connection:
        assert connection.scalar(text("SELECT CONNECTION_ID()")) != own
    engine.dispose()
