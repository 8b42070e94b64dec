"""Many workers find many dead sessions at once: how often is signed in?

Sixteen workers in four processes, sixteen visits of four logins whose sessions the site has ended,
a captcha in waiting at the fourth sign-in of a login within the hour. Once more with a lease that
runs out while its worker stands in the middle of signing in: somebody else takes over, and the
late one is refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import update

from bench.crowd import crowd
from bench.ground import Ground, prepared
from bench.inventory import Inventory, Login
from bench.logins import INTO_THE_SLOT
from bench.own_classes import apply_classes
from bench.ways import POLL_SECONDS, SlotNeverEnded, embedded
from domain.visit import VisitKind, VisitState
from storage.logins import LoginBook
from storage.tables import LoginLeaseRow
from storage.visit_history import VisitHistory
from storage.visit_record import VisitRecord
from storage.visit_schedule import VisitSchedule
from tests.servers import private_mariadb, private_redis
from workers.collecting import ENDED
from workers.house import House

BEGINS = datetime.fromisoformat("2026-03-03T10:00+09:00")
LATER = timedelta(hours=3)
"""The window of the captcha is over: only what is tried from here on counts."""
CAPTCHA_AFTER = 3
PROCESSES = 4
LONGEST_SECONDS = 600.0
NAMES = ("kim", "lee", "park", "choi")
INVENTORY = Inventory(
    tuple(Login(name, ("moment",), (f"moment/{1001 + at}",)) for at, name in enumerate(NAMES))
)
_SIZES = ("--accounts", "1", "--channels", "1", "--creatives", "6")
_STOPS_IN_THE_MIDDLE = '''
"""Stops once between the answer to kim's sign-in and the session's way to the vault."""

from pathlib import Path

from crawler.sites.moment import MomentSite

HERE = Path(__file__).parent


class StoppingMoment(MomentSite):
    def login(self, page, credentials):
        super().login(page, credentials)
        if credentials.username != "kim":
            return
        try:
            (HERE / "stands").touch(exist_ok=False)
        except FileExistsError:
            return
        for _ in range(1200):
            if (HERE / "goes").exists():
                return
            page.wait_for_timeout(100)
'''


def measure(visits_each: int) -> dict[str, Any]:
    """So many visits of each login fall due at once; then again with a lease that runs out."""
    with private_mariadb() as mariadb, private_redis() as redis:
        urls = [
            {"DANGA_DATABASE_URL": mariadb.new_database(), "DANGA_REDIS_URL": redis.url}
            for _ in range(2)
        ]
        with prepared(INVENTORY, BEGINS, *_SIZES, settings=urls[0]) as ground:
            plain = _run(ground, visits_each, lambda _house: None)
        with prepared(INVENTORY, BEGINS, *_SIZES, settings=urls[1]) as ground:
            (ground.folder / "sites").mkdir(exist_ok=True)
            (ground.folder / "sites" / "stopping.py").write_text(_STOPS_IN_THE_MIDDLE)
            apply_classes(ground, {"moment": "sites/stopping.py:StoppingMoment"})
            (ground.folder / "sites" / "stands").touch()
            lost = _run(ground, visits_each, lambda house: _lose_the_lease(ground, house))
    return {
        "workers": PROCESSES * visits_each,
        "processes": PROCESSES,
        "logins_dead": len(NAMES),
        **plain,
        "lease_lost": lost,
    }


def _run(ground: Ground, visits_each: int, meanwhile: Callable[[House], None]) -> dict[str, Any]:
    ground.go_to(BEGINS + INTO_THE_SLOT)
    with embedded(ground) as way:
        way.run(INVENTORY.queues)
    begins = BEGINS + LATER
    ground.go_to(begins)
    ground.demo.knobs(captcha_after=CAPTCHA_AFTER)
    ground.demo.end_sessions()
    ground.demo.reset_stats()
    (ground.folder / "sites" / "stands").unlink(missing_ok=True)
    with ground.house() as house:
        logins = {login.id: 0.0 for login in LoginBook(house.engine).all()}
        for number in range(visits_each):
            at = begins + timedelta(seconds=number)
            VisitSchedule(house.engine).plan(logins, at, VisitKind.REGULAR)
        with crowd(ground, PROCESSES, visits_each):
            meanwhile(house)
            _until(lambda: not _open(house, begins), house, begins)
        done = [one.state for one in _since(house, begins)].count(VisitState.DONE)
    stats = ground.demo.stats()
    return {
        "logins_made": stats["logins"]["ok"] + stats["logins"]["failed"],
        "captchas": stats["captchas"],
        "visits": len(logins) * visits_each,
        "visits_done": done,
    }


def _lose_the_lease(ground: Ground, house: House) -> None:
    """Let kim's lease run out in the middle of a sign-in; let that go on after others are done."""
    begins = BEGINS + LATER
    kim = LoginBook(house.engine).get("kim").id
    folder = ground.folder / "sites"
    _until((folder / "stands").exists, house, begins)

    expired = update(LoginLeaseRow).where(LoginLeaseRow.login_id == kim)
    with house.engine.begin() as connection:
        connection.execute(expired.values(expires_at=datetime.fromisoformat("2020-01-01T00:00Z")))
    _until(lambda: _others_done(house, begins, kim), house, begins)
    (folder / "goes").touch()


def _others_done(house: House, begins: datetime, login: int) -> bool:
    """Whether somebody else has read with the login since."""
    VisitSchedule(house.engine).reap()
    return any(
        one.login_id == login and one.state is VisitState.DONE for one in _since(house, begins)
    )


def _open(house: House, begins: datetime) -> list[VisitRecord]:
    VisitSchedule(house.engine).reap()
    return [one for one in _since(house, begins) if one.state not in ENDED]


def _since(house: House, begins: datetime) -> list[VisitRecord]:
    return [one for one in VisitHistory(house.engine).recent(100) if one.planned_at >= begins]


def _until(condition: Callable[[], object], house: House, begins: datetime) -> None:
    deadline = time.monotonic() + LONGEST_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            left = [(one.login, one.state.value, one.detail) for one in _open(house, begins)]
            raise SlotNeverEnded(f"{left}")
        time.sleep(POLL_SECONDS)
