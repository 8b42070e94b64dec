"""Is all well? Everything that an operator looks at first, in one answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cause import COSTS
from domain.session import SessionState
from storage.causes import CauseBook, CauseRecord
from storage.heartbeats import Heartbeat, HeartbeatBook
from storage.inventory import InventoryStore
from storage.logins import LoginBook, LoginRecord
from storage.site_classes import SiteClassBook
from storage.site_traffic import Traffic, traffic
from workers.house import House
from workers.plan import Plan, plan_of
from workers.what_runs import class_mark, policy_mark
from workers.worker_life import CELERY, TICK, VISITS

LATELY = timedelta(hours=3)
"""Of the slots that began since then the share that was read is told."""


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that lives, and in what it differs from what the database names."""

    beat: Heartbeat
    differs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """`now` is business time; `traffic` by the site where logins sign in.

    `waiting_logins` wait for a person who did not switch them off; `causes` are there now, what
    marketers are told of their costs left out.
    """

    now: datetime
    workers: tuple[Worker, ...]
    traffic: Mapping[str, Traffic]
    waiting_logins: tuple[LoginRecord, ...]
    causes: tuple[CauseRecord, ...]
    plan: Plan

    def troubles(self) -> Iterator[str]:
        """Yield what is not well, each with its next command."""
        kinds = {one.beat.kind for one in self.workers}
        if self.traffic and not kinds & {VISITS, CELERY}:
            yield "No process visits: `danga up`, or `danga worker`"
        if self.traffic and TICK not in kinds:
            yield "No process plans: `danga up`, or `danga schedule`"
        for worker in self.workers:
            for what in worker.differs:
                yield f"{worker.beat.name} runs {what}: restart it with what the others run"
        for login in self.waiting_logins:
            reason = login.state_reason or f"is {login.state}: danga session refresh {login.name}"
            yield f"{login.name} waits for a person: {reason}"
        for cause in self.causes:
            if cause.cause.subject not in {one.name for one in self.waiting_logins}:
                reason = f": {cause.cause.reason}" if cause.cause.reason else ""
                yield f"{cause.cause.kind} {cause.cause.subject}{reason} (`danga notify list`)"
        for short in self.plan.shortages:
            yield f"{short} (`danga plan`)"


def status_of(house: House) -> Status:
    """Return how everything stands.

    Raises:
        PaceUnavailable: the budgets cannot be asked.
    """
    engine, now = house.engine, house.clock.now()
    beats = [one for one in HeartbeatBook(engine).all() if one.alive]
    return Status(
        now,
        tuple(_workers(house, beats)),
        traffic(engine, now, LATELY),
        tuple(
            one
            for one in LoginBook(engine).all()
            if one.waits and one.state is not SessionState.DISABLED
        ),
        tuple(
            one
            for one in CauseBook(engine).open()
            if one.gone_at is None and one.cause.kind not in COSTS
        ),
        plan_of(engine, InventoryStore(engine).declared(), house.pace),
    )


def _workers(house: House, beats: Sequence[Heartbeat]) -> Iterator[Worker]:
    """Compare each process with the policies and classes of the database, and the last tick."""
    named = {
        "policies": {
            name: frozenset([policy_mark(one)]) for name, one in house.declared_policies().items()
        },
        "classes": {
            site: frozenset(class_mark(one) for one in found)
            for site, found in SiteClassBook(house.engine).in_force().items()
        },
    }
    package = next(
        (one.runs["package"] for one in beats if one.kind == TICK and one.runs is not None), None
    )
    for beat in beats:
        yield Worker(beat, tuple(_differences(beat, package, named)))


def _differences(
    beat: Heartbeat, package: str | None, named: Mapping[str, Mapping[str, frozenset[str]]]
) -> Iterator[str]:
    if beat.runs is None:
        return
    if package is not None and beat.runs["package"] != package:
        yield f"another package ({beat.runs['package']}) than the scheduler ({package})"
    for what, word in (("policies", "policy"), ("classes", "class")):
        for site, mark in beat.runs[what].items():
            wanted = named[what].get(site)
            if wanted and mark not in wanted:
                names = ", ".join(sorted(wanted))
                yield f"another {word} of {site} ({mark}) than the database names ({names})"
