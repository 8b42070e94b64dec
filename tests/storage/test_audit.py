from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from domain.audit import Deed, person, program
from storage.audit import AuditBook, note_deed
from storage.transaction import run_in_transaction

CLAIMED = Deed("session.state", "login kim", "a person came", {"from": "needs_human"})


def test_what_was_done_is_told_the_newest_first(engine: Engine) -> None:
    book = AuditBook(engine)
    book.note(person("가람"), CLAIMED)
    book.note(program("visit 12"), Deed("proxy.rest", "proxy p1"))
    newest, oldest = book.newest()
    assert (newest.actor, newest.deed.action) == (program("visit 12"), "proxy.rest")
    assert (oldest.actor, oldest.deed) == (person("가람"), CLAIMED)
    assert oldest.at <= newest.at


def test_one_may_ask_for_a_subject_for_actions_for_people_and_for_a_time(engine: Engine) -> None:
    book = AuditBook(engine)
    book.note(person("mina"), CLAIMED)
    book.note(program("tick"), Deed("session.state", "login lee"))
    book.note(program("tick"), Deed("sessions_are_fine", "login lee"))
    assert [one.deed.subject for one in book.newest(subject="login kim")] == ["login kim"]
    assert len(book.newest(action="session.")) == 2
    assert [one.actor.name for one in book.newest(only_people=True)] == ["mina"]
    later = book.newest()[0].at + timedelta(seconds=1)
    assert book.newest(since=later) == ()


def test_a_deed_that_was_not_done_is_not_told_either(engine: Engine) -> None:
    def work(connection: object) -> None:
        note_deed(connection, program("tick"), CLAIMED)  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_in_transaction(engine, work)
    assert AuditBook(engine).newest() == ()
