from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Engine, text

from domain.audit import person
from domain.session import SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from storage.errors import LeaseTaken, StaleToken, UnknownName
from storage.leases import LeaseBook
from storage.login_costs import recent_costs
from storage.logins import LoginBook
from storage.site_traffic import traffic
from storage.visit_history import VisitHistory
from storage.visit_record import Charge, Claim, Outcome, PageRecord
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook, note_page
from tests.storage.inventories import NOW, SLOT, apply, login_id, with_logins

DONE = Outcome(VisitState.DONE, VerdictKind.OK)
LATER = Outcome(VisitState.DEFERRED, VerdictKind.OVERLOADED, "Retry-After")


def plan(engine: Engine, wait: float = 0, kind: VisitKind = VisitKind.REGULAR) -> int:
    login = login_id(engine)
    return VisitSchedule(engine).plan({login: wait}, NOW, kind)[login]


def claim(engine: Engine, visit: int, seconds: float = 60) -> Claim:
    claimed = VisitBook(engine).claim(visit, "worker", seconds)
    assert claimed is not None
    return claimed


def forget(engine: Engine) -> None:
    """Let every lease run out, as after the death of its holder."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE login_lease SET expires_at = '2020-01-01 00:00:00.000000'"))


@pytest.fixture(autouse=True)
def _inventory(engine: Engine) -> None:
    apply(engine)


def test_a_slot_is_planned_once_however_often_the_tick_comes(engine: Engine) -> None:
    login = login_id(engine)
    schedule = VisitSchedule(engine)
    first = schedule.plan({login: 0}, NOW, VisitKind.REGULAR)
    assert schedule.plan({login: 30}, NOW, VisitKind.REGULAR) == first
    settled = date(2026, 3, 2)
    past = schedule.plan({login: 0}, NOW, VisitKind.PAST_DAY, settled)
    assert past != first
    assert VisitHistory(engine).get(past[login]).business_date == settled
    assert len(VisitHistory(engine).recent()) == 2


def test_a_visit_is_due_only_when_its_start_has_come(engine: Engine) -> None:
    plan(engine, wait=60)
    assert VisitSchedule(engine).due() == ()
    now = plan(engine, kind=VisitKind.PROBE)
    assert [visit.id for visit in VisitSchedule(engine).due()] == [now]
    assert VisitSchedule(engine).due(["channel"]) == ()
    assert [visit.queue for visit in VisitSchedule(engine).due(["moment"])] == ["moment"]


def test_what_waited_longest_is_due_first(engine: Engine) -> None:
    apply(engine, with_logins(3))
    ids = [login_id(engine, f"login-{number}") for number in range(3)]
    planned = VisitSchedule(engine).plan(
        {ids[0]: -1, ids[1]: -3, ids[2]: -2}, NOW, VisitKind.REGULAR
    )
    due = VisitSchedule(engine).due(limit=2)
    assert [visit.id for visit in due] == [planned[ids[1]], planned[ids[2]]]


def test_a_claim_takes_visit_and_login_and_nobody_else_gets_either(engine: Engine) -> None:
    visit, other = plan(engine), plan(engine, kind=VisitKind.PROBE)
    claimed = claim(engine, visit)
    assert (claimed.visit.state, claimed.visit.attempts) == (VisitState.RUNNING, 1)
    assert VisitBook(engine).claim(visit, "second", 60) is None
    assert VisitBook(engine).claim(other, "second", 60) is None
    assert VisitSchedule(engine).due() == ()
    assert LeaseBook(engine).holder_of(claimed.lease.login_id) == "worker"
    assert VisitHistory(engine).get(other).state is VisitState.PLANNED


def test_a_visit_whose_start_has_not_come_leaves_the_login_free(engine: Engine) -> None:
    visit = plan(engine, wait=60)
    assert VisitBook(engine).claim(visit, "worker", 60) is None
    assert LeaseBook(engine).holder_of(login_id(engine)) is None


def test_a_finished_visit_gives_the_login_back_and_is_never_claimed_again(engine: Engine) -> None:
    visit = plan(engine)
    VisitBook(engine).finish(claim(engine, visit), Outcome(VisitState.DONE, VerdictKind.OK, "", 3))
    done = VisitHistory(engine).get(visit)
    assert (done.state, done.verdict, done.requests) == (VisitState.DONE, VerdictKind.OK, 3)
    assert done.started_at is not None
    assert done.finished_at is not None
    assert done.finished_at >= done.started_at
    assert VisitBook(engine).claim(visit, "worker", 60) is None
    assert LeaseBook(engine).holder_of(login_id(engine)) is None


def test_a_deferred_visit_waits_and_is_charged_only_for_its_own_failures(engine: Engine) -> None:
    visit, book = plan(engine), VisitBook(engine)
    book.defer(claim(engine, visit), 0, LATER)
    book.defer(claim(engine, visit), 0, LATER, Charge.NOTHING)
    book.defer(claim(engine, visit), 60, LATER)
    waiting = VisitHistory(engine).get(visit)
    assert (waiting.state, waiting.attempts) == (VisitState.DEFERRED, 2)
    assert waiting.detail == "Retry-After"
    assert waiting.started_at is not None
    assert waiting.not_before > waiting.started_at + timedelta(seconds=50)
    assert book.claim(visit, "worker", 60) is None


def test_a_killed_workers_visit_is_planned_again_with_its_attempt_counted(engine: Engine) -> None:
    visit = plan(engine)
    lost = claim(engine, visit)
    assert VisitSchedule(engine).reap() == ()
    forget(engine)
    assert VisitSchedule(engine).reap() == (visit,)
    assert VisitHistory(engine).get(visit).state is VisitState.PLANNED
    again = claim(engine, visit)
    assert again.visit.attempts == 2
    assert again.lease.token > lost.lease.token


def test_a_worker_that_was_only_late_is_refused_everything(engine: Engine) -> None:
    visit, book = plan(engine), VisitBook(engine)
    late = claim(engine, visit)
    forget(engine)
    VisitSchedule(engine).reap()
    everything: list[Callable[[], None]] = [
        lambda: book.renew(late, 60),
        lambda: book.finish(late, DONE),
        lambda: book.defer(late, 5, LATER),
    ]
    for refused in everything:
        with pytest.raises(StaleToken):
            refused()
    again = claim(engine, visit)
    with pytest.raises(StaleToken):
        book.finish(late, DONE)
    book.finish(again, DONE)
    assert VisitHistory(engine).get(visit).state is VisitState.DONE


def test_a_running_visit_with_a_dead_lease_can_be_taken_over_without_a_reaper(
    engine: Engine,
) -> None:
    visit = plan(engine)
    late = claim(engine, visit)
    forget(engine)
    VisitBook(engine).finish(claim(engine, visit), DONE)
    with pytest.raises(StaleToken):
        VisitBook(engine).finish(late, DONE)


def test_a_late_worker_whose_lease_nobody_took_goes_on(engine: Engine) -> None:
    visit = plan(engine)
    late = claim(engine, visit)
    forget(engine)
    VisitBook(engine).renew(late, 60)
    assert VisitSchedule(engine).reap() == ()
    VisitBook(engine).finish(late, DONE)
    assert VisitHistory(engine).get(visit).state is VisitState.DONE


def test_when_a_slot_has_ended_its_regular_visits_are_missed_and_say_so(engine: Engine) -> None:
    regular, past = plan(engine), plan(engine, kind=VisitKind.PAST_DAY)
    assert VisitSchedule(engine).miss(before=NOW) == 0
    assert VisitSchedule(engine).miss(before=NOW + SLOT) == 1
    assert VisitHistory(engine).get(regular).state is VisitState.MISSED
    assert VisitHistory(engine).get(past).state is VisitState.PLANNED
    assert VisitBook(engine).claim(regular, "worker", 60) is None


def test_a_running_visit_is_not_missed(engine: Engine) -> None:
    visit = plan(engine)
    claim(engine, visit)
    assert VisitSchedule(engine).miss(before=NOW + SLOT) == 0


def test_visits_of_a_login_that_waits_for_a_person_wait_without_failing(engine: Engine) -> None:
    visit, kim = plan(engine), login_id(engine)
    LoginBook(engine).set_state(kim, SessionState.NEEDS_HUMAN, person("kim"), "captcha")
    assert VisitSchedule(engine).due() == ()
    assert VisitBook(engine).claim(visit, "worker", 60) is None
    assert VisitHistory(engine).get(visit).attempts == 0
    LoginBook(engine).set_state(kim, SessionState.ACTIVE, person("kim"))
    assert [one.id for one in VisitSchedule(engine).due()] == [visit]


def test_a_persons_command_and_a_visit_exclude_each_other(engine: Engine) -> None:
    visit, kim = plan(engine), login_id(engine)
    leases = LeaseBook(engine)
    with leases.hold(kim, "session refresh", "refresh", 60):
        assert VisitBook(engine).claim(visit, "worker", 60) is None
        with pytest.raises(LeaseTaken, match="session refresh"), leases.hold(kim, "x", "probe", 1):
            pass
    claim(engine, visit)
    with pytest.raises(LeaseTaken, match="worker"), leases.hold(kim, "x", "refresh", 1):
        pass


def test_a_lease_of_nobody_known_is_refused(engine: Engine) -> None:
    with pytest.raises(UnknownName):
        LeaseBook(engine).take(999, "worker", "probe", 1)


def test_the_newest_visits_come_first_and_of_one_login_only(engine: Engine) -> None:
    kim = login_id(engine)
    for slot in range(3):
        VisitSchedule(engine).plan({kim: 0}, NOW + slot * SLOT, VisitKind.REGULAR)
    slots = [visit.planned_at for visit in VisitHistory(engine).recent(limit=2, login="kim")]
    assert slots == [NOW + 2 * SLOT, NOW + SLOT]
    assert VisitHistory(engine).recent(login="nobody") == ()


def test_what_nobody_planned_is_noted_once_over_and_adds_up_at_the_same_moment(
    engine: Engine,
) -> None:
    kim = login_id(engine)
    with LeaseBook(engine).hold(kim, "worker", "refresh", 60) as lease:
        for requests in (30, 12):
            outcome = Outcome(VisitState.DONE, VerdictKind.OK, "", requests, 1000)
            VisitBook(engine).note(lease, VisitKind.REFRESH, NOW, "worker", outcome)
        VisitBook(engine).note(lease, VisitKind.PROBE, NOW, "worker", DONE)
    probe, refresh = VisitHistory(engine).recent()
    assert (refresh.kind, refresh.requests, refresh.bytes_received) == (VisitKind.REFRESH, 42, 2000)
    assert probe.requests == 0
    assert refresh.finished_at is not None
    assert VisitSchedule(engine).due() == ()
    with pytest.raises(StaleToken):
        VisitBook(engine).note(lease, VisitKind.REFRESH, NOW + SLOT, "worker", DONE)


def test_what_visits_cost_of_late_is_known_by_login_and_site(engine: Engine) -> None:
    assert recent_costs(engine) == {}
    for slots_ago, sizes in ((9, (500, 500)), (1, (40, 20)), (0, (4, 2))):
        at = NOW - slots_ago * SLOT
        visit = VisitSchedule(engine).plan({login_id(engine): 0}, at, VisitKind.REGULAR)
        claimed = claim(engine, visit[login_id(engine)])
        for site, requests in zip(("moment", "channel"), sizes, strict=True):
            page = PageRecord(site, "creatives", "/", VerdictKind.OK, requests=requests)
            with engine.begin() as connection:
                note_page(connection, claimed, page)
        VisitBook(engine).finish(claimed, replace(DONE, requests=3))  # a sign-in's
    (cost,) = recent_costs(engine).values()
    assert cost.requests == {"moment": 25, "channel": 11}
    assert cost.seconds is not None
    assert 0 <= cost.seconds < 60


def test_what_goes_on_at_a_site_is_told_from_its_visits(engine: Engine) -> None:
    apply(engine, with_logins(4))
    ids = [login_id(engine, f"login-{number}") for number in range(4)]
    schedule, book = VisitSchedule(engine), VisitBook(engine)
    read, missed = NOW - SLOT, NOW - 2 * SLOT
    for slot in (missed, read):
        schedule.plan({ids[0]: 0}, slot, VisitKind.REGULAR)
        schedule.miss(read, logins=[ids[0]])
    claimed = claim(engine, schedule.plan({ids[0]: 0}, read, VisitKind.REGULAR)[ids[0]])
    page = PageRecord("moment", "creatives", "/", VerdictKind.OK, readings=3)
    with engine.begin() as connection:
        note_page(connection, claimed, page)
    book.finish(claimed, DONE)
    now = schedule.plan({ids[1]: -30, ids[2]: 60, ids[3]: 0}, NOW, VisitKind.REGULAR)
    claim(engine, now[ids[3]])
    found = traffic(engine, NOW, 3 * SLOT)["moment"]
    assert (found.due, found.later, found.running) == (1, 1, 1)
    assert 30 <= found.waits_seconds < 90
    assert (found.read, found.ended, found.on_time) == (1, 2, 0.5)
    assert found.newest_slot == read
