"""The database dies and comes back: told from a file of the machine, once, and once when over."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest
from sqlalchemy import Engine

from domain.person import Role
from domain.request_budget import QuietHours
from storage.engine import open_engine
from tests.notify.agency import PARK, Office
from tests.notify.receiver import Receiver
from tests.servers import MariaDb, wait_until
from workers.house import House
from workers.notify.postman import Postman
from workers.notify.rounds import delivery_round
from workers.settings import open_settings


def rounds(office: Office, count: int, engine: Engine | None = None) -> None:
    for _ in range(count):
        office.step(1)
        house = office.house if engine is None else House(office.house.settings, engine)
        delivery_round(house)


@pytest.fixture
def away() -> Engine:
    """A database that cannot be reached."""
    return open_engine("sqlite:////nowhere/at/all/danga.db")


def test_it_is_told_once_when_it_lasts_and_once_when_it_is_over(
    office: Office, chat: Receiver, away: Engine
) -> None:
    office.apply(PARK)
    rounds(office, 1)
    rounds(office, 5, away)
    assert chat.received == []
    rounds(office, 10, away)
    (told,) = chat.received
    assert "데이터베이스" in told.title
    assert "danga doctor" in told.body
    assert "unable to open" in told.body
    rounds(office, 5)
    assert len(chat.received) == 1
    rounds(office, 10)
    assert len(chat.received) == 2
    assert "해결됨" in chat.titles[1]
    rounds(office, 7, away)
    assert len(chat.received) == 3, "the next trouble is another one"


def test_a_short_trouble_and_a_flapping_one_make_no_storm(
    office: Office, chat: Receiver, away: Engine
) -> None:
    office.apply(PARK)
    rounds(office, 1)
    rounds(office, 4, away)
    rounds(office, 10)
    assert chat.received == []
    for _ in range(5):
        rounds(office, 6, away)
        rounds(office, 2)
    assert len(chat.received) == 1


def test_the_message_waits_for_a_dead_chat_service(
    office: Office, chat: Receiver, away: Engine
) -> None:
    office.apply(PARK)
    rounds(office, 1)
    with chat.dead():
        rounds(office, 10, away)
    rounds(office, 1, away)
    assert len(chat.received) == 1
    with chat.dead():
        rounds(office, 10)
    rounds(office, 3)
    assert len(chat.received) == 2


def test_quiet_people_are_told_afterwards_and_those_who_may_be_woken_at_once(
    office: Office, chat: Receiver, away: Engine
) -> None:
    quiet = QuietHours(time(9), time(10, 30))
    owner = replace(PARK, name="이하늘", roles=frozenset({Role.OWNER}))
    office.apply(
        replace(PARK, quiet=quiet), replace(PARK, name="밤", quiet=quiet, wake=True), owner
    )
    rounds(office, 1)
    rounds(office, 10, away)
    assert len(chat.received) == 1
    office.step(30)
    rounds(office, 5, away)
    assert len(chat.received) == 2, "the owner can do nothing about it"


def test_the_file_holds_no_address(office: Office, chat: Receiver, away: Engine) -> None:
    office.apply(PARK)
    rounds(office, 1)
    rounds(office, 7, away)
    assert chat.received
    kept = (office.root / "state" / "notify.json").read_text(encoding="utf-8")
    assert "PARK_CHAT" in kept
    assert "t0ken" not in kept


def test_a_broken_file_is_begun_anew(office: Office, chat: Receiver, away: Engine) -> None:
    office.apply(PARK)
    rounds(office, 1)
    path: Path = office.root / "state" / "notify.json"
    for broken in ("", "{", "[]", '{"people": 1}'):
        path.write_text(broken, encoding="utf-8")
        rounds(office, 1, away)
        rounds(office, 1)
    rounds(office, 7, away)
    assert len(chat.received) == 1


def test_a_real_server_that_stops_and_starts(
    tmp_path: Path, mariadb: MariaDb, migrated_mariadb_url: str, chat: Receiver
) -> None:
    engine = open_engine(migrated_mariadb_url)
    (tmp_path / "ws").mkdir()
    office = Office(tmp_path / "ws", engine)
    office.environment(f"PARK_CHAT={chat.url}")
    office.apply(PARK)
    rounds(office, 1)
    mariadb.stop()
    try:
        rounds(office, 7)
        assert len(chat.received) == 1
    finally:
        mariadb.start()
    rounds(office, 7)
    assert len(chat.received) == 2
    engine.dispose()


def test_a_sender_that_never_reached_the_database_tells_of_it_too(
    office: Office, chat: Receiver
) -> None:
    office.apply(PARK)
    rounds(office, 1)
    office.environment("DANGA_DATABASE_URL=sqlite:////nowhere/at/all/danga.db")
    kept = office.root / "state" / "notify.json"
    with Postman.at_work(open_settings(office.root), pause_seconds=0.05):
        wait_until(lambda: json.loads(kept.read_text("utf-8"))["since"], 60, "it is noted")
        office.step(6)
        wait_until(lambda: chat.received, 60, "it is told")
    assert len(chat.received) == 1
