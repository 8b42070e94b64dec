"""What goes on at each site: what waits, what runs, and how much of the last slots was read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, case, func, select

from domain.visit import VisitKind, VisitState
from storage.database_clock import database_now
from storage.tables import LoginRow, VisitPageRow, VisitRow
from storage.transaction import reading
from storage.visit_schedule import WAITING

LOOK_BACK = timedelta(days=1)
"""A site that gave nothing for so long has no newest numbers here."""
_READ = (VisitState.DONE, VisitState.PARTIAL)


@dataclass(frozen=True, slots=True)
class Traffic:
    """The visits of the logins that sign in at a site, and the newest numbers of the site itself.

    `due` may run now, `later` have a start or a wait before them, `running` are at it;
    `waits_seconds` is how long the oldest due one has waited. Of the regular visits of the last
    hours `read` gave numbers, of `ended` altogether. `newest_slot` (business time) was read last.
    """

    due: int = 0
    later: int = 0
    running: int = 0
    waits_seconds: float = 0.0
    read: int = 0
    ended: int = 0
    newest_slot: datetime | None = None

    @property
    def on_time(self) -> float | None:
        """The share of slots that were read; None: none has ended lately."""
        return self.read / self.ended if self.ended else None


def traffic(engine: Engine, now: datetime, lately: timedelta) -> Mapping[str, Traffic]:
    """Return it by site; `now` is business time, and slots that began within `lately` count."""
    with reading(engine) as connection:
        queues = _queues(connection)
        slots = _slots(connection, now - lately)
        newest = _newest(connection, now - LOOK_BACK)
    return {
        site: replace(
            queues.get(site, Traffic()),
            read=slots[site].read,
            ended=slots[site].ended,
            newest_slot=newest.get(site),
        )
        for site in queues.keys() | slots.keys() | newest.keys()
    }


def _queues(connection: Connection) -> Mapping[str, Traffic]:
    """Return the visits that wait or run, whatever their slot."""
    now = database_now(connection)
    is_due = case((VisitRow.not_before <= now, 1), else_=0)
    rows = connection.execute(
        _of_sites(VisitRow.state, is_due, func.count(), func.min(VisitRow.not_before))
        .where(VisitRow.state.in_((*WAITING, VisitState.RUNNING)))
        .group_by(LoginRow.home_site, VisitRow.state, is_due)
    )
    found: dict[str, Traffic] = defaultdict(Traffic)
    for site, state, due, number, first in rows:
        so_far = found[site]
        if state == VisitState.RUNNING:
            found[site] = replace(so_far, running=so_far.running + number)
        elif not due:
            found[site] = replace(so_far, later=so_far.later + number)
        else:
            waits = max((now - first).total_seconds(), so_far.waits_seconds)
            found[site] = replace(so_far, due=so_far.due + number, waits_seconds=waits)
    return found


def _slots(connection: Connection, since: datetime) -> Mapping[str, Traffic]:
    """Return how the regular visits of the last slots ended."""
    rows = connection.execute(
        _of_sites(VisitRow.state, func.count())
        .where(
            VisitRow.kind == VisitKind.REGULAR,
            VisitRow.planned_at > since,
            VisitRow.state.in_((*_READ, VisitState.FAILED, VisitState.MISSED)),
        )
        .group_by(LoginRow.home_site, VisitRow.state)
    )
    found: dict[str, Traffic] = defaultdict(Traffic)
    for site, state, number in rows:
        so_far = found[site]
        read = number if state in _READ else 0
        found[site] = replace(so_far, read=so_far.read + read, ended=so_far.ended + number)
    return found


def _newest(connection: Connection, since: datetime) -> Mapping[str, datetime]:
    """By the site of the page: a login that signs in elsewhere reads it, too."""
    rows = connection.execute(
        select(VisitPageRow.site, func.max(VisitRow.planned_at))
        .join(VisitRow, VisitRow.id == VisitPageRow.visit_id)
        .where(
            VisitRow.kind == VisitKind.REGULAR,
            VisitRow.planned_at > since,
            VisitPageRow.readings > 0,
        )
        .group_by(VisitPageRow.site)
    )
    return {site: slot for site, slot in rows}  # noqa: C416 - `dict()` knows no rows


def _of_sites(*columns: Any) -> Select[*tuple[Any, ...]]:
    return (
        select(LoginRow.home_site, *columns)
        .join(VisitRow, VisitRow.login_id == LoginRow.id)
        .where(LoginRow.enabled)
    )
