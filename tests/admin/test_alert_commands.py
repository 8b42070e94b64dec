"""`danga alert`: what costs too much, and who does not want to hear of it today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from domain.business_day import BusinessDay
from domain.cause import Cause, CauseKind, CostShown
from storage.causes import CauseBook
from storage.engine import open_engine
from tests.admin.conftest import Danga
from tests.admin.inventories import whole

WATCH = "봄꽃 친구 추가"


@dataclass
class Applied:
    """A workspace whose inventory was applied."""

    danga: Danga

    def cause(self, since: datetime) -> None:
        """Let an alert of the watch be open since then."""
        cost = CostShown("봄꽃마켓", ("김지은",), "KRW", 30_000, 82_400, 2, timedelta(hours=1))
        engine = open_engine(f"sqlite:///{self.danga.workspace}/danga.db")
        CauseBook(engine).appear(
            Cause(CauseKind.COST_HIGH, WATCH, "82,400원 for 2 in 60 min", since, cost=cost), since
        )
        engine.dispose()


@pytest.fixture
def applied(danga: Danga) -> Applied:
    danga.write("danga.yaml", whole())
    assert danga("apply", "--yes").code == 0
    return Applied(danga)


def test_a_watch_is_muted_until_the_business_midnight_and_listed(applied: Applied) -> None:
    danga, since = applied.danga, datetime.now(UTC).replace(microsecond=0)
    applied.cause(since)
    day = BusinessDay.of("Asia/Seoul", datetime.min.time())
    midnight = day.ends(day.date_of(since))
    told = danga("alert", "mute", WATCH, "--reason", "a test", "--json").json()
    assert datetime.fromisoformat(told["until"]) == midnight
    listed = danga("alert", "list", "--json").json()
    (alert,), (mute,) = listed["alerts"], listed["mutes"]
    assert (alert["watch"], alert["kind"], alert["spend"]) == (WATCH, "cost_high", 82_400)
    assert datetime.fromisoformat(alert["muted_until"]) == midnight
    assert (mute["watch"], mute["reason"]) == (WATCH, "a test")
    assert "82,400원 for 2" in danga("alert", "list").out
    assert danga("alert", "unmute", WATCH, "--json").json()["was_muted"] is True
    assert danga("alert", "unmute", WATCH, "--json").json()["was_muted"] is False
    assert danga("alert", "list", "--json").json()["mutes"] == []
    deeds = danga("audit", f"watch {WATCH}", "--json").json()["audit"]
    assert sorted(one["action"] for one in deeds if one["action"].startswith("alert")) == [
        "alert.mute",
        "alert.unmute",
    ]


def test_what_cannot_be_muted_is_said(applied: Applied) -> None:
    danga = applied.danga
    for words, says in (
        (("mute", "Nobody's"), 'There is no watch "Nobody\'s"'),
        (("unmute", "Nobody's"), "danga watch list"),
        (("mute", WATCH, "--until", "tomorrow"), "tomorrow is no moment"),
        (("mute", WATCH, "--until", "2020-01-01T00:00"), "2020-01-01T00:00 is past"),
    ):
        ran = danga("alert", *words)
        assert ran.code == 2, words
        assert says in ran.err
    assert danga("alert", "list").out.count("\n") == 3


def test_the_digest_is_shown_now_and_sent_to_nobody(applied: Applied) -> None:
    danga = applied.danga
    shown = danga("alert", "digest", "--owner", "김지은").out
    assert "측정 없음" in shown
    assert WATCH in shown
    english = danga("alert", "digest", "--lang", "en", "--json").json()
    assert english["title"].startswith("[Danga] Summary of ")
    assert "not measured" in english["text"]
    assert danga("notify", "list", "--json").json()["messages"] == []
    assert danga("alert", "digest", "--owner", "Nobody").code == 2
