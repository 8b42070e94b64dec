from __future__ import annotations

from collections.abc import Iterator
from threading import Barrier, Thread

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import IntegrityError

from storage.engine import open_engine
from storage.errors import DatabaseAway, DatabaseBusy, DatabaseRefuses, StaleToken
from storage.transaction import reading, run_in_transaction


@pytest.fixture
def cells(server_url: str) -> Iterator[Engine]:
    engine = open_engine(server_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE cell (id INT PRIMARY KEY, value INT) ENGINE=InnoDB"))
        connection.execute(text("INSERT INTO cell VALUES (1, 0), (2, 0)"))
    yield engine
    engine.dispose()


def add(connection: Connection, cell: int) -> None:
    connection.execute(text(f"UPDATE cell SET value = value + 1 WHERE id = {cell}"))


def values(engine: Engine) -> list[int]:
    with reading(engine) as connection:
        return list(connection.scalars(text("SELECT value FROM cell ORDER BY id")))


def test_the_loser_of_a_deadlock_begins_again(cells: Engine) -> None:
    meet = Barrier(2)
    tries: list[int] = []

    def crosswise(first: int, second: int) -> None:
        def work(connection: Connection) -> None:
            tries.append(first)
            add(connection, first)
            if tries.count(first) == 1:
                meet.wait(10)  # both hold their first row before either asks for its second
            add(connection, second)

        run_in_transaction(cells, work)

    threads = [Thread(target=crosswise, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) == 3
    assert values(cells) == [2, 2]


def test_after_a_lock_wait_the_whole_transaction_is_repeated_not_its_last_statement(
    cells: Engine,
) -> None:
    tries: list[str] = []
    with cells.connect() as report:
        add(report, 2)

        def work(connection: Connection) -> None:
            tries.append("")
            connection.execute(text("SET SESSION innodb_lock_wait_timeout = 1"))
            if len(tries) == 2:
                report.rollback()
            add(connection, 1)
            add(connection, 2)

        run_in_transaction(cells, work)
    assert len(tries) == 2
    assert values(cells) == [1, 1]


def test_a_lock_that_is_never_given_back_ends_in_an_error_with_nothing_written(
    engine: Engine,
) -> None:
    tries: list[str] = []

    def work(connection: Connection) -> None:
        tries.append("")
        connection.execute(
            text("INSERT INTO owner (name, locale, enabled) VALUES ('x', 'ko', true)")
        )
        raise DatabaseBusy("locked")

    with pytest.raises(DatabaseBusy):
        run_in_transaction(engine, work)
    assert len(tries) == 10
    with reading(engine) as connection:
        assert connection.scalar(text("SELECT count(*) FROM owner")) == 0


def test_other_errors_are_neither_repeated_nor_renamed(engine: Engine) -> None:
    tries: list[str] = []

    def refuse(connection: Connection) -> None:
        tries.append("")
        raise StaleToken

    with pytest.raises(StaleToken):
        run_in_transaction(engine, refuse)
    assert len(tries) == 1

    def insert(connection: Connection) -> None:
        row = "INSERT INTO owner (name, locale, enabled) VALUES ('x', 'ko', true)"
        connection.execute(text(row))
        connection.execute(text(row))

    with pytest.raises(IntegrityError):
        run_in_transaction(engine, insert)


SIGNAL = text("SIGNAL SQLSTATE 'HY000' SET MYSQL_ERRNO = :code, MESSAGE_TEXT = 'as it would be'")


@pytest.mark.parametrize(
    ("code", "named"),
    [
        *[(code, DatabaseRefuses) for code in (1820, 1862, 3118, 4151)],
        *[(code, DatabaseAway) for code in (1040, 1053, 1290, 1317, 1836, 1969, 3024, 3032)],
    ],
)
def test_a_server_that_is_there_and_does_not_serve_is_named_so(
    cells: Engine, code: int, named: type[DatabaseAway]
) -> None:
    with pytest.raises(DatabaseAway, match="as it would be") as refused:
        run_in_transaction(cells, lambda connection: connection.execute(SIGNAL, {"code": code}))
    assert type(refused.value) is named
