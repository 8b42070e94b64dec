"""A budget is changed for a while, ends by itself, and who did it is on record."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine, update

from domain.audit import person
from domain.request_budget import RequestBudget
from storage.audit import AuditBook
from storage.database_clock import database_now
from storage.pace_overrides import OverrideBook
from storage.tables import PaceOverrideRow

MINA = person("mina")
HOURS = timedelta(hours=2)


def test_an_override_holds_for_its_time_and_changes_only_what_it_names(engine: Engine) -> None:
    book = OverrideBook(engine)
    made = book.set("moment", {"requests_per_second": 0.05}, HOURS, MINA, "they asked")
    assert book.all() == (made,)
    assert made.until - made.since == HOURS
    budget = RequestBudget(burst=41, floor_per_second=0.1)
    meanwhile = made.applied_to(budget)
    assert (meanwhile.requests_per_second, meanwhile.floor) == (0.05, 0.05)
    assert (meanwhile.burst, meanwhile.concurrent_visits) == (41, 2)
    with engine.begin() as connection:
        ago = database_now(connection) - timedelta(seconds=1)
        connection.execute(update(PaceOverrideRow).values(until=ago))
    assert book.all() == ()


def test_a_second_one_replaces_the_first_and_each_deed_is_noted(engine: Engine) -> None:
    book = OverrideBook(engine)
    book.set("moment", {"burst": 80}, HOURS, MINA, "")
    second = book.set("moment", {"concurrent_visits": 1}, HOURS, MINA, "softer")
    assert (second.burst, book.all()) == (None, (second,))
    assert book.end("moment", MINA, "they agreed")
    assert not book.end("moment", MINA, "")
    lines = AuditBook(engine).newest("site moment", "pace.")
    told = [(line.deed.action, line.actor, line.deed.reason) for line in reversed(lines)]
    assert told == [
        ("pace.set", MINA, ""),
        ("pace.set", MINA, "softer"),
        ("pace.reset", MINA, "they agreed"),
    ]
    assert lines[1].deed.detail["concurrent_visits"] == 1
