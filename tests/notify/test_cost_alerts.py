"""Whoever burns money is told, once, and once when it is over; whatever else happens meanwhile."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from costs.rows import SlotCost, unit_cost
from domain.audit import person
from domain.cause import CauseKind
from domain.person import DigestDays, Language, PersonSpec, Role
from domain.request_budget import QuietHours
from storage.alert_mutes import MuteBook
from storage.causes import CauseBook
from tests.notify.agency import PARK, SLOT, Office, inventory
from tests.notify.receiver import Receiver
from tests.reports.rows import store

WATCH = "봄꽃 친구"
KIM, LEE, LEAD = (
    PersonSpec(name, frozenset({role}), ("PARK_CHAT",), language, digest=DigestDays.NONE)
    for name, role, language in (
        ("김지은", Role.OWNER, Language.KOREAN),
        ("이하늘", Role.OWNER, Language.KOREAN),
        ("정팀장", Role.LEAD, Language.ENGLISH),
    )
)
GOOD, BAD, DEAR, PAUSED = (120_000, 5), (120_000, 0), (360_000, 3), (0, 0)

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""What no database decides."""


class Ad:
    """What one watch costs, slot by slot, as the calculator would write it."""

    def __init__(self, office: Office, watch: str = WATCH) -> None:
        self.office, self.watch = office, watch
        self.rows: list[SlotCost] = []

    def had(self, *amounts: tuple[int, int]) -> None:
        """Let slots pass in which nobody looks: the newest begins now."""
        begin = self.office.now - len(amounts) * SLOT
        for number, (spend, results) in enumerate(amounts, start=1):
            at, cost = begin + number * SLOT, unit_cost(spend, results)
            self.rows.append(SlotCost(at, at - SLOT, spend, results, cost, 0, frozenset()))

    def slots(self, *amounts: tuple[int, int]) -> None:
        """Let slots pass; a scheduler looks after each."""
        for pair in amounts:
            self.office.step(20)
            self.had(pair)
            store(self.office.engine, self.watch, self.rows)
            self.office.look()


@pytest.fixture
def ad(office: Office) -> Ad:
    """An ad of 김지은's client that has run well for an hour."""
    office.apply(PARK, KIM, LEE, LEAD)
    made = Ad(office)
    made.had(GOOD, GOOD, GOOD)
    return made


def told(office: Office, who: PersonSpec = KIM) -> list[str]:
    """Begin and over of what a person was told."""
    return [one.about.split()[-1] for one in office.messages() if one.person == who.name]


def test_a_burning_ad_is_told_to_its_owner_within_two_slots_and_once_when_it_is_over(
    office: Office, ad: Ad, chat: Receiver
) -> None:
    ad.slots(BAD)
    assert office.messages() == []
    ad.slots(BAD)
    office.deliver()
    korean, english = sorted(chat.received, key=lambda one: one.title)[::-1]
    assert korean.title == "[단가] 봄꽃 친구: 소진은 늘고 결과는 없습니다"
    assert "광고주: 봄꽃마켓" in korean.body
    assert "목표 30,000원 · 최근 40분 0건 / 소진 240,000원" in korean.body
    assert "danga alert mute" in korean.body
    assert "last 40 min no results, spend 240,000원" in english.body
    assert {one.person for one in office.messages()} == {KIM.name, LEAD.name}
    ad.slots(BAD, *[GOOD] * 4)
    office.deliver()
    assert len(chat.received) == 2, "nothing in between"
    ad.slots(GOOD, GOOD)
    assert told(office) == ["begin", "over"]
    over = office.messages()[-1]
    assert "마지막 값: " in over.body or "Last seen: " in over.body
    assert "probab" not in over.body


@ON_SQLITE
def test_a_dear_ad_with_some_results_is_told_as_that(office: Office, ad: Ad) -> None:
    ad.slots(DEAR, DEAR)
    (cause,) = CauseBook(office.engine).open()
    assert cause.cause.kind is CauseKind.COST_HIGH
    (message,) = [one for one in office.messages() if one.person == KIM.name]
    assert "목표 30,000원 · 최근 40분 120,000원 (소진 720,000원, 6건)" in message.body


@ON_SQLITE
def test_what_is_old_begins_nothing_and_ends_nothing(office: Office, ad: Ad) -> None:
    ad.slots(BAD, BAD)
    for _ in range(3):
        office.step(60)
        office.look()
    assert told(office) == ["begin"]
    ad.had(*[GOOD] * 9)
    ad.slots(GOOD)
    assert told(office) == ["begin", "over"]


@ON_SQLITE
def test_numbers_that_come_late_begin_nothing(office: Office, ad: Ad) -> None:
    """Two burning slots that were settled an hour and a half later: it is not of now."""
    office.step(40)
    ad.had(BAD, BAD)
    store(office.engine, WATCH, ad.rows)
    office.step(100)
    office.look()
    assert office.messages() == []


@ON_SQLITE
def test_a_second_look_and_a_restart_change_nothing(office: Office, ad: Ad) -> None:
    ad.slots(BAD, BAD)
    office.look()
    office.look()
    assert told(office) == ["begin"]
    assert len(CauseBook(office.engine).open()) == 1


@ON_SQLITE
def test_a_muted_watch_is_silent_until_its_time_is_over(office: Office, ad: Ad) -> None:
    until = office.now + timedelta(minutes=50)
    MuteBook(office.engine).mute(WATCH, until, person("mina"), "a test of the landing page")
    ad.slots(BAD, BAD)
    assert office.messages() == []
    ad.slots(BAD)
    assert told(office) == ["begin"]


def test_unmuting_tells_at_once_what_is_there(office: Office, ad: Ad) -> None:
    mutes = MuteBook(office.engine)
    mutes.mute(WATCH, office.now + timedelta(days=1), person("mina"), "")
    ad.slots(BAD, BAD)
    assert mutes.unmute(WATCH, office.now, person("mina"), "")
    assert not mutes.unmute(WATCH, office.now, person("mina"), "")
    office.look()
    assert told(office) == ["begin"]


@ON_SQLITE
def test_a_night_owl_is_woken_and_others_read_it_in_the_morning(office: Office, ad: Ad) -> None:
    night = QuietHours(time(9), time(12))
    office.apply(replace(KIM, quiet=night), replace(LEAD, quiet=night, wake=True))
    ad.slots(BAD, BAD)
    held = {one.person: one.held_until for one in office.messages()}
    assert held[LEAD.name] is None
    assert held[KIM.name] is not None


@ON_SQLITE
def test_without_an_owner_or_lead_operators_are_told(office: Office, ad: Ad) -> None:
    office.apply(PARK, LEE)
    ad.slots(BAD, BAD)
    assert {one.person for one in office.messages()} == {PARK.name}


@ON_SQLITE
def test_an_open_cost_alert_is_no_reminder(office: Office, ad: Ad) -> None:
    ad.slots(BAD, BAD)
    office.clock.set(datetime.fromisoformat("2026-03-04T09:05:00+09:00"))
    office.look()
    assert not [one for one in office.messages() if one.about.startswith("remind")]


@ON_SQLITE
def test_the_spend_of_a_running_ad_that_stops_is_told_and_when_it_runs_again(
    office: Office, ad: Ad
) -> None:
    ad.rows.clear()
    ad.had(*[GOOD] * 144)
    ad.slots(PAUSED, PAUSED)
    assert office.messages() == []
    ad.slots(PAUSED)
    (message,) = [one for one in office.messages() if one.person == KIM.name]
    assert message.title == "[단가] 봄꽃 친구: 소진이 멈췄습니다"
    assert "최근 1시간 소진이 없습니다" in message.body
    ad.slots(GOOD, GOOD)
    assert told(office) == ["begin", "over"]


@ON_SQLITE
def test_a_watch_that_leaves_ends_its_alert(office: Office, ad: Ad) -> None:
    ad.slots(BAD, BAD)
    spec = inventory()
    office.apply(PARK, KIM, LEE, LEAD, spec=replace(spec, watches=spec.watches[1:]))
    office.look()
    assert CauseBook(office.engine).open() == ()
