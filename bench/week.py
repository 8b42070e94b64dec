"""A business week of visits: how often is signed in, and what does a captcha cost?

Cookies rotate with every page, the site ends sessions at random, and once in the week one login
has to pass a captcha: it waits, and a person signs in through the function behind
`danga session refresh`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from bench.ground import Ground, prepared
from bench.inventory import Inventory, Login
from bench.logins import INTO_THE_SLOT, NAMES
from bench.story import SLOT
from bench.ways import Embedded, embedded, visits_of
from crawler.browser import Audience, Browser
from crawler.browser_path import find_browser
from crawler.tab import Tab
from demo.sign_in import CAPTCHA_ANSWER
from domain.visit import VisitState
from storage.logins import LoginBook
from storage.visit_history import VisitHistory
from workers.house import House
from workers.refreshing import Person, refresh

MONDAY = datetime.fromisoformat("2026-03-02T09:00+09:00")
WAITS_FOR_A_PERSON = "kim"
ANSWERED_AFTER = 2
"""Slots until somebody sees the message and has a minute."""
SEED = 20260302
_SIZES = ("--accounts", "1", "--channels", "1", "--creatives", "6")
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Week:
    """So many days of so many slots; `captcha_day` counts from 0."""

    days: int
    slots: int
    captcha_day: int

    def moments(self) -> Iterator[tuple[int, int, datetime]]:
        """Yield day, slot of the day, and when."""
        for day in range(self.days):
            for slot in range(self.slots):
                yield day, slot, MONDAY + timedelta(days=day) + slot * SLOT


WHOLE = Week(days=5, slots=40, captcha_day=2)
SHORT = Week(days=2, slots=6, captcha_day=1)
INVENTORY = Inventory(
    tuple(Login(name, ("moment",), (f"moment/{1001 + at}",)) for at, name in enumerate(NAMES))
)


@dataclass
class _Told:
    ends: int = 0
    deferred: int = 0
    """Visits that still waited when their slot was over."""
    captcha_slots: int = 0
    resumed_after: int | None = None


def measure(week: Week) -> dict[str, Any]:
    """Live through the week; count what the site saw and how the visits ended."""
    knobs: dict[str, Any] = {"rotate_cookie": True, "rotation_grace_seconds": 0}
    with prepared(INVENTORY, MONDAY, *_SIZES, **knobs) as ground, embedded(ground) as way:
        told = _live(ground, way, week)
        visits = VisitHistory(way.house.engine).recent(_MOST)
        stats = ground.demo.stats()
    ended = Counter(one.state for one in visits)
    program = stats["logins"]["ok"] - 1  # one of them was the person's
    lives = len(NAMES) + told.ends
    return {
        "visits": len(visits),
        "logins": len(NAMES),
        "session_lives": lives,
        "logins_made": program,
        "logins_per_login": round(program / len(NAMES), 2),
        "logins_failed": stats["logins"]["failed"],
        "captchas": stats["captchas"],
        "done": ended[VisitState.DONE],
        "missed_while_it_waited": ended[VisitState.MISSED],
        "deferred": told.deferred,
        "failed": ended[VisitState.FAILED] + ended[VisitState.PARTIAL],
        "slots_until_readings": told.resumed_after,
    }


def _live(ground: Ground, way: Embedded, week: Week) -> _Told:
    """Sessions end at most once a day per login: more often somebody else would be suspected."""
    dice, told = Random(SEED), _Told()
    captcha = (week.captcha_day, week.slots // 2)
    answered = (week.captcha_day, week.slots // 2 + ANSWERED_AFTER - 1)
    for day, slot, at in week.moments():
        if slot == 0:
            ends = {name: dice.randrange(week.slots) for name in NAMES if dice.random() < 0.5}
        ground.go_to(at + INTO_THE_SLOT)
        for name in [name for name, when in ends.items() if when == slot]:
            waits = name == WAITS_FOR_A_PERSON and day == week.captcha_day
            if not waits and (day, slot) not in ((0, 0), captcha):
                told.ends += int(ground.demo.end_sessions(name) > 0)
        if (day, slot) == captcha:
            ground.demo.knobs(captcha_after=0)
            ground.demo.end_sessions(WAITS_FOR_A_PERSON)
        way.run(INVENTORY.queues)
        still = [one for one in visits_of(way.house, at) if one.state is VisitState.DEFERRED]
        told.deferred += len(still)
        if (day, slot) == captcha:
            ground.demo.knobs(captcha_after=None)
        if (day, slot) == answered:
            _a_person_signs_in(way.house)
            told.captcha_slots = 1
        elif told.captcha_slots and told.resumed_after is None:
            told.resumed_after = _resumed(way.house, told)
    return told


def _resumed(house: House, told: _Told) -> int | None:
    """Return after how many slots the login was read again; None: not in this one."""
    slot = max(one.planned_at for one in VisitHistory(house.engine).recent(len(NAMES)))
    mine = [one for one in visits_of(house, slot) if one.login == WAITS_FOR_A_PERSON]
    if any(one.state is VisitState.DONE and one.readings for one in mine):
        return told.captcha_slots
    told.captcha_slots += 1
    return None


def _a_person_signs_in(house: House) -> None:
    """In a thread of its own: this one's Playwright belongs to the visits."""
    assert LoginBook(house.engine).get(WAITS_FOR_A_PERSON).waits, "nothing to answer"
    person = Person("mina", minutes=1.0, act=_fill_the_form)

    def window() -> Browser:
        return Browser(find_browser(), house.clock, audience=Audience.PERSON)

    with ThreadPoolExecutor(1) as thread:
        proof = thread.submit(refresh, house, WAITS_FOR_A_PERSON, person, window).result()
    assert proof.verdict.ok, proof.verdict


def _fill_the_form(tab: Tab) -> None:
    name = WAITS_FOR_A_PERSON
    fields = {"username": name, "password": f"demo-{name}", "captcha": CAPTCHA_ANSWER}
    for field, value in fields.items():
        if tab.shows(f"input[name={field}]"):
            tab.page.fill(f"input[name={field}]", value)
    tab.page.click("button[type=submit]")
    tab.page.wait_for_load_state()
    tab.page.wait_for_timeout(200)
