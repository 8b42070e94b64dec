"""`danga report explain`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from domain.account import AccountKey
from domain.audit import Deed, person
from domain.evidence import Evidence
from domain.verdict import OK
from domain.visit import VisitKind
from storage.audit import AuditBook, note_deed
from storage.logins import LoginBook
from storage.proof_pages import ProofId, keep
from storage.readings import Origin
from storage.visit_history import VisitHistory
from storage.visit_schedule import VisitSchedule
from tests.admin.conftest import Danga
from tests.admin.measured import WATCH, level, measured, opened, read, spend
from tests.reports.rows import seoul

ACCOUNT = "account moment/1001"


@pytest.fixture
def explained(danga: Danga, monkeypatch: pytest.MonkeyPatch) -> Danga:
    """13:00 to 14:00 was read, one slot twice; the next morning the date was restated."""
    monkeypatch.setenv("DANGA_CLOCK_FILE", "clock")
    measured(danga, ("2026-03-03T13:00", 1_000, 50), ("2026-03-03T13:20", 3_000, 51))
    again = replace(spend("2026-03-03T13:20", 3_500), shown="3,500 원")
    read(danga, replace(again, observed_at=again.observed_at + timedelta(minutes=1)))
    read(danga, spend("2026-03-04T00:20", 500), level("2026-03-04T00:20", 60))
    past = Origin(VisitKind.PAST_DAY)
    read(danga, spend("2026-03-04T08:10", 9_900, date(2026, 3, 3)), origin=past)
    return danga


def test_an_hour_is_explained_down_to_the_text_on_the_page(explained: Danga) -> None:
    note_often(explained, "alert.mute", f"watch {WATCH}")
    note_often(explained, "account.change", ACCOUNT)
    found = explained("report", "explain", WATCH, "2026-03-03T13", "--json").json()
    assert (found["watch"], found["spend"]) == (WATCH, 2_900), "400 of the interval till midnight"
    (first, *_) = [one for one in found["intervals"] if one["results"] == 1]
    assert (first["spend"], first["unit_cost"]) == (2_500, "2500.0000")
    shares = {
        one["metric"]: one["amount"]
        for one in found["members"]
        if one["slot_at"] == first["slot_at"]
    }
    assert shares == {"spend": 2_500, "friends": 1}
    seen = [
        (one["shown"], one["revision"], one["restated"])
        for one in found["readings"]
        if one["metric"] == "spend" and one["date"] == "2026-03-03"
    ]
    assert ("3,000원", 0, False) in seen
    assert ("3,500 원", 1, True) in seen
    assert ("9,900원", 0, True) in seen, "restated the next morning"
    (added, *_) = [one for one in found["changes"] if one["name"] == WATCH]
    assert (added["what"], added["author"] != "") == ("add watch", True)
    assert found["older_changes_of"] == [ACCOUNT]
    assert [one["what"] for one in found["changes"]].count("change account") == 20
    said = explained("report", "explain", WATCH, "2026-03-03T13", "--lang", "en").out
    assert "3,500 원" in said
    assert "a slot was missed" in said
    assert f"Older changes: `danga audit '{ACCOUNT}'`" in said
    assert "unit cost" in said
    korean = explained("report", "explain", WATCH, "2026-03-03T13").out
    assert [
        word
        for word in ("단가", "페이지 표시", "결과", "남긴 페이지가 없습니다.")
        if word not in korean
    ] == []


def note_often(danga: Danga, action: str, subject: str) -> None:
    """Write 25 lines of the audit."""
    with opened(danga) as house, house.engine.begin() as connection:
        for number in range(25):
            note_deed(connection, person("mina"), Deed(action, subject, f"{number}"))


UNKNOWN = (
    "2026-03-01 has no hours, and spend of moment/1001 1 is not known for 2026-03-01 as a whole"
    " (`danga backfill --from 2026-03-01 --again`"
)


def test_an_hour_that_cannot_be_explained_is_said_to_be(explained: Danga) -> None:
    for words, says in (
        ((WATCH, "2026-03-04T05"), "2026-03-04 05:00 of 봄꽃 친구 추가 was never measured"),
        ((WATCH, "2026-03-01T13"), UNKNOWN),
        ((WATCH, "2026-03-01"), UNKNOWN),
        ((WATCH, "2026-02-20"), "봄꽃 친구 추가 had no ads on 2026-02-20 (`danga backfill"),
        (("봄꽃 친구", "2026-03-03T13"), "there is no watch 봄꽃 친구 (did you mean"),
        ((WATCH, "2026-03-03"), "HOUR: 2026-03-03 is no hour (write 2026-03-03T23)"),
        ((WATCH, "2027-03-03T13"), "lies in the future"),
        ((WATCH, "2027-03-03"), "lies in the future"),
    ):
        ran = explained("report", "explain", *words)
        assert (ran.code, says in ran.err) == (2, True), ran.err


PROOF = "moment/1001/2026-03-03/creatives/1"


def prove(danga: Danga) -> None:
    """Keep the ads' last page of 3 March."""
    with opened(danga) as house:
        login = LoginBook(house.engine).get("kim").id
        at = seoul("2026-03-04T08:10")
        made = VisitSchedule(house.engine).plan({login: 0}, at, VisitKind.PAST_DAY)[login]
        visit = VisitHistory(house.engine).get(made)
        url, answers = "http://127.0.0.1/1001", (("http://127.0.0.1/api", "{}"),)
        seen = Evidence("kim", url, OK, at, "<p>9,900원</p>", None, answers, ("opened",), "moment")
        of = ProofId(AccountKey("moment", "1001"), date(2026, 3, 3), "creatives", 1)
        assert house.proof is not None
        with house.engine.begin() as connection:
            keep(connection, [house.proof.seal(seen, of, visit)])


def test_the_last_page_of_the_day_is_named_listed_and_opened(explained: Danga) -> None:
    nothing = explained("evidence", "proof")
    assert "No page is kept of that." in nothing.out
    prove(explained)
    found = explained("report", "explain", WATCH, "2026-03-03T13", "--json").json()["proof"]
    assert [(one["id"], one["kind"]) for one in found] == [(PROOF, "past_day")]
    assert f"{PROOF}" in explained("report", "explain", WATCH, "2026-03-03T13").out
    assert explained("report", "explain", WATCH, "2026-03-04T00", "--json").json()["proof"] == found
    listed = explained("evidence", "proof", "--account", "moment/1001", "--json").json()
    assert [(one["id"], one["date"]) for one in listed["proof"]] == [(PROOF, "2026-03-03")]
    assert (listed["pages"], listed["bytes"], listed["kept_months"]) == (1, found[0]["bytes"], 13)
    assert explained("evidence", "proof", "--date", "2026-03-02", "--json").json()["proof"] == []
    folder = explained.workspace / "page"
    shown = explained("evidence", "show", PROOF, "--to", folder, "--json").json()
    assert (shown["verdict"], shown["taken_at"]) == ("ok", "2026-03-03T23:10:00+00:00")
    assert (folder / "page.html").read_text() == "<p>9,900원</p>"
    with opened(explained) as house:
        (line, *_) = AuditBook(house.engine).newest("login kim", "evidence.show")
    assert line.deed.detail == {"evidence": PROOF, "site": "moment", "written": True}
    for words, says in (
        (("proof", "--account", "1001"), "1001 is no account (write site/id: moment/1001)"),
        (("proof", "--date", "3월"), "3월 is no date (write 2026-03-03)"),
        (("show", PROOF[:-1] + "2"), "See `danga evidence proof`"),
    ):
        ran = explained("evidence", *words)
        assert (ran.code != 0, says in ran.err) == (True, True), ran.err
