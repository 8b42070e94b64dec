"""Probe the sessions before people come to work, so that a dead one is known while there is time.

A site's policy says when (`probe_at`). A probe is a visit like all others: it asks for the lobby
within the budget, signs in where a visit would, and notes that the session lives.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from crawler.errors import SiteClassBroken
from domain.visit import VisitKind
from storage.logins import LoginBook, LoginRecord
from storage.visit_schedule import VisitSchedule
from workers.house import House

log = structlog.get_logger(__name__)

WITHIN = timedelta(hours=1)
"""A probe that could not begin by then is dropped: the visits of the day have told more."""
_APART_SECONDS = 10.0


def plan_probes(house: House, now: datetime) -> None:
    """Plan today's probe of each login whose site says when, and drop those of earlier."""
    VisitSchedule(house.engine).miss(now - WITHIN, VisitKind.PROBE)
    for place, login in enumerate(LoginBook(house.engine).all()):
        try:
            planned_at = _probe_of(house, login, now)
        except SiteClassBroken as broken:
            log.error("probe.not_planned", login=login.name, because=str(broken))
            continue
        if planned_at is not None and planned_at <= now < planned_at + WITHIN:
            starts = {login.id: place * _APART_SECONDS}
            VisitSchedule(house.engine).plan(starts, planned_at, VisitKind.PROBE)


def _probe_of(house: House, login: LoginRecord, now: datetime) -> datetime | None:
    """Return the moment of today's probe."""
    at = house.policy(login.sites[0]).probe_at
    if at is None:
        return None
    zone = house.day_of(login.sites[0]).zone
    return datetime.combine(now.astimezone(zone).date(), at, zone).astimezone(UTC)
