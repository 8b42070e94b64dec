"""Messages survive a dead chat service, a killed sender and two senders; urls stay secret."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from domain.session import SessionState
from domain.sign_in_link import LinkState, SignInLink
from storage.audit import AuditBook
from storage.engine import open_engine
from storage.outbox import MessageState, Outbox
from storage.sign_in_links import SignInLinks
from storage.tables import SignInLinkRow
from tests.notify.agency import PARK, Office, inventory
from tests.notify.receiver import Receiver
from workers.house import House
from workers.notify import sending
from workers.notify.apprise_door import NotSent, blotted, send
from workers.notify.postman import Postman
from workers.notify.sending import deliver

SENT, WAITING = MessageState.SENT, MessageState.WAITING


def states(office: Office) -> list[MessageState]:
    return [one.state for one in office.messages()]


def captcha(office: Office, *logins: str) -> None:
    for login in logins:
        office.state(login, SessionState.NEEDS_HUMAN, "captcha")
    office.look()


def test_a_message_is_received_as_it_was_written_and_only_once(
    office: Office, chat: Receiver
) -> None:
    office.apply(PARK)
    captcha(office, "kim")
    for _ in range(3):
        office.deliver()
    (written,) = office.messages()
    (got,) = chat.received
    assert (got.title, got.body) == (written.title, written.body.partition("\n[[")[0])
    assert "\n" in got.body
    assert written.state is SENT
    assert written.ended_at is not None


def test_while_the_chat_service_is_dead_messages_wait_and_come_in_their_order(
    office: Office, chat: Receiver
) -> None:
    office.apply(PARK)
    with chat.dead():
        captcha(office, "kim")
        for _ in range(3):
            office.deliver()
        assert states(office) == [WAITING]
        office.state("kim", SessionState.ACTIVE)
        for _ in range(3):
            office.step(20)
            office.look()
        office.deliver()
        assert states(office) == [WAITING, WAITING]
        assert [one.tries for one in office.messages()] == [4, 0]
    office.deliver()
    assert states(office) == [SENT, SENT]
    assert chat.titles == [one.title for one in office.messages()]


def test_a_service_that_fails_is_asked_more_and_more_rarely(office: Office, chat: Receiver) -> None:
    office.apply(PARK)
    chat.status = 503
    captcha(office, "kim")
    waits = []
    for _ in range(8):
        with capture_logs() as logs:
            office.deliver()
        waits += [one["seconds"] for one in logs if one["event"] == "message.waits"]
        assert deliver(office.house) == 0, "its next try lies ahead"
    assert waits == [10, 20, 40, 80, 160, 320, 600, 600]


def test_what_nobody_takes_for_a_day_is_given_up_and_says_so(
    office: Office, chat: Receiver
) -> None:
    office.apply(PARK)
    chat.status = 500
    captcha(office, "kim")
    office.deliver()
    office.step(25 * 60)
    with capture_logs() as logs:
        office.deliver()
    (given_up,) = office.messages()
    assert given_up.state is MessageState.GIVEN_UP
    assert given_up.last_error
    assert "message.given_up" in [one["event"] for one in logs]
    chat.status = 200
    office.deliver()
    assert chat.received == []


def test_a_dead_address_holds_up_nobody_elses(office: Office, chat: Receiver) -> None:
    with Receiver() as other:
        office.environment(f"OTHER={other.url}")
        office.apply(replace(PARK, targets=("PARK_CHAT", "OTHER", "UNSET")))
        with chat.dead():
            captcha(office, "kim", "lee")
            office.deliver()
            assert len(other.received) == 2
        office.deliver()
        assert len(chat.received) == 2
        assert len(other.received) == 2
    unset = [one for one in office.messages() if one.target == "UNSET"]
    assert unset[0].last_error == "UNSET is not set on this machine"


def test_two_senders_send_each_message_once(office: Office, chat: Receiver) -> None:
    office.apply(PARK)
    captcha(office, "kim", "lee")
    url = office.engine.url.render_as_string(hide_password=False)
    together = threading.Barrier(4)

    def work(_number: int) -> int:
        engine = open_engine(url)
        try:
            house = House(office.house.settings, engine)
            together.wait(30)
            return deliver(house)
        finally:
            engine.dispose()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, range(4))) == len(chat.received)
    office.deliver()
    assert len(chat.received) == 2
    assert len(set(chat.titles)) == 2


def test_who_dies_with_a_message_in_hand_sends_it_twice_rather_than_never(
    office: Office, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.apply(PARK)
    captcha(office, "kim")

    def dies(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Outbox, "sent", dies)
    with pytest.raises(KeyboardInterrupt):
        office.deliver()
    monkeypatch.undo()
    assert deliver(office.house) == 0, "it is in somebody's hands"
    office.deliver()
    assert states(office) == [SENT]
    assert len(chat.received) == 2


def test_an_address_never_comes_into_a_log_an_error_or_the_database(
    office: Office,
    chat: Receiver,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    office.apply(replace(PARK, targets=("PARK_CHAT", "WRONG")))
    office.environment("WRONG=nosuch://hooks.example/s3cret-token")
    with chat.dead():
        captcha(office, "kim")
        office.deliver()
    office.deliver()
    said = caplog.text + "".join(capfd.readouterr())
    said += "".join(one.last_error for one in office.messages())
    for secret in ("t0ken", "s3cret", "hooks.example", f":{chat.port}"):
        assert secret not in said
    assert len(chat.received) == 1


def test_a_login_that_waits_comes_with_a_link_that_the_outbox_does_not_hold(
    office: Office, chat: Receiver
) -> None:
    office.apply(PARK)
    captcha(office, "kim")
    office.environment("DANGA_REMOTE_PUBLIC_URL=https://danga.example.com")
    office.deliver()
    (got,) = chat.received
    assert got.body.splitlines()[-1].startswith("https://danga.example.com/s/")
    (written,) = office.messages()
    assert "https://" not in written.body


def test_a_dead_service_leaves_no_link_that_works_and_no_line_in_the_audit(
    office: Office, chat: Receiver
) -> None:
    office.apply(PARK)
    captcha(office, "kim")
    office.environment("DANGA_REMOTE_PUBLIC_URL=https://danga.example.com")
    with chat.dead():
        for _ in range(3):
            office.deliver()
    links = SignInLinks(office.engine)
    audit = AuditBook(office.engine)
    assert [one.state for one in _links(office)] == [LinkState.EXPIRED] * 3
    assert not audit.newest("login kim", "sign_in")
    office.deliver()
    (got,) = chat.received
    link = links.find(got.body.rpartition("/s/")[2])
    assert link is not None
    assert (link.state, link.made_for) == (LinkState.OFFERED, PARK.name)
    (line,) = audit.newest("login kim", "sign_in")
    assert (line.deed.action, line.deed.reason) == ("sign_in.offered", PARK.name)


def _links(office: Office) -> list[SignInLink]:
    links = SignInLinks(office.engine)
    with office.engine.connect() as connection:
        return [links.get(key) for key in connection.scalars(select(SignInLinkRow.id))]


def test_a_message_of_a_login_that_left_comes_without_a_link(
    office: Office, chat: Receiver
) -> None:
    office.apply(PARK)
    captcha(office, "kim")
    office.environment("DANGA_REMOTE_PUBLIC_URL=https://danga.example.com")
    whole = inventory()
    office.apply(
        PARK,
        spec=replace(
            whole, logins=whole.logins[1:], accounts=whole.accounts[1:], watches=whole.watches[1:]
        ),
    )
    office.deliver()
    (got,) = chat.received
    assert "kim" in got.body
    assert "/s/" not in got.body


def test_what_a_service_says_is_passed_on_without_any_piece_of_its_address() -> None:
    url = "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
    said = blotted("404 for /services/t1jj3t3l2/TIiajkdnlazkcOXrIdevi7FQ", url)
    assert said == "404 for /services/***/***"
    with pytest.raises(NotSent) as caught:
        send("nosuch://hooks.example/s3cret-token", "a", "b")
    assert "s3cret" not in str(caught.value)


def test_an_address_that_cannot_be_taken_apart_is_no_more_than_an_error() -> None:
    for url in ("json://[::1", "json://127.0.0.1:99999/", "", "://", "mailto://"):
        with pytest.raises(NotSent):
            send(url, "a", "b")


def test_more_than_one_round_takes_is_sent_all_the_same(
    office: Office, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_AT_ONCE", 2)
    office.apply(*(replace(PARK, name=f"{number}") for number in range(5)))
    captcha(office, "kim")
    office.deliver()
    assert 2 <= len(chat.received) < 10
    office.deliver()
    assert len(chat.received) == 5


def test_the_postman_of_danga_up_sends_and_survives_what_breaks(
    office: Office, chat: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.apply(PARK)
    captcha(office, "kim")
    url = office.engine.url.render_as_string(hide_password=False)
    office.environment(f"DANGA_DATABASE_URL={url}")
    arrived, broke = threading.Event(), threading.Event()
    real = Outbox.sent

    def breaks_once(outbox: Outbox, message_id: int) -> None:
        if not broke.is_set():
            broke.set()
            Outbox.later(outbox, message_id, -1.0, "")
            raise RuntimeError("a mistake of ours")
        real(outbox, message_id)
        arrived.set()

    monkeypatch.setattr(Outbox, "sent", breaks_once)
    with Postman.at_work(office.house.settings, pause_seconds=0.05):
        assert arrived.wait(60)
    assert states(office) == [SENT]
    assert chat.received
