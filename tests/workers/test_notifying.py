"""The whole way: a captcha on a real page, and a message at a real chat service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from celery import Celery

from crawler.browser import Browser
from domain.audit import person
from domain.session import SessionState
from domain.visit import VisitState
from storage.logins import LoginBook
from storage.outbox import Outbox
from tests.demo_server import RunningDemo
from tests.notify.agency import hurry
from tests.notify.receiver import Receiver
from tests.workers.processes import danga_up, running
from tests.workers.workspace import KIM, Agency, inventory, login_of, pass_time, visits_of
from workers.celery_app import NOTIFY_QUEUE, TICK_QUEUE, celery_config
from workers.house import House
from workers.notify.rounds import delivery_round, notify_round
from workers.tick import tick
from workers.visiting import visit_next

PEOPLE = [
    {"name": "박서연", "roles": ["operator"], "urls": ["${PARK_CHAT}"]},
    {
        "name": "김지은",
        "roles": ["owner"],
        "urls": ["${PARK_CHAT}"],
        "language": "en",
        "digest": "none",
    },
]


@pytest.fixture
def chat() -> Iterator[Receiver]:
    """A chat service that lives."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def told(agency: Agency, chat: Receiver) -> Agency:
    """An agency whose operator and owner are told."""
    with (agency.root / ".env").open("a", encoding="utf-8") as file:
        file.write(f"PARK_CHAT={chat.url}\nDANGA_PING_URL={chat.web_url}\n")
    agency.apply({**inventory(agency.demo, KIM), "notify": PEOPLE})
    return agency


def minute(house: House, browser: Browser) -> None:
    tick(house)
    pass_time(house.engine, minutes=10)
    visit_next(house, browser)
    notify_round(house)
    delivery_round(house)


def test_a_captcha_becomes_one_message_each_and_one_when_it_is_over(
    told: Agency, demo: RunningDemo, browser: Browser, chat: Receiver
) -> None:
    with told.house() as house:
        demo.knobs(captcha_after=0)
        for _ in range(3):
            minute(house, browser)
            told.step(minutes=20)
        assert login_of(house.engine).state is SessionState.NEEDS_HUMAN
        assert len(chat.received) == 2
        korean, english = sorted(chat.received, key=lambda one: "danga]" in one.title.lower())
        assert "danga session refresh kim" in korean.body
        assert "봄꽃마켓" in english.body
        assert "no other login is affected" in english.body
        assert chat.asked == [], "nothing was collected"
        demo.reset()
        login = login_of(house.engine)
        LoginBook(house.engine).set_state(login.id, SessionState.SUSPECT, person("lee"))
        for _ in range(3):
            minute(house, browser)
            told.step(minutes=20)
        assert [one.state for one in visits_of(house.engine)][-1] is VisitState.DONE
        assert len(chat.received) == 4
        assert chat.asked
        assert {one.state for one in Outbox(house.engine).recent()} == {"sent"}


def _waits(house: House) -> None:
    login = login_of(house.engine)
    why = "captcha: a picture. Next: danga session refresh kim"
    LoginBook(house.engine).set_state(login.id, SessionState.NEEDS_HUMAN, person("lee"), why)


def test_danga_up_tells_and_what_it_could_not_send_goes_out_after_it_was_killed(
    told: Agency, chat: Receiver
) -> None:
    with told.house() as house:
        _waits(house)
        outbox = Outbox(house.engine)
        with chat.dead(), danga_up(told.root) as up:
            up.wait_for(lambda: up.events("message.waits"), 60, "its sender has tried")
            up.kill()
        assert {one.state for one in outbox.recent()} == {"waiting"}
        hurry(house.engine)  # one may have been in its hands when it died
        with danga_up(told.root) as up:
            up.wait_for(lambda: len(chat.received) == 2, 60, "the messages come")
            assert up.events("tick.broke") == []
            assert up.says("t0ken") == 0
            assert up.stop() == 0
        assert {one.state for one in outbox.recent()} == {"sent"}


def test_celery_derives_with_the_tick_and_sends_by_a_queue_of_its_own(
    grown: Agency, demo: RunningDemo, chat: Receiver
) -> None:
    with (grown.root / ".env").open("a", encoding="utf-8") as file:
        file.write(f"PARK_CHAT={chat.url}\n")
    grown.apply({**inventory(demo, KIM), "notify": PEOPLE})
    with grown.house() as house:
        _waits(house)
    command = [
        *("celery", "--app", "workers.celery_app", "worker", "--loglevel", "debug"),
        *("--queues", f"{TICK_QUEUE},{NOTIFY_QUEUE}", "--concurrency", "2", "--without-mingle"),
    ]
    with Celery("tests") as app, running(grown.root, "schedule", command) as worker:
        app.conf.update(celery_config(grown.settings))
        worker.wait_for(lambda: worker.says(" ready."), 60, "a worker is ready")
        app.send_task("danga.tick", queue=TICK_QUEUE)
        worker.wait_for(lambda: worker.says("danga.tick") and _told(grown), 60, "it is derived")
        app.send_task("danga.tick", queue=TICK_QUEUE)
        worker.wait_for(lambda: len(chat.received) == 2, 60, "the messages come")
        assert worker.says("t0ken") == 0, "not even in a log at the level debug"


def _told(agency: Agency) -> bool:
    with agency.house() as house:
        return len(Outbox(house.engine).recent()) == 2
