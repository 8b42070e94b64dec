"""`danga backfill`: past days that are read once, beside the regular visits."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import structlog
from sqlalchemy import update

from crawler.browser import Browser
from domain.account import AccountKey
from domain.cause import CauseKind
from domain.entity import EntityKey, EntityKind, FoundEntity
from domain.visit import VisitKind, VisitState
from domain.wanted_day import WantedState
from storage.entities import EntityBook
from storage.tables import VisitRow
from storage.visit_schedule import VisitSchedule
from storage.wanted_days import WantedDays
from tests.admin.conftest import Ran, run
from tests.demo_server import RunningDemo
from tests.workers.workspace import (
    SIDES,
    Agency,
    inventory,
    login_of,
    pass_time,
    visits_of,
)
from workers.collecting import Wish, collect_here
from workers.house import House
from workers.notify.causes import present
from workers.notify.gather import gather
from workers.tick import tick
from workers.visiting import visit_next

FIRST, SECOND = date(2026, 3, 1), date(2026, 3, 2)
SLOW = {"requests_per_second": 0.2, "burst": 60, "requests_per_day": 17_280}
"""240 requests a slot, a quarter is 60: one unknown visit of 60 requests in each slot."""


def danga(agency: Agency, *words: str) -> Ran:
    ran = run("--workspace", agency.root, *words)
    structlog.reset_defaults()  # a command logs to its own stderr, which is over
    return ran


def conversions(demo: RunningDemo, day: date) -> tuple[int, int]:
    """Spend and conversions of account 1001 on a past date, as they truly were."""
    rows = [
        row for row in demo.truth(day=day) if (row["account"], row["kind"]) == ("1001", "creative")
    ]
    spend, results = (
        sum(row["value"] for row in rows if row["metric"] == metric)
        for metric in ("spend", "conversions")
    )
    return spend, results


def test_days_before_the_first_visit_are_read_in_a_browser_and_end_in_the_daily_report(
    house: House, agency: Agency, browser: Browser, demo: RunningDemo
) -> None:
    collect_here(house, browser, Wish((login_of(house.engine),)))
    asked = ("backfill", "--from", "2026-03-01", "--extend")
    looked = danga(agency, *asked).out
    assert "1 logins x 2 days = 2 = 2 visits." in looked
    assert "moment/1001 전환 (2026-03-03)" in looked
    assert "Nothing was planned: say --yes to do it." in looked
    assert WantedDays(house.engine).all() == ()
    done = danga(agency, *asked, "--yes", "--json").json()
    assert (done["planned"], done["members_extended"]) == (2, 37)
    again = danga(agency, *asked, "--yes", "--json").json()
    assert (again["planned"], again["members_extended"]) == (0, 0)

    for _ in range(2):
        agency.step(minutes=20)
        tick(house)
        pass_time(house.engine, minutes=20)
        while visit_next(house, browser) is not None:
            continue
    past = [one for one in visits_of(house.engine) if one.kind is VisitKind.PAST_DAY]
    assert [(one.business_date, one.state) for one in past] == [
        (FIRST, VisitState.DONE),
        (SECOND, VisitState.DONE),
    ]
    tick(house)
    (told,) = danga(agency, "backfill", "--json").json()["logins"]
    assert (told["read"], told["waiting"], told["given_up"]) == (2, 0, 0)

    span = ("--from", "2026-03-01", "--to", "2026-03-02", "--json")
    rows = {
        (row["watch"], row["date"]): row
        for row in danga(agency, "report", "daily", *span).json()["days"]
    }
    for day in (FIRST, SECOND):
        spend, results = conversions(demo, day)
        row = rows["moment/1001 전환", str(day)]
        assert (row["spend"], row["results"]) == (spend, results)
        assert (row["flags"], row["provisional"]) == (["day_only"], False)
        alone = rows["moment/1001 친구", str(day)]
        assert (alone["spend"], alone["unpaired_spend"]) == (None, spend)
        assert alone["provisional"] is None, "no results will ever come"
    assert danga(agency, "report", "hourly", *span).json()["hours"] == []
    rebuilt = danga(agency, "costs", "rebuild", "--from", "2026-03-01", "--to", "2026-03-03")
    assert "No row differs." in rebuilt.out

    why = danga(agency, "report", "explain", "moment/1001 전환", "2026-03-02", "--json").json()
    assert (why["date"], why["spend"], why["flags"]) == ("2026-03-02", spend, ["day_only"])
    assert sum(one["amount"] for one in why["members"] if one["side"] == "spend") == spend
    assert {one["visit"] for one in why["readings"]} == {past[1].id}
    none = danga(agency, "report", "explain", "moment/1001 전환", "2026-03-02T14")
    assert (none.code, "only the date as a whole was read: say 2026-03-02" in none.err) == (2, True)


@pytest.fixture
def listed(agency: Agency) -> Agency:
    """It is the 20th of March; an ad of kim's account was listed, kim's friends show no past."""
    agency.apply(inventory(agency.demo, *SIDES, budget=SLOW))
    agency.set_clock("2026-03-20T10:00:00+09:00")
    account = AccountKey("moment", "1001")
    ad = EntityKey("moment", "1001", EntityKind.CREATIVE, "cr1")
    friends = EntityKey("channel", "ch501", EntityKind.CHANNEL, "ch501")
    with agency.house() as house:
        book, now = EntityBook(house.engine), house.clock.now()
        book.follow(account, [FoundEntity(ad, "an ad")], now)
        book.follow(AccountKey("channel", "ch501"), [FoundEntity(friends, "friends")], now)
    return agency


def ask(agency: Agency, *words: str) -> int:
    done = danga(agency, "backfill", *words, "--yes", "--json")
    assert done.code == 0, done.err
    planned: int = done.json()["planned"]
    return planned


def wanted(house: House) -> list[tuple[int, WantedState, int]]:
    return [(one.day.day, one.state, one.tries) for one in WantedDays(house.engine).all()]


def end_past_days(house: House, state: VisitState, attempts: int = 1) -> None:
    with house.engine.begin() as connection:
        connection.execute(
            update(VisitRow)
            .where(VisitRow.kind == VisitKind.PAST_DAY, VisitRow.state == VisitState.PLANNED)
            .values(state=state, attempts=attempts, detail="the page broke")
        )


def test_wanted_days_come_one_after_another_after_the_regular_visits_and_outlive_a_day(
    listed: Agency,
) -> None:
    assert ask(listed, "--from", "2026-03-10", "--to", "2026-03-12", "--login", "kim-ads") == 3
    with listed.house() as house:
        for day, state in ((10, VisitState.DONE), (11, VisitState.DONE), (12, VisitState.PLANNED)):
            tick(house)
            tick(house)
            planned = WantedDays(house.engine).all([WantedState.PLANNED])
            assert [one.day.day for one in planned] == [day], "the oldest first, one in a slot"
            visit = next(v for v in visits_of(house.engine) if v.id == planned[0].visit_id)
            late = visit.not_before - max(
                v.not_before for v in visits_of(house.engine) if v.kind is VisitKind.REGULAR
            )
            assert late > timedelta(minutes=4)
            pass_time(house.engine, minutes=20)
            kinds = [one.kind for one in VisitSchedule(house.engine).due()]
            assert kinds == [VisitKind.REGULAR] * 2 + [VisitKind.PAST_DAY]
            end_past_days(house, state, attempts=0)
            listed.step(minutes=20)
        listed.step(minutes=60 * 30)  # nobody worked for more than a day
        tick(house)
        tick(house)
        (again,) = WantedDays(house.engine).all([WantedState.PLANNED])
        assert (again.visit_id != planned[0].visit_id, again.tries) == (True, 0)


def test_a_day_that_fails_three_times_is_given_up_and_told_until_it_is_asked_for_again(
    listed: Agency,
) -> None:
    ask(listed, "--from", "2026-03-10", "--to", "2026-03-10", "--site", "moment")
    with listed.house() as house:
        for tries in (1, 2, 3):
            tick(house)
            end_past_days(house, VisitState.PARTIAL)
            tick(house)
            state = WantedState.GIVEN_UP if tries == 3 else WantedState.WAITING
            assert wanted(house) == [(10, state, tries)]
            listed.step(minutes=20)
        facts = gather(house, house.clock.now(), ()).facts
        (cause,) = [p.cause for p in present(facts) if p.cause.kind is CauseKind.BACKFILL]
        assert (cause.subject, "the page broke" in cause.reason) == ("kim-ads", True)
        assert "partial: the page broke" in danga(listed, "backfill").out
        assert ask(listed, "--from", "2026-03-10", "--to", "2026-03-10") == 1
        assert wanted(house) == [(10, WantedState.WAITING, 0)]
        assert "1 past days are still to be read" in danga(listed, "visits").out
        assert danga(listed, "backfill", "--cancel", "--json").json() == {"forgotten": 1}
        audited = danga(listed, "audit", "--action", "backfill.", "--json").json()["audit"]
        assert [line["action"] for line in audited] == ["backfill.cancel", *["backfill.ask"] * 2]
        assert audited[-1]["detail"]["logins"] == ["kim-ads"]


def test_a_day_that_was_read_before_it_settled_is_read_again(listed: Agency) -> None:
    with listed.house() as house:
        login = login_of(house.engine, "kim-ads").id
        for day, at in ((17, "2026-03-18T07:59"), (18, "2026-03-19T08:10")):
            moment = datetime.fromisoformat(f"{at}:00+09:00")
            visits = VisitSchedule(house.engine)
            visits.plan({login: 0}, moment, VisitKind.PAST_DAY, date(2026, 3, day))
        end_past_days(house, VisitState.DONE)
    asked = ("--from", "2026-03-17", "--to", "2026-03-18", "--login", "kim-ads")
    (told,) = danga(listed, "backfill", *asked, "--json").json()["logins"]
    assert (told["days"], told["read"]) == (1, 1)


def test_what_cannot_be_read_is_said_before_anything_is_planned(listed: Agency) -> None:
    found = danga(listed, "backfill", "--from", "2025-12-16", "--to", "2025-12-19").out
    assert "the pages of channel show no past days at all" in found
    assert "the pages of moment go 92 days back" in found
    assert "2 logins x 4 days = 8 - 6 not shown by their sites = 2 visits." in found
    assert "1.00" in found, "visits in a slot"
    for words, says in (
        (("--from", "2026-03-20"), "--from: 2026-03-20 is not over (today is 2026-03-20"),
        (("--from", "2026-03-01", "--to", "2026-04-01"), "--to: 2026-04-01 is not over"),
        (("--from", "2026-03-09", "--to", "2026-03-08"), "--from: 2026-03-09 is after --to"),
        (("--from", "9 March"), "--from: 9 March is no date (write 2026-03-03)"),
        (("--from", "2025-01-01"), "--from: 2025-01-01 to 2026-03-19 is 443 days (ask for 400"),
        (("--from", "2026-03-01", "--login", "kim-add"), "did you mean kim-ads?"),
        (("--from", "2026-03-01", "--client", "x"), "--client: there is no client x"),
        (("--yes",), "--yes: stands without --from"),
    ):
        ran = danga(listed, "backfill", *words)
        assert (ran.code, says in ran.err) == (2, True), ran.err
    ran = danga(listed, "collect", "--day", "2025-11-01")
    assert (ran.code, "no page of channel, moment shows 2025-11-01" in ran.err) == (2, True)
