from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from domain.audit import person
from domain.policy import SitePolicy
from domain.request_budget import QuietHours, RequestBudget
from domain.session import SessionState
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from reports.freshness import Freshness, freshness
from reports.watched import Scope
from storage.logins import LoginBook
from storage.transaction import run_in_transaction
from storage.visit_record import Outcome, PageRecord
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook, note_page
from tests.reports.rows import SEOUL, seoul
from tests.storage.inventories import INVENTORY, WATCH, apply, login_id

NOW = seoul("2026-03-10T01:10")
"""Today's slots of 00:00, 00:20 and 00:40 are over, that of 01:00 is not."""


@pytest.fixture
def agency(engine: Engine) -> Engine:
    apply(engine, at=seoul("2026-03-01"))
    return engine


def visit(engine: Engine, at: datetime, verdict: VerdictKind = VerdictKind.OK) -> None:
    """Read the account of `moment` in a slot, with two pages."""
    login = login_id(engine)
    ids = VisitSchedule(engine).plan({login: 0.0}, at, VisitKind.REGULAR)
    claim = VisitBook(engine).claim(ids[login], "w", 60)
    assert claim is not None
    for path in ("/1", "/2"):
        page = PageRecord("moment", "creatives", path, verdict, account="1001", readings=3)
        run_in_transaction(engine, lambda to, page=page: note_page(to, claim, page))  # type: ignore[misc]
    VisitBook(engine).finish(claim, Outcome(VisitState.DONE, verdict))


def moment(engine: Engine, scope: Scope = Scope(), now: datetime = NOW) -> Freshness:  # noqa: B008
    found = freshness(engine, scope, now, SEOUL)
    return next(one for one in found if one.account.site == "moment")


def test_a_slot_counts_when_it_was_read_or_is_over(agency: Engine) -> None:
    visit(agency, seoul("2026-03-09T23:40"))
    visit(agency, seoul("2026-03-10T00:00"))
    visit(agency, seoul("2026-03-10T00:20"), VerdictKind.BLANK)
    visit(agency, seoul("2026-03-10T01:00"))
    found = moment(agency)
    assert (found.slots_read, found.slots_due) == (2, 4)
    assert found.last_reading_at == seoul("2026-03-10T01:00")
    assert not found.is_stale(NOW)
    assert found.is_stale(NOW + timedelta(minutes=31))


def test_an_account_that_was_never_read_has_no_age(agency: Engine) -> None:
    found = moment(agency)
    assert (found.last_reading_at, found.slots_read, found.slots_due) == (None, 0, 3)
    assert found.is_stale(NOW)


def test_quiet_hours_and_the_time_before_it_was_declared_are_not_due(engine: Engine) -> None:
    quiet = RequestBudget(quiet=QuietHours.parse("00:30-05:00"))
    sites = tuple(
        replace(site, policy=SitePolicy("demo:X", "http://127.0.0.1:1", quiet))
        for site in INVENTORY.sites
    )
    apply(engine, replace(INVENTORY, sites=sites), seoul("2026-03-10T00:10"))
    assert moment(engine).slots_due == 1  # 00:20


def test_a_login_that_waits_says_since_when(agency: Engine) -> None:
    LoginBook(agency).set_state(
        login_id(agency), SessionState.NEEDS_HUMAN, person("kim"), "captcha"
    )
    found = moment(agency)
    assert (found.login, found.state) == ("kim", SessionState.NEEDS_HUMAN)
    assert found.waits_since == LoginBook(agency).get("kim").state_since


def test_accounts_are_those_that_the_chosen_watches_need(agency: Engine) -> None:
    assert moment(agency, Scope(owner="lee", client="shop", watch=WATCH.name)).client == "shop"
    assert freshness(agency, Scope(owner="park"), NOW, SEOUL) == ()
