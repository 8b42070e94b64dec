from __future__ import annotations

from dataclasses import replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, func, select, update

from domain.business_day import BusinessDay
from domain.evidence import Evidence
from domain.reading import Reading
from domain.verdict import OK, VerdictKind
from domain.visit import VisitKind, VisitState
from storage.entities import EntityBook
from storage.errors import EvidenceGone, EvidenceUnreadable, StaleToken
from storage.keyring import Keyring, generate_key
from storage.leases import LeaseBook
from storage.page_commit import PageCommit
from storage.proof_pages import ProofId, ProofStore, SealedPage, kept, size
from storage.readings import ReadingStore
from storage.tables import ProofPageRow, ReadingRow
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


DAY = date(2026, 3, 3)
SEEN = Evidence("kim", URL, OK, NOW, "<p>5원</p>", None, ((URL, '{"spend": 5}'),), ())


@pytest.fixture
def proof(engine: Engine) -> ProofStore:
    return ProofStore(engine, Keyring([generate_key()]))


def sealed(proof: ProofStore, claim: Claim, seen: Evidence = SEEN, number: int = 1) -> SealedPage:
    return proof.seal(seen, ProofId(MOMENT, DAY, "creatives", number), claim.visit)


def test_the_last_page_of_a_date_is_kept_with_its_readings_or_neither(
    engine: Engine, claim: Claim, commits: PageCommit, proof: ProofStore
) -> None:
    commits.commit(claim, PAGE, [READING], [sealed(proof, claim), sealed(proof, claim, number=2)])
    later = replace(SEEN, html="<p>6원</p>", taken_at=NOW + timedelta(minutes=20))
    commits.commit(claim, PAGE, (), [sealed(proof, claim, later)])
    first, second = kept(engine, MOMENT, DAY, 10)
    assert (first.id, first.taken_at) == ("moment/1001/2026-03-03/creatives/1", later.taken_at)
    assert (second.id, second.taken_at) == ("moment/1001/2026-03-03/creatives/2", NOW)
    assert proof.show(first.id) == later
    assert (size(engine).pages, size(engine).bytes) == (2, first.bytes + second.bytes)
    assert kept(engine, MOMENT, DAY - timedelta(days=1), 10) == ()
    LeaseBook(engine).release(claim.lease)
    with pytest.raises(StaleToken):
        commits.commit(claim, PAGE, [READING], [sealed(proof, claim)])
    assert proof.show(first.id) == later, "nor does a stale worker put an older one in its place"


def test_a_page_that_was_moved_to_another_date_does_not_open(
    engine: Engine, claim: Claim, commits: PageCommit, proof: ProofStore
) -> None:
    commits.commit(claim, PAGE, [READING], [sealed(proof, claim)])
    moved = "moment/1001/2026-03-02/creatives/1"
    with engine.begin() as connection:
        connection.execute(update(ProofPageRow).values(id=moved))
    with pytest.raises(EvidenceUnreadable, match="is that of moment/1001/2026-03-03"):
        proof.show(moved)
    with pytest.raises(EvidenceGone, match="No page"):
        proof.show("moment/1001/2026-03-03/creatives/1")
