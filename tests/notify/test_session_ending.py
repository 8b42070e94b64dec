"""A session that only a person can renew is told of while there is time, at the start of work."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest
from sqlalchemy import insert, select, update

from domain.audit import person, program
from domain.person import DigestDays, Language, PersonSpec, Role
from domain.request_budget import QuietHours
from domain.session import SessionState
from domain.sign_in import SignInKind
from storage.database_clock import database_now
from storage.logins import LoginBook
from storage.sign_ins import SignInBook
from storage.tables import LoginCredentialRow, SessionVersionRow
from tests.notify.agency import PARK, Office
from tests.notify.receiver import Receiver

FRIDAY = datetime.fromisoformat("2026-03-06T10:00:00+09:00")
KIM = PersonSpec("김지은", frozenset({Role.OWNER}), ("PARK_CHAT",), digest=DigestDays.NONE)


def session(office: Office, hours: float, login: str = "kim") -> None:
    """Save a session whose last dated cookie ends in so many real hours."""
    login_id = LoginBook(office.engine).get(login).id
    with office.engine.begin() as connection:
        now = database_now(connection)
        versions = select(SessionVersionRow.version).where(SessionVersionRow.login_id == login_id)
        row = {
            "login_id": login_id,
            "version": len(connection.scalars(versions).all()) + 1,
            "ciphertext": b"sealed",
            "created_at": now,
            "saved_by": "a test",
            "cookies_count": 1,
            "ends_at": now + timedelta(hours=hours),
        }
        connection.execute(insert(SessionVersionRow).values(row))


def sign_in(office: Office, kind: SignInKind) -> None:
    who = program("visit 1") if kind is SignInKind.PROGRAM else person("mina")
    login_id = LoginBook(office.engine).get("kim").id
    SignInBook(office.engine).by_person(login_id, kind, who, office.now)


def password(office: Office) -> None:
    login_id = LoginBook(office.engine).get("kim").id
    with office.engine.begin() as connection:
        row = {"login_id": login_id, "ciphertext": b"x", "set_at": database_now(connection)}
        connection.execute(insert(LoginCredentialRow).values(row))


@pytest.fixture
def lively(office: Office) -> Office:
    """An office whose logins live."""
    office.apply(PARK, KIM)
    for login in ("kim", "lee"):
        office.state(login, SessionState.ACTIVE)
    return office


def an_hour(office: Office) -> None:
    office.look()
    office.step(61)
    office.look()
    office.deliver()


def test_it_is_told_once_at_the_next_start_of_work_and_once_when_it_was_renewed(
    lively: Office, chat: Receiver
) -> None:
    session(lively, hours=30)
    an_hour(lively)
    assert chat.received == [], "it can wait until tomorrow at nine"
    lively.clock.set(datetime.fromisoformat("2026-03-04T09:00:00+09:00"))
    for _ in range(3):
        an_hour(lively)
    (told,) = chat.received
    assert "kim" in told.title
    assert "danga session refresh kim" in told.body
    assert "저장된 비밀번호가 없음" in told.body
    assert "기한: 2026-03-04 17:0" in told.body
    session(lively, hours=24 * 14)
    an_hour(lively)
    an_hour(lively)
    assert len(chat.received) == 2
    assert "해결됨" in chat.titles[1]
    assert {one.person for one in lively.messages()} == {PARK.name}, "owners need not hear of it"


def test_what_ends_before_the_next_start_of_work_is_told_at_once(
    lively: Office, chat: Receiver
) -> None:
    lively.clock.set(FRIDAY)
    session(lively, hours=24)
    session(lively, hours=24 * 5, login="lee")
    an_hour(lively)
    (told,) = chat.received
    assert "kim" in told.title


def test_who_starts_later_and_wants_quiet_is_told_when_the_quiet_time_is_over(
    office: Office,
) -> None:
    late = replace(
        PARK, starts=time(8), quiet=QuietHours(time(22), time(8, 30)), language=Language.ENGLISH
    )
    office.apply(late)
    office.state("kim", SessionState.ACTIVE)
    session(office, hours=30)
    an_hour(office)
    (waiting,) = office.messages()
    assert waiting.held_until == datetime.fromisoformat("2026-03-04T08:30:00+09:00")
    assert "only a person can renew it" in waiting.title
    assert "Due: 2026-03-04 17:0" in waiting.body


@pytest.mark.parametrize(
    ("begun_by", "is_told"), [(SignInKind.PROGRAM, False), (SignInKind.PERSON, True)]
)
def test_a_program_that_typed_the_last_password_types_the_next(
    lively: Office, begun_by: SignInKind, is_told: bool
) -> None:
    password(lively)
    sign_in(lively, begun_by)
    session(lively, hours=30)
    an_hour(lively)
    assert bool(lively.messages()) is is_told


def test_a_session_whose_end_moves_on_with_the_visits_is_not_near_its_end(lively: Office) -> None:
    for hours in (12, 12.5, 13):
        session(lively, hours)
    an_hour(lively)
    assert lively.messages() == []


def test_a_login_that_waits_for_a_person_is_told_as_that_and_nothing_is_over_meanwhile(
    lively: Office,
) -> None:
    session(lively, hours=20)
    an_hour(lively)
    lively.state("kim", SessionState.NEEDS_HUMAN, "signed_out: over")
    for _ in range(3):
        an_hour(lively)
    mine = [one for one in lively.messages() if one.person == PARK.name]
    assert [one.about.split()[-1] for one in mine] == ["begin", "begin"]


def test_what_was_renewed_before_anybody_heard_of_it_is_no_news(lively: Office) -> None:
    session(lively, hours=30)
    an_hour(lively)
    with lively.engine.begin() as connection:
        connection.execute(update(SessionVersionRow).values(ends_at=None))
    an_hour(lively)
    an_hour(lively)
    assert [one.state for one in lively.messages()] == ["dropped"]
