"""The minute's tick: what it plans, what it gives up, and that it may run twice at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from crawler.browser import Browser
from crawler.reread import kept_page, reread
from domain.account import AccountKey
from domain.audit import Deed, person
from domain.visit import VisitKind, VisitState
from domain.wanted_day import WantedState
from storage.leases import LeaseBook
from storage.logins import LoginBook
from storage.proof_pages import kept
from storage.tables import VisitRow
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook
from storage.wanted_days import WantedDays
from tests.demo_server import ROOT, RunningDemo
from tests.workers.workspace import (
    KIM,
    LEE,
    SIDES,
    Agency,
    inventory,
    login_of,
    pass_time,
    stored_numbers,
    visits_of,
)
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.tick import tick
from workers.visiting import visit_next

BEGIN = datetime(2026, 3, 3, 1, tzinfo=UTC)


@pytest.fixture(params=["agency", "grown"])
def either(request: pytest.FixtureRequest) -> Agency:
    """A workspace on SQLite, and one on MariaDB."""
    made: Agency = request.getfixturevalue(request.param)
    return made


@contextmanager
def _ticking(agency: Agency, times: int) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.workers.ticking", str(agency.root), str(times)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield process


def _let_go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("\n")
    process.stdin.flush()


def test_two_schedulers_at_once_plan_every_login_exactly_once(either: Agency) -> None:
    # 240 requests a slot; a quarter of it is one visit of a past day, of unknown cost.
    slow = {"requests_per_second": 0.2, "burst": 60, "requests_per_day": 17_280}
    either.apply(inventory(either.demo, *SIDES, LEE, budget=slow))
    with either.house() as house:
        kim, book = login_of(house.engine, "kim-ads").id, WantedDays(house.engine)
        days = [(kim, date(2026, 2, day)) for day in (20, 21, 22)]
        assert book.want(days, person("jieun"), Deed("backfill.ask", "days"), BEGIN) == 3
        assert book.want(days, person("jieun"), Deed("backfill.ask", "days"), BEGIN) == 0
    with _ticking(either, 5) as one, _ticking(either, 5) as other:
        for process in (one, other):
            _let_go(process)
        assert [process.wait(60) for process in (one, other)] == [0, 0]
    with either.house() as house:
        (wanted,) = WantedDays(house.engine).all([WantedState.PLANNED])
        past = [one for one in visits_of(house.engine) if one.kind is VisitKind.PAST_DAY]
        assert [(one.id, one.business_date) for one in past] == [(wanted.visit_id, wanted.day)]
        planned = [one for one in visits_of(house.engine) if one.kind is VisitKind.REGULAR]
        assert sorted(visit.login for visit in planned) == ["kim-ads", "kim-friends", "lee"]
        assert {visit.planned_at for visit in planned} == {house.clock.now()}


def test_logins_that_a_watch_joins_start_together_and_groups_are_spread(agency: Agency) -> None:
    agency.apply(inventory(agency.demo, *SIDES, LEE))
    with agency.house() as house:
        tick(house)
        starts = {visit.login: visit.not_before for visit in visits_of(house.engine)}
    assert starts["kim-ads"] == starts["kim-friends"]
    apart = (starts["lee"] - starts["kim-ads"]).total_seconds()
    assert apart == pytest.approx(295, abs=6)


def test_a_tick_that_comes_late_in_its_slot_begins_at_once_but_not_with_everybody(
    agency: Agency,
) -> None:
    agency.apply(inventory(agency.demo, *SIDES, LEE))
    with agency.house() as house:
        agency.step(minutes=15)
        due = tick(house)
        assert sum(due.values()) == 2
        slot = house.clock.now() - timedelta(minutes=15)
        visits = visits_of(house.engine)
        assert {visit.planned_at for visit in visits} == {slot}
        starts = sorted(visit.not_before for visit in visits)
        assert 60 < (starts[-1] - starts[0]).total_seconds() < 300
        pass_time(house.engine, minutes=5)
        assert sum(tick(house).values()) == 3


def test_a_visit_that_never_ran_in_its_slot_is_missed_and_the_next_one_planned(
    house: House, agency: Agency
) -> None:
    tick(house)
    agency.step(minutes=20)
    assert tick(house) == {"moment": 1}
    assert [visit.state for visit in visits_of(house.engine)] == [
        VisitState.MISSED,
        VisitState.PLANNED,
    ]


def test_a_visit_whose_process_is_gone_is_planned_again(house: House) -> None:
    tick(house)
    (due,) = VisitSchedule(house.engine).due()
    assert VisitBook(house.engine).claim(due.id, "a process that dies", 300) is not None
    assert tick(house) == {}
    pass_time(house.engine, minutes=6)
    assert tick(house) == {"moment": 1}
    (visit,) = visits_of(house.engine)
    assert (visit.state, visit.attempts) == (VisitState.PLANNED, 1)


def test_a_past_day_is_read_once_after_the_site_settles_and_only_where_it_was_measured(
    agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, LEE))
    with agency.house() as house:
        collect_here(house, browser, Wish((login_of(house.engine, "kim"),)))
        for moment, planned in [
            ("2026-03-04T07:59:00+09:00", 0),
            ("2026-03-04T08:00:00+09:00", 1),
            ("2026-03-04T08:01:00+09:00", 1),
        ]:
            agency.set_clock(moment)
            tick(house)
            past = [v for v in visits_of(house.engine) if v.kind is VisitKind.PAST_DAY]
            assert len(past) == planned
        (visit,) = past
        assert (visit.login, visit.business_date) == ("kim", date(2026, 3, 3))


def test_the_settled_figures_of_yesterday_make_its_costs_final(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    collect_here(house, browser, Wish(LoginBook(house.engine).all()))
    _require_proof(house, date(2026, 3, 3), VisitKind.REGULAR)
    agency.set_clock("2026-03-04T08:00:00+09:00")
    tick(house)
    pass_time(house.engine, minutes=20)
    while visit_next(house, browser) is not None:
        continue
    past = next(v for v in visits_of(house.engine) if v.kind is VisitKind.PAST_DAY)
    assert past.state is VisitState.DONE
    _require_proof(house, date(2026, 3, 3), VisitKind.PAST_DAY)
    settled = stored_numbers(house.engine, past.planned_at, date(2026, 3, 3))
    truth = {
        (row["site"], row["account"], row["external_id"], row["metric"]): (
            row["business_date"],
            row["value"],
        )
        for row in demo.truth(day=date(2026, 3, 3))
        if row["kind"] == "creative" and row["account"] == "1001"
    }
    assert settled == truth


def _require_proof(house: House, day: date, kind: VisitKind) -> None:
    """The last page of the ads' date is kept, without secrets, and gives what was stored."""
    (page,) = kept(house.engine, AccountKey("moment", "1001"), day, 10)
    assert page.kind == kind
    assert house.proof is not None
    seen = house.proof.show(page.id)
    print(f"{page.id}: {page.bytes} bytes of {len(seen.html)} characters of HTML")
    saved = kept_page(seen)
    assert saved is not None
    listed = reread(
        house.site("moment"), saved, lambda found: frozenset(one.key for one in found.entities)
    )
    numbers = {(one.entity.external_id, one.metric): one.value for one in listed.readings}
    stored = stored_numbers(house.engine, page.slot_at, day)
    assert numbers == {key[2:]: value for key, (_, value) in stored.items() if key[0] == "moment"}
    session = house.vault.load(login_of(house.engine).id)
    assert session is not None
    cookies = [cookie["value"] for cookie in session.session.cookies if len(cookie["value"]) > 15]
    text = " ".join([seen.html, seen.page_url, *(body for _, body in seen.answers), *seen.log])
    assert cookies
    assert [secret for secret in ("demo-kim", *cookies) if secret in text] == []


def _past_days(house: House) -> list[tuple[date | None, VisitState]]:
    past = [visit for visit in visits_of(house.engine) if visit.kind is VisitKind.PAST_DAY]
    return sorted((visit.business_date, visit.state) for visit in past)


def _end_all(house: House, kind: VisitKind, state: VisitState) -> None:
    """Let all visits of a kind that wait end so, with a page read."""
    with house.engine.begin() as connection:
        connection.execute(
            update(VisitRow)
            .where(VisitRow.kind == kind, VisitRow.state == VisitState.PLANNED)
            .values(state=state, pages_read=1)
        )


def test_dates_that_could_not_be_settled_are_all_planned_again_on_a_later_day(
    house: House, agency: Agency
) -> None:
    for day in ("2026-03-03", "2026-03-04", "2026-03-05"):
        agency.set_clock(f"{day}T10:00:00+09:00")
        tick(house)
        _end_all(house, VisitKind.REGULAR, VisitState.DONE)
        _end_all(house, VisitKind.PAST_DAY, VisitState.MISSED)
    agency.set_clock("2026-03-06T08:00:00+09:00")
    tick(house)
    tick(house)
    planned = [day for day, state in _past_days(house) if state is VisitState.PLANNED]
    assert planned == [date(2026, 3, 3), date(2026, 3, 4), date(2026, 3, 5)]
    _end_all(house, VisitKind.PAST_DAY, VisitState.DONE)
    agency.set_clock("2026-03-07T08:00:00+09:00")
    tick(house)
    assert not [day for day, state in _past_days(house) if state is VisitState.PLANNED]


def test_a_date_that_its_site_still_restates_is_read_again_each_day(
    house: House, agency: Agency
) -> None:
    house.site("moment").restates_days = 2  # type: ignore[misc]
    tick(house)
    _end_all(house, VisitKind.REGULAR, VisitState.DONE)
    read = []
    for day in ("2026-03-04", "2026-03-05", "2026-03-06", "2026-03-07"):
        agency.set_clock(f"{day}T08:00:00+09:00")
        tick(house)
        read.append([one for one, state in _past_days(house) if state is VisitState.PLANNED])
        _end_all(house, VisitKind.PAST_DAY, VisitState.DONE)
    assert read == [[date(2026, 3, 3)]] * 3 + [[]]


def test_a_login_that_somebody_works_with_is_not_announced(house: House) -> None:
    with LeaseBook(house.engine).hold(login_of(house.engine).id, "a person", "refresh", 60):
        assert tick(house) == {}
    assert tick(house) == {"moment": 1}


def test_a_date_of_which_only_a_part_was_read_is_planned_again_the_next_day(
    house: House, agency: Agency
) -> None:
    tick(house)
    _end_all(house, VisitKind.REGULAR, VisitState.DONE)
    agency.set_clock("2026-03-04T08:00:00+09:00")
    tick(house)
    _end_all(house, VisitKind.PAST_DAY, VisitState.PARTIAL)
    tick(house)
    assert _past_days(house) == [(date(2026, 3, 3), VisitState.PARTIAL)]  # not twice a day
    agency.set_clock("2026-03-05T08:00:00+09:00")
    tick(house)
    assert (date(2026, 3, 3), VisitState.PLANNED) in _past_days(house)


def test_a_date_that_was_missed_between_two_measured_ones_is_read_once_it_has_settled(
    house: House, agency: Agency
) -> None:
    """Else the interval that spans it would wait for its figure for ever."""
    tick(house)
    _end_all(house, VisitKind.REGULAR, VisitState.DONE)
    agency.set_clock("2026-03-05T20:00:00+09:00")  # nothing ran for two days
    tick(house)
    assert [day for day, _ in _past_days(house)] == [date(2026, 3, 3)]
    _end_all(house, VisitKind.REGULAR, VisitState.DONE)
    agency.set_clock("2026-03-05T20:20:00+09:00")
    tick(house)
    assert [day for day, _ in _past_days(house)] == [date(2026, 3, 3), date(2026, 3, 4)]


def test_past_days_wait_for_regular_visits_and_do_not_all_begin_at_the_same_moment(
    agency: Agency, demo: RunningDemo
) -> None:
    agency.apply(inventory(demo, KIM, LEE))
    with agency.house() as house:
        tick(house)
        _end_all(house, VisitKind.REGULAR, VisitState.DONE)
        agency.set_clock("2026-03-04T08:00:00+09:00")
        tick(house)
        past = [v for v in visits_of(house.engine) if v.kind is VisitKind.PAST_DAY]
        assert len({visit.not_before for visit in past}) == len(past) == 2
        pass_time(house.engine, minutes=90)
        kinds = [visit.kind for visit in VisitSchedule(house.engine).due()]
        assert kinds == [VisitKind.REGULAR] * 2 + [VisitKind.PAST_DAY] * 2
