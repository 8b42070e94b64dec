"""Visit now, once, what a person asks for: `danga collect`, `entity discover`, `site try`.

The visits are rows like all others. Where `danga up` lives they are handed to it, so that its
warm browsers serve; else, or when it ends meanwhile, they are run right here. (Celery's workers
hear of them with the next tick; whoever claims a visit first runs it.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from crawler.browser import Browser
from domain.visit import VisitKind, VisitState
from storage.heartbeats import HeartbeatBook
from storage.logins import LoginBook, LoginRecord
from storage.site_halts import HaltBook
from storage.visit_history import VisitHistory
from storage.visit_record import VisitRecord
from storage.visit_schedule import VisitSchedule
from storage.visits import VisitBook
from workers.dead_holders import free_the_dead, is_gone
from workers.house import House
from workers.pages import pages_round
from workers.settling import replay_spool
from workers.visit_ports import LEASE_SECONDS
from workers.visiting import run_claimed
from workers.worker_life import VISITS

ENDED = frozenset({VisitState.DONE, VisitState.PARTIAL, VisitState.FAILED, VisitState.MISSED})
ALIVE_SECONDS = 30.0
POLL_SECONDS = 0.5

Told = Callable[[Sequence[VisitRecord]], None]
"""Is told how the visits stand, whenever it is looked."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What to collect: a kind of visit, for some logins; `day` for a past business date."""

    logins: tuple[LoginRecord, ...]
    kind: VisitKind = VisitKind.REGULAR
    day: date | None = None
    patience_seconds: float = 600.0
    """How long deferred visits are waited for."""


def collect(house: House, wish: Wish, tell: Told = lambda _visits: None) -> tuple[VisitRecord, ...]:
    """Plan a visit of each login for this very second, see it through, and return how it ended.

    A visit that needs a person, or has to wait for longer than the patience, stays planned.
    """
    seeing = _planned(house, wish, tell)
    if somebody_visits(house) and seeing.watch():
        return seeing.records()
    with house.browser() as browser:
        records = seeing.run(browser)
    pages_round(house)
    return records


def collect_here(
    house: House, browser: Browser, wish: Wish, tell: Told = lambda _visits: None
) -> tuple[VisitRecord, ...]:
    """Do the same with a browser of the caller's, whoever else may be visiting."""
    return _planned(house, wish, tell).run(browser)


def _planned(house: House, wish: Wish, tell: Told) -> _Seeing:
    now = house.clock.now().replace(microsecond=0)
    starts = {login.id: 0.0 for login in wish.logins}
    planned = VisitSchedule(house.engine).plan(starts, now, wish.kind, wish.day)
    return _Seeing(house, tuple(sorted(planned.values())), wish.patience_seconds, tell)


def somebody_visits(house: House) -> bool:
    """Whether a process that takes visits has been alive within the last half minute."""
    beats = HeartbeatBook(house.engine).all()
    return any(
        beat.kind == VISITS and beat.age_seconds < ALIVE_SECONDS and not is_gone(beat.name)
        for beat in beats
    )


@dataclass
class _Seeing:
    house: House
    visits: tuple[int, ...]
    patience_seconds: float
    tell: Told

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.patience_seconds

    def watch(self) -> bool:
        """Watch another process work; return whether there is nothing more to wait for.

        False: that process has ended, and the work is still to be done.
        """
        while self._open(self.records()):
            if not somebody_visits(self.house):
                return False
            time.sleep(POLL_SECONDS)
        return True

    def run(self, browser: Browser) -> tuple[VisitRecord, ...]:
        """Work here, one visit after another, until nothing more can be done."""
        free_the_dead(self.house)
        replay_spool(self.house)
        book = VisitBook(self.house.engine)
        while open_visits := self._open(records := self.records()):
            claims = (book.claim(one.id, self.house.name, LEASE_SECONDS) for one in open_visits)
            claim = next((claim for claim in claims if claim is not None), None)
            if claim is None:
                time.sleep(POLL_SECONDS)
            else:
                run_claimed(self.house, browser, claim)
        return records

    def records(self) -> tuple[VisitRecord, ...]:
        """Return how the visits stand, and tell it."""
        history = VisitHistory(self.house.engine)
        records = tuple(history.get(visit) for visit in self.visits)
        self.tell(records)
        return records

    def _open(self, records: Iterable[VisitRecord]) -> list[VisitRecord]:
        """Those that may still end while we wait: not for a person, a halted site, or longer."""
        patience = self._until - time.monotonic()
        if patience < 0:
            return []
        until = datetime.now(UTC) + timedelta(seconds=patience)
        halted = {halt.site for halt in HaltBook(self.house.engine).all()}
        waiting = {
            login.id
            for login in LoginBook(self.house.engine).all()
            if login.waits or login.sites[0] in halted
        }
        return [
            record
            for record in records
            if record.state not in ENDED
            and record.login_id not in waiting
            and (record.state is VisitState.RUNNING or record.not_before <= until)
        ]
