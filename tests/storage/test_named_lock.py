from __future__ import annotations

from threading import Thread

from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from storage.engine import open_engine
from storage.named_lock import named_lock
from storage.transaction import reading
from tests.servers import wait_until

WAITING = text(
    "SELECT count(*) FROM information_schema.processlist"
    " WHERE db = DATABASE() AND state = 'User lock'"
)


def waiting(engine: Engine) -> bool:
    with reading(engine) as connection:
        return bool(connection.scalar(WAITING))


def test_who_asks_for_a_lock_that_somebody_holds_gets_it_afterwards(server_url: str) -> None:
    engine = open_engine(server_url)
    got: list[str] = []

    def second() -> None:
        with named_lock(engine, "schema"):
            got.append("second")

    thread = Thread(target=second)
    with named_lock(engine, "schema"):
        thread.start()
        wait_until(lambda: waiting(engine), what="the second asks")
        got.append("first")
    thread.join(10)
    assert got == ["first", "second"]
    engine.dispose()


def test_another_database_of_the_same_server_is_not_kept_waiting(server_url: str) -> None:
    ours = open_engine(server_url)
    theirs = open_engine(
        make_url(server_url)
        .set(database="information_schema")
        .render_as_string(hide_password=False)
    )
    held: list[str] = []
    with named_lock(ours, "schema"), named_lock(theirs, "schema"):
        held.append("both")
    assert held == ["both"]
    ours.dispose()
    theirs.dispose()
