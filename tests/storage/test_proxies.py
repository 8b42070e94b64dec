from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Engine, text

from storage.heartbeats import HeartbeatBook
from storage.proxies import ProxyBook
from tests.storage.inventories import NOW, apply, login_id

TODAY = date(2026, 3, 3)


def test_a_login_keeps_its_proxy_and_its_moves_of_a_day_are_counted(engine: Engine) -> None:
    apply(engine)
    kim, book = login_id(engine), ProxyBook(engine)
    assert book.assignment(kim) is None
    for proxy in ("seoul-1", "seoul-1", "seoul-2", "seoul-1"):
        book.assign(kim, proxy, NOW, TODAY)
    kept = book.assignment(kim)
    assert kept is not None
    assert (kept.proxy_id, kept.moves_on(TODAY)) == ("seoul-1", 2)
    tomorrow = TODAY + timedelta(days=1)
    assert kept.moves_on(tomorrow) == 0
    assert book.assign(kim, "seoul-2", NOW, tomorrow).moves_on(tomorrow) == 1
    assert [one.proxy_id for one in book.assigned()] == ["seoul-2"]


def test_a_proxy_rests_for_its_time_and_its_failures_add_up_until_it_works(engine: Engine) -> None:
    book = ProxyBook(engine)
    assert book.rest("seoul-1", 600, "connect refused") == 1
    assert book.rest("seoul-1", 0, "407") == 2
    assert book.rest("seoul-2", 600, "403") == 1
    (resting,) = book.resting()
    assert (resting.proxy_id, resting.reason) == ("seoul-2", "403")
    assert 590 < resting.seconds_left <= 600
    book.worked("seoul-1")
    assert book.rest("seoul-1", 600, "timeout") == 1


def test_a_rest_that_is_prolonged_began_when_it_began(engine: Engine) -> None:
    book = ProxyBook(engine)
    book.rest("seoul-1", 600, "connect refused")
    with engine.begin() as connection:
        connection.execute(text("UPDATE proxy_rest SET rested_at = '2020-01-01 00:00:00.000000'"))
    book.rest("seoul-1", 900, "connect refused")
    (resting,) = book.resting()
    assert resting.seconds_rested > 10**7
    book.rest("seoul-1", -1, "connect refused")
    book.rest("seoul-1", 600, "connect refused")
    (anew,) = book.resting()
    assert anew.seconds_rested < 60


def test_processes_are_seen_alive_and_old_ones_forgotten(engine: Engine) -> None:
    book = HeartbeatBook(engine)
    book.beat("host-1", "visit")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE worker_heartbeat SET seen_at = '2020-01-01 00:00:00.000000'")
        )
    (old,) = book.all()
    assert old.age_seconds > 10**7
    book.beat("host-2", "tick")
    book.beat("host-2", "tick")
    (fresh,) = book.all()
    assert (fresh.name, fresh.kind) == ("host-2", "tick")
    assert fresh.age_seconds < 60
