"""What is older than it is kept goes, a little at a time; what is still asked for stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, insert, select

from storage import sweeping
from storage.chores import ChoreBook
from storage.sign_ins import REMEMBERED
from storage.sweeping import Before, count_old, sweep
from storage.tables import (
    AuditRow,
    Base,
    CauseRow,
    NotificationRow,
    ProofPageRow,
    ReadingRow,
    SignInLinkRow,
    SignInRow,
    VisitPageRow,
    VisitRow,
    WantedDayRow,
)
from storage.transaction import reading
from tests.storage.inventories import apply, login_id
from tests.storage.test_partitions import fill, row

LIMIT = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE = Before(LIMIT, LIMIT, LIMIT.date())
OLD, NEW = LIMIT - timedelta(days=1), LIMIT + timedelta(days=1)


def add(engine: Engine, table: type[Base], *rows: dict[str, Any]) -> None:
    with engine.begin() as connection:
        connection.execute(insert(table), list(rows))


def keys(engine: Engine, table: Any) -> set[int]:
    with reading(engine) as connection:
        return set(connection.scalars(select(table.id)))


def visit(number: int, at: datetime, login: int) -> dict[str, Any]:
    counts = dict.fromkeys(("attempts", "token", "requests", "bytes_received", "readings"), 0)
    return {
        "id": number, "login_id": login, "planned_at": at + timedelta(minutes=number),
        "kind": "regular", "state": "done", "not_before": at, "detail": "", "pages_read": 1,
        "pages_failed": 0, **counts,
    }  # fmt: skip


def page(visit_id: int) -> dict[str, Any]:
    counts = dict.fromkeys(("requests", "bytes_received", "readings"), 0)
    return {"visit_id": visit_id, "seq": 0, "site": "moment", "page_kind": "x", "path": "/",
            "verdict": "ok", "detail": "", "steps": [], "visited_at": OLD, **counts}  # fmt: skip


def test_old_visits_go_with_their_pages(engine: Engine) -> None:
    apply(engine)
    login = login_id(engine)
    add(engine, VisitRow, visit(1, OLD, login), visit(2, OLD, login), visit(3, NEW, login))
    add(engine, VisitPageRow, page(1), page(3))
    assert count_old(engine, BEFORE) == {"visit": 2}
    assert sweep(engine, BEFORE) == {"visit": 2}
    assert keys(engine, VisitRow) == {3}
    with reading(engine) as connection:
        assert connection.scalars(select(VisitPageRow.visit_id)).all() == [3]
    assert sweep(engine, BEFORE) == {}


def test_wanted_days_go_with_their_last_visit_or_wait_for_another(engine: Engine) -> None:
    apply(engine)
    login = login_id(engine)
    states = ("read", "given_up", "waiting", "planned")
    add(
        engine,
        VisitRow,
        *(visit(number, OLD, login) for number in range(1, 5)),
        visit(5, NEW, login),
    )
    about = {"login_id": login, "tries": 1, "asked_at": OLD, "asked_by": "lee", "detail": "",
             "planned_at": OLD}  # fmt: skip
    days = [
        {"business_date": OLD.date() - timedelta(days=number), "state": state, "visit_id": number}
        for number, state in enumerate((*states, "read"), start=1)
    ]
    add(engine, WantedDayRow, *({**about, **day} for day in days))
    assert sweep(engine, BEFORE) == {"visit": 4}
    with reading(engine) as connection:
        rows = connection.execute(select(WantedDayRow).order_by(WantedDayRow.business_date)).all()
    left = [(row.business_date, row.state, row.visit_id) for row in rows]
    assert left == [
        (days[4]["business_date"], "read", 5),
        (days[3]["business_date"], "waiting", None),
        (days[2]["business_date"], "waiting", None),
    ]


def test_what_decides_about_signing_in_is_never_forgotten(engine: Engine) -> None:
    apply(engine)
    about = {"login_id": login_id(engine), "kind": "program", "who": "visit 1", "began_at": OLD,
             "outcome": "held", "expired": False, "at": OLD}  # fmt: skip
    refused = {"id": 1, "password_mark": "x", **about}
    rest = [{"id": number, "password_mark": None, **about} for number in range(2, REMEMBERED + 5)]
    add(engine, SignInRow, refused, *rest)
    assert sweep(engine, BEFORE) == {"sign_in": 3}
    assert keys(engine, SignInRow) == {1, *range(5, REMEMBERED + 5)}


def test_links_go_when_they_have_long_been_over(engine: Engine) -> None:
    apply(engine)
    link = {
        "login_id": login_id(engine),
        "made_by": "",
        "made_for": "",
        "made_at": OLD,
        "outcome": "",
    }
    add(engine, SignInLinkRow, {"id": 1, "token_digest": "a", "expires_at": OLD, **link},
        {"id": 2, "token_digest": "b", "expires_at": NEW, **link})  # fmt: skip
    assert sweep(engine, BEFORE) == {"sign_in_link": 1}
    assert keys(engine, SignInLinkRow) == {2}


def test_messages_stay_while_they_wait_or_their_cause_is_there(engine: Engine) -> None:
    cause = {"kind": "x", "subject": "y", "since": OLD, "seen_at": OLD, "facts": {}}
    add(engine, CauseRow, {"id": 1, "open_key": None, "over_at": OLD, **cause},
        {"id": 2, "open_key": "x y", "over_at": None, **cause},
        {"id": 3, "open_key": None, "over_at": NEW, **cause})  # fmt: skip
    message = {"person": "lee", "target": "A", "title": "", "body": "", "made_at": OLD,
               "not_before": OLD, "tries": 1, "last_error": ""}  # fmt: skip
    sent, waits = {"state": "sent", "ended_at": OLD}, {"state": "waiting", "ended_at": None}
    add(
        engine,
        NotificationRow,
        {"id": 1, "about": "1 begin", "cause_id": 1, **sent, **message},
        {"id": 2, "about": "2 begin", "cause_id": 2, **sent, **message},
        {"id": 3, "about": "remind 1", "cause_id": None, **sent, **message},
        {"id": 4, "about": "remind 2", "cause_id": None, **waits, **message},
        {"id": 5, "about": "3 over", "cause_id": 3, **sent, **message},
    )
    assert sweep(engine, BEFORE) == {"notification": 2, "cause": 1}
    assert keys(engine, NotificationRow) == {2, 4, 5}
    assert keys(engine, CauseRow) == {2, 3}


def test_a_sweep_takes_a_little_and_the_next_one_goes_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "AT_ONCE", 2)
    apply(engine)
    add(engine, VisitRow, *(visit(number, OLD, login_id(engine)) for number in range(1, 8)))
    assert [sweep(engine, BEFORE, most=2) for _ in range(3)] == [{"visit": 4}, {"visit": 3}, {}]


def test_readings_and_the_audit_are_never_swept(engine: Engine) -> None:
    fill(engine, [row(OLD)])
    add(engine, AuditRow, {"at": OLD, "actor": "lee", "is_person": True, "action": "a",
                           "subject": "b", "reason": "", "detail": {}})  # fmt: skip
    assert sweep(engine, BEFORE) == {}
    with reading(engine) as connection:
        assert connection.scalar(select(func.count()).select_from(ReadingRow)) == 1


def test_of_those_who_come_at_once_one_does_the_daily_work(engine: Engine) -> None:
    book = ChoreBook(engine)
    assert [book.begin("upkeep") for _ in range(3)] == [True, False, False]
    assert book.begin("upkeep", every=timedelta(0))
    assert book.begin("another")


def test_the_last_pages_of_days_go_by_their_date(engine: Engine) -> None:
    about = {"site": "moment", "account": "1001", "taken_at": NEW, "slot_at": NEW, "kind": "x",
             "visit_id": 1, "ciphertext": b"sealed", "bytes": 6}  # fmt: skip
    rows = [{"id": f"of {at:%d}", "business_date": at.date(), **about} for at in (OLD, LIMIT)]
    add(engine, ProofPageRow, *rows)
    assert count_old(engine, BEFORE) == {"proof_page": 1}
    assert sweep(engine, BEFORE) == {"proof_page": 1}
    with reading(engine) as connection:
        assert connection.scalars(select(ProofPageRow.id)).all() == ["of 01"]
