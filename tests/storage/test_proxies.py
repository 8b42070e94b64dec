from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from domain.audit import Actor, person, program
from storage.audit import AuditBook
from storage.errors import ProxyTaken
from storage.heartbeats import HeartbeatBook
from storage.proxies import Backoff, ProxyAssignment, ProxyBook
from storage.tables import ProxyRestRow
from tests.storage.inventories import NOW, apply, login_id

TODAY = date(2026, 3, 3)


VISIT = program("visit 7")
FIRST = Backoff(600, 1500)


def _give(
    book: ProxyBook, login: int, proxy: str, day: date = TODAY, actor: Actor = VISIT
) -> ProxyAssignment:
    return book.assign(ProxyAssignment(login, proxy, NOW, 0, day), actor, "because")


def _deeds(engine: Engine) -> list[tuple[str, str, str, dict[str, Any]]]:
    return [
        (line.actor.name, line.deed.action, line.deed.subject, line.deed.detail)
        for line in reversed(AuditBook(engine).newest(action="proxy."))
    ]


def _pass(engine: Engine, seconds: float) -> None:
    """Let a rest be so much older."""
    with engine.begin() as connection:
        for row in connection.execute(select(ProxyRestRow)).all():
            earlier = timedelta(seconds=seconds)
            connection.execute(
                update(ProxyRestRow)
                .where(ProxyRestRow.proxy_id == row.proxy_id)
                .values(
                    rested_at=row.rested_at - earlier, resting_until=row.resting_until - earlier
                )
            )


def test_a_login_keeps_its_proxy_and_its_moves_of_a_day_are_counted(engine: Engine) -> None:
    apply(engine)
    kim, book = login_id(engine), ProxyBook(engine)
    assert book.assignment(kim) is None
    for proxy in ("seoul-1", "seoul-1", "seoul-2", "seoul-1"):
        _give(book, kim, proxy)
    kept = book.assignment(kim)
    assert kept is not None
    assert (kept.proxy_id, kept.moves_on(TODAY)) == ("seoul-1", 2)
    tomorrow = TODAY + timedelta(days=1)
    assert kept.moves_on(tomorrow) == 0
    assert _give(book, kim, "seoul-2", tomorrow).moves_on(tomorrow) == 1
    assert [one.proxy_id for one in book.assigned()] == ["seoul-2"]


def test_every_move_is_recorded_and_a_persons_is_not_counted(engine: Engine) -> None:
    apply(engine)
    kim, book = login_id(engine), ProxyBook(engine)
    _give(book, kim, "seoul-1")
    _give(book, kim, "seoul-2")
    assert _give(book, kim, "seoul-3", actor=person("jieun")).moves_today == 1
    assert _deeds(engine) == [
        ("visit 7", "proxy.assign", "login kim", {"to": "seoul-1"}),
        ("visit 7", "proxy.move", "login kim",
         {"from": "seoul-1", "to": "seoul-2", "moves_today": 1}),
        ("jieun", "proxy.move", "login kim",
         {"from": "seoul-2", "to": "seoul-3", "moves_today": 1}),
    ]  # fmt: skip


def test_moves_after_a_refusal_are_counted_apart_and_only_for_their_day(engine: Engine) -> None:
    apply(engine)
    kim, book = login_id(engine), ProxyBook(engine)
    _give(book, kim, "seoul-1")
    _give(book, kim, "seoul-2")
    moved = book.assign(ProxyAssignment(kim, "seoul-3", NOW, 0, TODAY, 1), VISIT)
    assert (moved.moves_today, moved.refused_moves_today) == (2, 1)
    assert book.assignment(kim) == moved
    assert moved.refused_moves_on(TODAY + timedelta(days=1)) == 0


def test_who_may_not_share_a_proxy_is_refused_it(engine: Engine) -> None:
    apply(engine)
    kim, book = login_id(engine), ProxyBook(engine)
    _give(book, kim, "seoul-1")
    wanted = ProxyAssignment(kim + 1, "seoul-1", NOW, 0, TODAY)
    with pytest.raises(ProxyTaken, match="seoul-1"):
        book.assign(wanted, VISIT, apart_from=frozenset({kim}))
    assert [one.login_id for one in book.assigned()] == [kim]
    assert len(_deeds(engine)) == 1


def test_a_proxy_rests_longer_with_each_failure_up_to_a_bound_until_it_works(
    engine: Engine,
) -> None:
    book = ProxyBook(engine)
    rests = []
    for _failure in range(4):
        rests.append(book.rest("seoul-1", FIRST, "proxy_down: 407", VISIT))
        _pass(engine, 2000)
    assert rests == [600, 1200, 1500, 1500]
    assert book.resting() == ()
    assert [one.failures for one in book.rests()] == [4]
    book.worked("seoul-1", VISIT)
    assert book.rests() == ()
    assert book.rest("seoul-1", FIRST, "proxy_down: 407", VISIT) == 600
    assert [deed[:3] for deed in _deeds(engine)][4:] == [
        ("visit 7", "proxy.works", "proxy seoul-1"),
        ("visit 7", "proxy.rest", "proxy seoul-1"),
    ]


def test_an_outage_that_several_logins_met_counts_once(engine: Engine) -> None:
    book = ProxyBook(engine)
    book.rest("seoul-1", FIRST, "proxy_down: 407", VISIT)
    _pass(engine, 60)
    book.rest("seoul-1", FIRST, "proxy_down: 407", VISIT)
    (resting,) = book.resting()
    assert resting.failures == 1
    assert 590 < resting.seconds_left <= 600
    assert resting.seconds_rested >= 60


def test_trouble_begins_when_it_began_unless_a_probe_found_the_proxy_well(engine: Engine) -> None:
    book = ProxyBook(engine)
    book.rest("seoul-1", FIRST, "proxy_down: 407", VISIT)
    book.probed("seoul-1")
    assert [one.probed for one in book.rests()] == [False], "a running rest is not ended by it"
    _pass(engine, 700)
    book.rest("seoul-1", FIRST, "proxy_down: probe: 407", VISIT)
    assert book.rests()[0].seconds_rested >= 700
    _pass(engine, 1300)
    book.probed("seoul-1")
    assert book.rests()[0].probed
    book.rest("seoul-1", FIRST, "proxy_down: 407", VISIT)
    (anew,) = book.rests()
    assert anew.seconds_rested < 60
    assert (anew.failures, anew.probed) == (3, False)


@pytest.mark.parametrize(
    ("reason", "ends"),
    [("proxy_down: 407", True), ("refused: status 403", False), ("its contract ended", False)],
)
def test_one_page_ends_the_rest_of_a_broken_proxy_and_no_other(
    engine: Engine, reason: str, ends: bool
) -> None:
    book = ProxyBook(engine)
    book.rest("seoul-1", FIRST, reason, VISIT)
    book.worked("seoul-1", VISIT)
    assert (book.resting() == ()) is ends
    assert book.end_rest("seoul-1", "mended", person("jieun")) is not ends


def test_processes_are_seen_alive_and_old_ones_forgotten(engine: Engine) -> None:
    book = HeartbeatBook(engine)
    book.beat("host-1", "visit")
    with engine.begin() as connection:
        connection.execute(
            text("UPDATE worker_heartbeat SET seen_at = '2020-01-01 00:00:00.000000'")
        )
    (old,) = book.all()
    assert old.age_seconds > 10**7
    book.beat("host-2", "tick")
    book.beat("host-2", "tick")
    (fresh,) = book.all()
    assert (fresh.name, fresh.kind) == ("host-2", "tick")
    assert fresh.age_seconds < 60
