"""One message per cause, one when it is over, whatever flaps in between."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import time, timedelta

import pytest
from sqlalchemy import Engine, update

from domain.audit import person, program
from domain.cause import CauseKind
from domain.inventory import LoginSpec, ProxyWish
from domain.person import DigestDays, Language, PersonSpec, Role
from domain.request_budget import QuietHours, RequestBudget
from domain.session import SessionState
from domain.verdict import VerdictKind
from storage.causes import CauseBook
from storage.database_clock import database_now
from storage.engine import open_engine
from storage.errors import UnknownName
from storage.heartbeats import HeartbeatBook
from storage.outbox import MessageState
from storage.proxies import Backoff, ProxyBook
from storage.site_halts import HaltBook
from storage.tables import WorkerHeartbeatRow
from storage.watch_troubles import note_settled
from storage.watches import WatchBook
from tests.notify.agency import PARK, Office, inventory, minutes
from workers.house import House
from workers.notify import gather
from workers.notify.telling import tell

OK, CAPTCHA = VerdictKind.OK, VerdictKind.CAPTCHA
KIM = PersonSpec("김지은", frozenset({Role.OWNER}), ("PARK_CHAT",), digest=DigestDays.NONE)
LEE = PersonSpec("이하늘", frozenset({Role.OWNER}), ("PARK_CHAT",), digest=DigestDays.NONE)
CHOI = PersonSpec("최민준", frozenset({Role.ENGINEER}), ("PARK_CHAT",), Language.ENGLISH)


def kinds(office: Office) -> list[CauseKind]:
    """The causes that somebody was told of and that are not over."""
    return [one.cause.kind for one in CauseBook(office.engine).open() if one.told_at]


def test_a_login_that_waits_is_told_once_and_once_when_it_goes_on(office: Office) -> None:
    office.apply(PARK)
    office.slot(kim=OK, lee=OK)
    assert office.messages() == []
    office.state("kim", SessionState.NEEDS_HUMAN, "captcha: a picture. Next: x")
    for _ in range(4):
        office.slot(lee=OK)
    assert office.about() == ["begin"]
    (told,) = office.messages()
    assert "kim" in told.title
    assert "봄꽃마켓 (봄꽃 친구)" in told.body
    assert "달빛" not in told.body
    assert "2026-03-03 10:30" in told.body  # in Seoul
    assert "danga session refresh kim" in told.body
    office.state("kim", SessionState.ACTIVE)
    for _ in range(3):
        office.slot(kim=OK, lee=OK)
    assert office.about() == ["begin", "over"]
    assert kinds(office) == []


def test_a_cause_that_flaps_is_one_cause(office: Office) -> None:
    office.apply(PARK)
    for _ in range(6):
        office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
        office.look()
        office.step(9)
        office.state("kim", SessionState.ACTIVE)
        office.look()
        office.step(9)
    assert office.about() == ["begin"]


def test_who_has_taken_a_login_in_hand_ends_nothing_and_begins_nothing(office: Office) -> None:
    office.apply(PARK)
    office.state("lee", SessionState.REFRESHING)
    office.look()
    assert office.messages() == []
    office.state("kim", SessionState.CONTESTED, "ended from elsewhere")
    office.look()
    for state in (SessionState.CLAIMED, SessionState.REFRESHING):
        office.state("kim", state)
        for _ in range(3):
            office.step(20)
            office.look()
    assert office.about() == ["begin"]
    assert kinds(office) == [CauseKind.CONTESTED]


def test_what_did_not_hold_for_its_time_is_nobodys_message(office: Office) -> None:
    office.apply(PARK)
    halts = HaltBook(office.engine)
    for _ in range(4):
        halts.pause("moment", person("lee"), "a look")
        office.look()
        office.step(2)
        halts.resume("moment", person("lee"), "")
        office.look()
        office.step(25)
        office.look()
    assert office.messages() == []
    assert CauseBook(office.engine).open() == ()


def test_a_paused_site_is_told_and_blinds_everything_on_it(office: Office) -> None:
    office.apply(PARK)
    HaltBook(office.engine).pause("moment", person("lee"), "they called")
    for _ in minutes(7):
        office.look()
        office.step(1)
    (told,) = office.messages()
    assert "they called" in told.body
    assert "달빛커피" in told.body
    assert "봄꽃마켓" in told.body


def test_a_site_that_refused_is_told_until_a_page_was_read_again(office: Office) -> None:
    office.apply(PARK)
    office.slot(kim=VerdictKind.REFUSED, lee=OK)
    assert kinds(office) == [CauseKind.SITE_STOPPED]
    for _ in range(3):
        office.slot(kim=OK, lee=OK)
    assert office.about() == ["begin", "over"]


def test_a_closed_budget_is_told_with_its_reason(office: Office) -> None:
    office.apply(PARK)
    office.house.pace.turned_away("moment", "visit 1", 3600, "it refused us: an hour of rest")
    for _ in minutes(7):
        office.look()
        office.step(1)
    (told,) = office.messages()
    assert "an hour of rest" in told.body


def test_a_changed_layout_is_told_once_when_it_lasts(office: Office) -> None:
    office.apply(CHOI)
    office.slot(kim=VerdictKind.LAYOUT_CHANGED, lee=OK)
    assert office.messages() == []
    office.slot(kim=VerdictKind.LAYOUT_CHANGED, lee=OK)
    (told,) = office.messages()
    assert "moment/1001" in told.body
    assert "봄꽃마켓" in told.body
    assert "달빛" not in told.body
    for _ in range(4):
        office.slot(kim=VerdictKind.LAYOUT_CHANGED, lee=VerdictKind.LAYOUT_CHANGED)
    assert office.about() == ["begin"], "more accounts of a site are the same cause"


def test_two_slots_without_a_number_are_told_by_site(office: Office) -> None:
    office.apply(PARK)
    office.slot(kim=OK, lee=OK)
    office.slot(kim=VerdictKind.UNREACHABLE, lee=OK)
    assert office.messages() == []
    office.slot(kim=VerdictKind.UNREACHABLE, lee=OK)
    (told,) = office.messages()
    assert kinds(office) == [CauseKind.STALE]
    assert "연결 안 됨" in told.body
    assert "2026-03-03 10:00" in told.body, "since the last number"


def test_what_merely_follows_from_a_cause_is_not_told(office: Office) -> None:
    office.apply(PARK)
    office.slot(kim=OK, lee=OK)
    office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
    office.state("lee", SessionState.NEEDS_HUMAN, "captcha")
    for _ in range(5):
        office.slot(kim=None, lee=None)
    assert kinds(office) == [CauseKind.NEEDS_HUMAN, CauseKind.NEEDS_HUMAN]
    office.state("kim", SessionState.ACTIVE)
    office.state("lee", SessionState.ACTIVE)
    office.step(1)
    office.look()
    office.step(19)
    office.look()
    assert len(office.messages()) == 2, "nothing is late before it could be read again"


def test_nothing_at_all_is_one_cause_and_takes_over_from_a_part(office: Office) -> None:
    office.apply(PARK, CHOI)
    office.slot(kim=OK, lee=OK)
    office.slot(kim=None, lee=OK)
    office.slot(kim=None, lee=None)
    assert kinds(office) == [CauseKind.STALE]
    office.slot(kim=None, lee=None)
    office.slot(kim=None, lee=None)
    assert kinds(office) == [CauseKind.STALE, CauseKind.NOTHING_COLLECTED]
    assert [one.person for one in office.messages()] == [PARK.name, PARK.name, CHOI.name]
    for _ in range(3):
        office.slot(kim=OK, lee=OK)
    assert kinds(office) == []
    assert office.about() == ["begin"] * 3 + ["over"] * 3


def test_quiet_hours_of_a_site_make_nothing_late(office: Office) -> None:
    night = RequestBudget(quiet=QuietHours(time(10, 10), time(14)))
    office.apply(PARK, spec=inventory(quiet=night))
    office.slot(kim=OK, lee=OK)
    for _ in range(9):
        office.slot(kim=None, lee=None)
    assert office.messages() == []


def test_a_scheduler_that_was_away_does_not_blame_the_sites(office: Office) -> None:
    office.apply(PARK)
    office.slot(kim=OK, lee=OK)
    office.step(12 * 60)
    office.look()
    assert office.messages() == []


def test_proxies_that_all_rest_are_told_with_the_logins_they_blind(office: Office) -> None:
    (office.root / "proxies.yaml").write_text(
        "proxies:\n  - {id: p1, url: 'http://127.0.0.1:9', labels: [kr]}\n"
        "  - {id: p2, url: 'http://127.0.0.1:8', labels: [kr]}\n"
    )
    kr = LoginSpec("kim", ("moment",), proxy=ProxyWish(label="kr"))
    spec = inventory()
    office.apply(PARK, spec=replace(spec, logins=(kr, spec.logins[1])))
    book = ProxyBook(office.engine)
    book.rest("p1", Backoff(3600, 3600), "proxy_down: no route", program("tests"))
    for _ in minutes(15):
        office.look()
        office.step(1)
    assert office.messages() == []
    book.rest("p2", Backoff(3600, 3600), "proxy_down: no route", program("tests"))
    for _ in minutes(15):
        office.look()
        office.step(1)
    (told,) = office.messages()
    assert "label kr" in told.title
    assert "봄꽃마켓" in told.body
    assert "달빛" not in told.body


def test_a_full_disk_is_told_and_judged_by_its_own_machine_only(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.apply(PARK)
    monkeypatch.setattr(gather, "LEAST_FREE_BYTES", 10**18)
    for _ in minutes(7):
        office.look()
        office.step(1)
    assert kinds(office) == [CauseKind.DISK]
    monkeypatch.undo()
    monkeypatch.setattr("workers.notify.telling.machine", lambda: "another")
    HeartbeatBook(office.engine).beat(office.house.name, "tick")
    office.step(60)
    office.look()
    office.step(60)
    office.look()
    assert kinds(office) == [CauseKind.DISK]
    monkeypatch.undo()
    office.look()
    office.step(31)
    office.look()
    assert office.about() == ["begin", "over"]


def test_the_full_disk_of_a_machine_that_is_gone_is_over(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.apply(PARK)
    HeartbeatBook(office.engine).beat(office.house.name, "tick")
    monkeypatch.setattr(gather, "LEAST_FREE_BYTES", 10**18)
    for _ in minutes(7):
        office.look()
        office.step(1)
    assert kinds(office) == [CauseKind.DISK]
    monkeypatch.undo()
    monkeypatch.setattr("workers.notify.telling.machine", lambda: "its-successor")
    office.look()
    office.step(31)
    office.look()
    assert kinds(office) == [CauseKind.DISK], "it was seen less than an hour ago"
    with office.engine.begin() as connection:
        past = database_now(connection) - timedelta(hours=1)
        connection.execute(update(WorkerHeartbeatRow).values(seen_at=past))
    office.look()
    office.step(31)
    office.look()
    assert office.about() == ["begin", "over"]


def test_owners_hear_of_their_own_clients_and_engineers_of_what_is_technical(
    office: Office,
) -> None:
    office.apply(PARK, KIM, LEE, CHOI)
    office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
    office.look()
    assert {one.person for one in office.messages()} == {PARK.name, KIM.name}


def test_watches_that_one_contradiction_stops_are_one_cause_told_to_those_whom_it_blinds(
    office: Office,
) -> None:
    office.apply(PARK, KIM, LEE, CHOI)
    kims, lees = (
        next(one.id for one in WatchBook(office.engine).all() if one.name == name)
        for name in ("봄꽃 친구", "달빛 전환")
    )
    lost = UnknownName("The class of the site 'moment' declares no metric 'spend'")
    note_settled(office.engine, [kims], {kims: lost}, office.now)
    office.look()
    assert {one.person for one in office.messages()} == {PARK.name, KIM.name, CHOI.name}
    note_settled(office.engine, [kims, lees], {kims: lost, lees: lost}, office.now)
    office.look()
    assert kinds(office) == [CauseKind.NOT_COMPUTED]
    told = {one.person: one for one in office.messages()}
    assert set(told) == {PARK.name, KIM.name, CHOI.name, LEE.name}
    assert len(office.messages()) == 4
    assert str(lost) in told[CHOI.name].title
    assert lost.next_step in told[CHOI.name].body
    assert ("달빛" in told[LEE.name].body, "봄꽃" in told[LEE.name].body) == (True, False)
    note_settled(office.engine, [kims, lees], {}, office.now)
    for _ in range(2):
        office.look()
        office.step(21)
    assert sorted(office.about()) == ["begin"] * 4 + ["over"] * 4


def test_an_owner_whose_client_becomes_blind_later_is_told_then_and_nobody_twice(
    office: Office,
) -> None:
    office.apply(PARK, KIM, LEE)
    office.slot(kim=OK, lee=OK)
    office.slot(kim=VerdictKind.REFUSED, lee=OK)
    for _ in range(2):
        office.slot(kim=VerdictKind.LAYOUT_CHANGED, lee=OK)
    before = [(one.person, one.about) for one in office.messages()]
    for _ in range(2):
        office.slot(kim=VerdictKind.LAYOUT_CHANGED, lee=VerdictKind.LAYOUT_CHANGED)
    after = [(one.person, one.about) for one in office.messages()]
    layout = next(
        one.begin
        for one in CauseBook(office.engine).open()
        if one.cause.kind is CauseKind.LAYOUT_CHANGED
    )
    assert (LEE.name, layout) not in before
    assert (LEE.name, layout) in after
    assert len(set(after)) == len(after)


def test_a_quiet_time_holds_messages_back_and_what_is_over_by_then_is_one_message(
    office: Office,
) -> None:
    office.apply(replace(PARK, quiet=QuietHours(time(9), time(12))))
    office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
    office.look()
    office.deliver()
    assert [one.state for one in office.messages()] == [MessageState.WAITING]
    office.state("kim", SessionState.ACTIVE)
    for _ in range(3):
        office.step(20)
        office.look()
    office.deliver()
    assert [one.state for one in office.messages()] == [MessageState.DROPPED, MessageState.WAITING]
    office.step(60)
    office.deliver()
    assert [one.state for one in office.messages()] == [MessageState.DROPPED, MessageState.SENT]


def test_who_wants_to_be_woken_is_told_of_urgent_causes_at_once(office: Office) -> None:
    night = QuietHours(time(9), time(12))
    office.apply(replace(PARK, quiet=night, wake=True), replace(PARK, name="잠", quiet=night))
    office.slot(kim=OK, lee=OK)
    for _ in range(3):
        office.slot(kim=None, lee=None)
    held = {one.person: one.held_until for one in office.messages()}
    assert held[PARK.name] is None
    assert held["잠"] is not None
    assert held["잠"].hour == 3, "12:00 in Seoul"


def test_at_the_start_of_work_one_reminder_tells_what_is_still_open(office: Office) -> None:
    office.apply(PARK)
    office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
    office.state("lee", SessionState.NEEDS_HUMAN, "consent")
    office.look()
    office.step(22 * 60)  # 08:00
    office.look()
    assert office.about() == ["begin", "begin"]
    for _ in range(3):
        office.step(65)
        office.look()
    assert office.about() == ["begin", "begin", "2026-03-04"]
    reminder = office.messages()[-1]
    assert "kim" in reminder.body
    assert "lee" in reminder.body
    assert "2" in reminder.title


def test_who_was_told_shortly_before_work_is_not_reminded(office: Office) -> None:
    office.apply(replace(PARK, starts=time(11)))
    office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
    office.look()
    office.step(65)
    office.look()
    assert office.about() == ["begin"]


def test_without_anybody_to_tell_causes_are_still_kept(office: Office) -> None:
    office.apply()
    office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
    office.look()
    assert kinds(office) == [CauseKind.NEEDS_HUMAN]
    assert office.messages() == []


def test_schedulers_at_once_write_each_message_once(office: Office) -> None:
    office.apply(PARK, CHOI, KIM, LEE)
    url = office.engine.url.render_as_string(hide_password=False)

    def schedule(_number: int) -> None:
        engine = open_engine(url)
        try:
            house = House(office.house.settings, engine)
            for _ in range(3):
                tell(house)
        finally:
            engine.dispose()

    def together() -> None:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(schedule, range(4)))

    for login in ("kim", "lee"):
        office.state(login, SessionState.NEEDS_HUMAN, "captcha")
    together()
    for login in ("kim", "lee"):
        office.state(login, SessionState.ACTIVE)
    together()
    office.step(21)
    together()
    told = [(one.about, one.person) for one in office.messages()]
    assert len(told) == len(set(told))
    assert sorted(office.about()) == ["begin"] * 4 + ["over"] * 4  # the operator and one owner each


def test_a_day_later_nothing_of_a_past_cause_is_in_the_way(office: Office, engine: Engine) -> None:
    office.apply(PARK)
    for _ in range(2):
        office.state("kim", SessionState.NEEDS_HUMAN, "captcha")
        office.look()
        office.state("kim", SessionState.ACTIVE)
        office.look()
        office.step(25)
        office.look()
        office.step(24 * 60)
    assert office.about() == ["begin", "over", "begin", "over"]
    assert len(CauseBook(engine).since(office.now - timedelta(days=5))) == 2
