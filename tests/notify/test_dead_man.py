"""The ping means that numbers come in, and nothing else."""

from __future__ import annotations

import logging
import os

import pytest
from structlog.testing import capture_logs

from domain.session import SessionState
from domain.verdict import VerdictKind
from tests.notify.agency import PARK, Office
from tests.notify.receiver import Receiver

OK = VerdictKind.OK


@pytest.fixture
def watched(office: Office, chat: Receiver) -> Office:
    """An agency whose ping is watched by the chat service's machine."""
    office.environment(f"DANGA_PING_URL={chat.web_url}", "DANGA_PING_MINUTES=5")
    office.apply(PARK)
    return office


def later(office: Office) -> None:
    """Let the machine's own time pass for the next ping."""
    mark = office.root / "state" / "last-ping"
    if mark.exists():
        os.utime(mark, (mark.stat().st_atime, mark.stat().st_mtime - 301))


def test_it_is_sent_while_numbers_come_in_and_not_more_often_than_said(
    watched: Office, chat: Receiver
) -> None:
    watched.look()
    assert chat.asked == [], "nothing was collected yet"
    watched.slot(kim=OK, lee=VerdictKind.UNREACHABLE)
    watched.look()
    assert chat.asked == ["/ping-t0ken"]
    later(watched)
    watched.look()
    assert len(chat.asked) == 2


def test_it_ends_when_nothing_is_collected_also_where_everybody_knows_why(
    watched: Office, chat: Receiver
) -> None:
    watched.slot(kim=OK, lee=OK)
    for login in ("kim", "lee"):
        watched.state(login, SessionState.NEEDS_HUMAN, "captcha")
    for _ in range(3):
        watched.slot(kim=None, lee=None)
    before = len(chat.asked)
    for _ in range(3):
        later(watched)
        watched.slot(kim=None, lee=None)
    assert len(chat.asked) == before


def test_a_ping_that_fails_is_a_line_in_the_log_without_the_address(
    watched: Office, chat: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    chat.status = 500
    with capture_logs() as logs:
        watched.slot(kim=OK, lee=OK)
    with chat.dead(), capture_logs() as more:
        watched.look()
    failed = [one for one in [*logs, *more] if one["event"] == "ping.failed"]
    assert len(failed) >= 2
    said = str([*logs, *more]) + caplog.text
    assert "t0ken" not in said
    chat.status = 200
    watched.look()
    assert chat.asked[-1] == "/ping-t0ken"
    assert not (watched.root / "state" / "last-ping").stat().st_size


def test_without_an_address_nothing_is_sent(office: Office, chat: Receiver) -> None:
    office.apply(PARK)
    office.slot(kim=OK, lee=OK)
    assert chat.asked == []
