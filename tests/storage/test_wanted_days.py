"""Days that are wanted, in each database; how they are read stands in tests/workers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event, update

from domain.audit import Deed, person
from domain.inventory import LoginSpec
from domain.session import SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitState
from domain.wanted_day import TRIES, WantedState
from storage.tables import LoginRow, VisitRow, WantedDayRow
from storage.wanted_days import Place, WantedDay, WantedDays
from tests.storage.inventories import INVENTORY, NOW, SLOT, apply, login_id

ASK = Deed("backfill.ask", "days", "", {})
FIRST = date(2026, 2, 1)
TWO_LOGINS = replace(INVENTORY, logins=(*INVENTORY.logins, LoginSpec("lee", ("moment",))))
PLACES = [Place(NOW, 0.0)]


def want(engine: Engine, *days: tuple[int, date]) -> int:
    return WantedDays(engine).want(days, person("mina"), ASK, NOW)


def set_row(engine: Engine, table: Any, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(update(table).values(**values))


def test_many_days_are_asked_for_in_few_statements_and_wake_what_was_given_up(
    engine: Engine,
) -> None:
    apply(engine)
    login, book = login_id(engine), WantedDays(engine)
    days = [(login, FIRST + timedelta(days=number)) for number in range(60)]
    want(engine, days[0])
    book.give_up(book.all()[0], "gone")
    said: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *args: said.append(args[2]))
    assert want(engine, *days) == 60
    assert len(said) < 12
    assert {(one.state, one.detail) for one in book.all()} == {(WantedState.WAITING, "")}
    assert len(book.all()) == 60


def test_of_two_schedulers_that_find_a_day_given_up_one_tells_it(engine: Engine) -> None:
    apply(engine)
    book, login = WantedDays(engine), login_id(engine)
    want(engine, (login, FIRST))
    assert book.plan("moment", NOW, PLACES, book.all()) == 1
    assert book.read_days([login], FIRST) == {(login, FIRST): NOW}, "or is about to"
    set_row(engine, VisitRow, state=VisitState.FAILED, attempts=1)
    set_row(engine, WantedDayRow, tries=TRIES - 1)
    told: list[WantedDay] = []

    class Slower(WantedDays):
        """Another scheduler follows up what this one has found, before it notes it."""

        def _update(self, *args: Any) -> bool:
            told.extend(book.follow_up())
            return super()._update(*args)

    told.extend(Slower(engine).follow_up())
    assert [(one.login, one.state) for one in told] == [("kim", WantedState.GIVEN_UP)]


@pytest.mark.parametrize(
    ("login", "visit", "planned"),
    [
        ({}, {}, 0),
        ({"state": SessionState.NEEDS_HUMAN}, {}, 1),
        ({"enabled": False}, {}, 1),
        ({}, {"state": VisitState.DEFERRED, "verdict": VerdictKind.PROXY_DOWN}, 1),
        ({}, {"state": VisitState.DEFERRED, "verdict": None}, 0),
    ],
)
def test_a_login_that_waits_holds_up_no_other_of_its_site(
    engine: Engine, login: dict[str, Any], visit: dict[str, Any], planned: int
) -> None:
    apply(engine, TWO_LOGINS)
    book = WantedDays(engine)
    want(engine, (login_id(engine), FIRST))
    assert book.plan("moment", NOW, PLACES, book.all()) == 1
    if login:
        with engine.begin() as connection:
            connection.execute(update(LoginRow).where(LoginRow.name == "kim").values(login))
    if visit:
        set_row(engine, VisitRow, **visit)
    want(engine, (login_id(engine, "lee"), FIRST))
    waiting = book.all([WantedState.WAITING])
    place = Place(NOW + SLOT, 0.0)
    assert book.plan("moment", NOW + SLOT, [place], waiting) == planned
