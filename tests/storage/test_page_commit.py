from __future__ import annotations

from datetime import date, time
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select

from domain.business_day import BusinessDay
from domain.reading import Reading
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from storage.entities import EntityBook
from storage.errors import StaleToken
from storage.leases import LeaseBook
from storage.page_commit import PageCommit
from storage.readings import ReadingStore
from storage.tables import ReadingRow
from storage.visit_history import VisitHistory
from storage.visit_record import Claim, Outcome, PageRecord
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook
from tests.storage.inventories import MOMENT, NOW, apply, creative, found, login_id

KST = BusinessDay(ZoneInfo("Asia/Seoul"), time(8))
READING = Reading(creative("1"), "spend", date(2026, 3, 3), 5, NOW, NOW, "5원")
URL = "http://127.0.0.1:1/creatives?page=1"
PAGE = PageRecord(
    "moment",
    "creatives",
    "/creatives",
    VerdictKind.OK,
    account="1001",
    requests=41,
    bytes_received=1_000_000,
    readings=1,
    steps=("went back",),
    progress={"url": URL, "next_url": None, "found": []},
)
FAILED = PageRecord("moment", "creatives", "/creatives", VerdictKind.BLANK, detail="empty root")


@pytest.fixture
def claim(engine: Engine) -> Claim:
    apply(engine)
    EntityBook(engine).follow(MOMENT, [found("1", "spring")], NOW)
    login = login_id(engine)
    visit = VisitSchedule(engine).plan({login: 0}, NOW, VisitKind.REGULAR)[login]
    claimed = VisitBook(engine).claim(visit, "worker", 60)
    assert claimed is not None
    return claimed


@pytest.fixture
def commits(engine: Engine) -> PageCommit:
    return PageCommit(engine, ReadingStore(engine, lambda site: KST))


def stored(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(ReadingRow)) or 0


def test_a_page_is_noted_with_its_readings_and_counts_add_up(
    engine: Engine, claim: Claim, commits: PageCommit
) -> None:
    commits.commit(claim, FAILED, ())
    commits.commit(claim, PAGE, [READING])
    visit = VisitHistory(engine).get(claim.visit.id)
    assert (visit.requests, visit.bytes_received, visit.readings) == (41, 1_000_000, 1)
    assert (visit.pages_read, visit.pages_failed) == (1, 1)
    assert VisitHistory(engine).pages(visit.id) == (FAILED, PAGE)
    assert stored(engine) == 1


def test_a_stale_worker_commits_neither_page_nor_readings(
    engine: Engine, claim: Claim, commits: PageCommit
) -> None:
    LeaseBook(engine).release(claim.lease)
    with pytest.raises(StaleToken):
        commits.commit(claim, PAGE, [READING])
    assert VisitHistory(engine).pages(claim.visit.id) == ()
    assert stored(engine) == 0


def test_the_next_attempt_knows_which_pages_were_read_well(
    engine: Engine, claim: Claim, commits: PageCommit
) -> None:
    assert commits.progress(claim.visit.id) == []
    commits.commit(claim, PAGE, [READING])
    VisitBook(engine).defer(claim, 0, Outcome(VisitState.DEFERRED))
    again = VisitBook(engine).claim(claim.visit.id, "another", 60)
    assert again is not None
    commits.commit(again, FAILED, ())
    assert commits.progress(again.visit.id) == [PAGE.progress]
    assert len(VisitHistory(engine).pages(again.visit.id)) == 2
