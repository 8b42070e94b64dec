"""`notify:` in danga.yaml, and `danga notify` with a real service at the other end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from storage.engine import open_engine
from storage.inventory import InventoryStore
from storage.outbox import NewMessage, Outbox
from tests.admin.conftest import Danga
from tests.admin.inventories import changed, whole
from tests.notify.agency import BEGIN
from tests.notify.receiver import Receiver


@pytest.fixture
def chat() -> Iterator[Receiver]:
    """A chat service that lives."""
    with Receiver() as receiver:
        yield receiver


def apply(danga: Danga, *replacements: tuple[str, str]) -> str:
    danga.write("danga.yaml", changed(*replacements))
    ran = danga("apply", "--yes")
    return ran.out if ran.code == 0 else ran.err


def test_people_are_applied_like_the_rest_and_close_again(danga: Danga) -> None:
    assert "박서연" in apply(danga)
    assert "urls" not in apply(danga)
    told = apply(danga, ("quiet: 22:00-08:00 ", "quiet: 23:00-07:00 "))
    assert "quiet: 22:00-08:00 -> 23:00-07:00" in told
    text = whole().partition("notify:")[0]
    danga.write("danga.yaml", text)
    assert danga("apply", "--yes", "--json").json()["changes"][0]["kind"] == "close"
    engine = open_engine(f"sqlite:///{danga.workspace}/danga.db")
    assert InventoryStore(engine).people() == ()
    engine.dispose()


def test_a_url_itself_is_refused_and_not_repeated(danga: Danga) -> None:
    for url in (
        "slack://T0KEN/s3cret",
        "mailto://kim:s3cret@x",
        "${PARK}/s3cret",
        "json://${S3CRET}@x",
    ):
        told = apply(danga, ("${PARK_CHAT}", url))
        assert "notify[0].urls" in told
        assert "s3cret" not in told
    assert "names a setting of Danga's own" in apply(danga, ("${PARK_CHAT}", "${DANGA_KEY}"))


def test_every_mistake_about_people_is_told_at_once(danga: Danga) -> None:
    told = apply(
        danga,
        ("roles: [operator, engineer]", "roles: [operater]"),
        ("quiet: 22:00-08:00 ", "quiet: at night "),
        ("starts: 09:00 ", "starts: early "),
        ("wake: true ", "wake: perhaps "),
        ("language: ko ", "language: fr "),
    )
    for expected in (
        "notify[0].roles[0]: has to be",
        "notify[0].quiet: has to be two times",
        "notify[0].starts: has to be a time of day, such as 09:00",
        "notify[0].wake: has to be true or false",
        "notify[1].language: has to be",
    ):
        assert expected in told


def test_an_owner_who_is_told_has_to_be_one(danga: Danga) -> None:
    told = apply(danga, ("  - name: 김지은\n    roles", "  - name: 김지운\n    roles"))
    assert "notify[1].name: unknown owner 김지운 (did you mean 김지은?)" in told


def test_a_test_message_says_what_came_out(danga: Danga, chat: Receiver) -> None:
    danga.write(".env", f"PARK_CHAT={chat.url}\n")
    apply(danga)
    ran = danga("notify", "test", "--to", "박서연")
    assert ran.code == 0, ran.err
    assert "ok" in ran.out
    assert "박서연" in chat.received[0].body
    ran = danga("notify", "test", "--json")
    assert ran.code == 1
    assert [(one["person"], one["result"]) for one in ran.json()["tried"]] == [
        ("김지은", "FAIL"),
        ("박서연", "ok"),
    ]
    assert ran.json()["tried"][0]["detail"] == "JIEUN_MAIL is not set on this machine"
    with chat.dead():
        ran = danga("notify", "test", "--to", "박서연")
    assert ran.code == 1
    assert "t0ken" not in ran.out + ran.err
    ran = danga("notify", "test", "--to", "nobody")
    assert (ran.code, "nobody" in ran.err) == (2, True)


def test_without_anybody_a_test_is_amiss(danga: Danga) -> None:
    ran = danga("notify", "test")
    assert ran.code == 1
    assert "notify:" in ran.out


def test_the_list_shows_what_is_wrong_and_what_became_of_the_messages(danga: Danga) -> None:
    apply(danga)
    assert "Nothing is wrong." in danga("notify", "list").out
    engine = open_engine(f"sqlite:///{danga.workspace}/danga.db")
    outbox = Outbox(engine)
    outbox.put([NewMessage("1 begin", "박서연", "PARK_CHAT", "[단가] 제목", "본문", BEGIN)])
    (message,) = outbox.recent()
    outbox.give_up(message.id, "the service did not take it")
    engine.dispose()
    shown = danga("notify", "list").out
    assert "given_up" in shown
    assert "did not take it" in shown
    (row,) = danga("notify", "list", "--json").json()["messages"]
    assert (row["state"], row["person"], row["title"]) == ("given_up", "박서연", "[단가] 제목")
