"""Past days that an operator asked for: wanted, planned a few in a slot, read or given up.

The rows live as long as it takes; the visits made of them live a day, as every visit of a past day
does. Everything may be repeated and may run twice at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, delete, func, select, update

from domain.audit import Actor, Deed
from domain.session import FOR_A_PERSON
from domain.verdict import VerdictKind
from domain.visit import VisitKind, VisitState
from domain.wanted_day import OPEN, TRIES, WantedState
from storage.audit import note_deed
from storage.named_lock import named_lock
from storage.tables import LoginRow, VisitRow, WantedDayRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert
from storage.visit_schedule import plan_visits

_ENDED = (VisitState.DONE, VisitState.PARTIAL, VisitState.FAILED, VisitState.MISSED)
_UNDER_WAY = (VisitState.PLANNED, VisitState.DEFERRED, VisitState.RUNNING)
_ITS_LOGIN_WAITS = (VerdictKind.PROXY_DOWN, VerdictKind.SIGNED_OUT)
"""For which a visit is deferred until its own login can go on, whatever its site has room for."""


@dataclass(frozen=True, slots=True)
class WantedDay:
    """A past date that a login is to read; `site` is where the login signs in."""

    login_id: int
    login: str
    site: str
    day: date
    state: WantedState
    tries: int
    asked_at: datetime
    asked_by: str
    planned_at: datetime | None
    """Of its last visit: business time, the slot of the readings."""
    visit_id: int | None
    detail: str


@dataclass(frozen=True, slots=True)
class Place:
    """Room for one visit: the slot of its readings, and in how many seconds it may begin.

    `wait_seconds` None: the place's moment in the slot is over.
    """

    planned_at: datetime
    wait_seconds: float | None


class WantedDays:
    """All days that were ever asked for, of logins that are not closed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, states: Collection[WantedState] | None = None) -> tuple[WantedDay, ...]:
        """Return the days in some states, or all of them, by date and login."""
        wanted = _days().order_by(WantedDayRow.business_date, LoginRow.name)
        if states is not None:
            wanted = wanted.where(WantedDayRow.state.in_(states))
        with reading(self._engine) as connection:
            return tuple(_day(row) for row in connection.execute(wanted))

    def read_days(
        self, logins: Collection[int], since: date
    ) -> Mapping[tuple[int, date], datetime]:
        """Return the (login, date) pairs, from `since` on, that a visit read, or is about to.

        Beside each stands the slot of the newest such visit: before the date settled on its site
        it read no final figures.
        """
        rows = (
            select(VisitRow.login_id, VisitRow.business_date, func.max(VisitRow.planned_at))
            .where(
                VisitRow.login_id.in_(logins),
                VisitRow.kind == VisitKind.PAST_DAY,
                VisitRow.business_date >= since,
                VisitRow.state.in_((VisitState.DONE, *_UNDER_WAY)),
            )
            .group_by(VisitRow.login_id, VisitRow.business_date)
        )
        with reading(self._engine) as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(rows) if row[1]}

    def want(
        self, days: Collection[tuple[int, date]], actor: Actor, deed: Deed, at: datetime
    ) -> int:
        """Let (login, date) pairs wait to be read, with one line of the audit; return how many.

        A day that waits already, or whose visit is planned, is left as it is, and counts nothing;
        where nothing is new nothing is written. `at` is business time.
        """

        def work(connection: Connection) -> int:
            new = sorted(set(days) - _open(connection, days))
            if not new:
                return 0
            fresh = {"state": WantedState.WAITING, "tries": 0, "detail": ""}
            fresh |= {"asked_at": at, "asked_by": actor.name[:200]}
            fresh |= {"visit_id": None, "planned_at": None}
            rows = [{"login_id": login, "business_date": day, **fresh} for login, day in new]
            upsert(connection, WantedDayRow, rows)
            detail = {**deed.detail, "days": len(new)}
            note_deed(connection, actor, replace(deed, detail=detail))
            return len(new)

        return run_in_transaction(self._engine, work)

    def cancel(self, logins: Collection[int], actor: Actor, deed: Deed) -> int:
        """Forget the days of some logins that wait or were given up; return how many.

        Visits that are planned stay.
        """
        idle = (WantedState.WAITING, WantedState.GIVEN_UP)

        def work(connection: Connection) -> int:
            dropped = connection.execute(
                delete(WantedDayRow).where(
                    WantedDayRow.login_id.in_(logins), WantedDayRow.state.in_(idle)
                )
            ).rowcount
            if dropped:
                detail = {**deed.detail, "days": dropped}
                note_deed(connection, actor, replace(deed, detail=detail))
            return dropped

        return run_in_transaction(self._engine, work)

    def give_up(self, one: WantedDay, why: str) -> None:
        """Read a day no more that waits."""
        gone = {"state": WantedState.GIVEN_UP, "detail": why}
        self._update(one, WantedDayRow.state == WantedState.WAITING, gone)

    def follow_up(self) -> tuple[WantedDay, ...]:
        """Note how the visits of planned days ended; return those that are given up now.

        A visit that never ran counts as no try: its login waited for a person, or nobody worked.
        """
        ended = (
            _days(VisitRow.state.label("ended"), VisitRow.attempts, VisitRow.detail.label("why"))
            .join(VisitRow, VisitRow.id == WantedDayRow.visit_id)
            .where(WantedDayRow.state == WantedState.PLANNED, VisitRow.state.in_(_ENDED))
        )
        with reading(self._engine) as connection:
            rows = connection.execute(ended).all()
        given_up = []
        for row in rows:
            one = _day(row)
            values = _after(one, VisitState(row.ended), row.attempts, row.why)
            still = (WantedDayRow.state == WantedState.PLANNED) & (
                WantedDayRow.visit_id == one.visit_id
            )
            mine = self._update(one, still, values)
            if mine and values["state"] is WantedState.GIVEN_UP:
                given_up.append(replace(one, **values))
        return tuple(given_up)

    def plan(
        self, site: str, slot: datetime, places: Sequence[Place], days: Sequence[WantedDay]
    ) -> int:
        """Make visits of the first days that wait, as far as a slot of their site has places.

        Places are taken by what was planned in the slot, and by what earlier slots left open,
        except of logins that wait.
        Return how many were planned.
        """
        with named_lock(self._engine, "wanted_days"):  # two schedulers count the same places
            return run_in_transaction(self._engine, partial(_plan, site, slot, places, days))

    def _update(self, one: WantedDay, still: ColumnElement[bool], values: dict[str, Any]) -> bool:
        statement = update(WantedDayRow).where(*_is(one.login_id, one.day), still).values(values)
        return run_in_transaction(
            self._engine, lambda connection: bool(connection.execute(statement).rowcount)
        )


def _plan(
    site: str,
    slot: datetime,
    places: Sequence[Place],
    days: Sequence[WantedDay],
    connection: Connection,
) -> int:
    of_site = (
        select(func.count(WantedDayRow.login_id))
        .join(LoginRow, LoginRow.id == WantedDayRow.login_id)
        .where(LoginRow.home_site == site)
    )
    here = connection.scalar(of_site.where(WantedDayRow.planned_at >= slot)) or 0
    before = connection.scalar(_about_to_begin(of_site, slot)) or 0
    waiting = iter(days)
    planned = 0
    for place in places[here : max(len(places) - before, 0)]:
        if place.wait_seconds is None:
            continue
        for one in waiting:
            if _plan_one(connection, one, place.planned_at, place.wait_seconds):
                planned += 1
                break
    return planned


def _about_to_begin(of_site: Select[Any], slot: datetime) -> Select[Any]:
    """Leave the days of earlier slots that may begin in this one.

    What waits for its own login takes no room: else one login would hold up all of its site.
    """
    its_login_waits = (VisitRow.state == VisitState.DEFERRED) & VisitRow.verdict.in_(
        _ITS_LOGIN_WAITS
    )
    return of_site.join(VisitRow, VisitRow.id == WantedDayRow.visit_id).where(
        WantedDayRow.state == WantedState.PLANNED,
        WantedDayRow.planned_at < slot,
        LoginRow.enabled,
        LoginRow.state.not_in(FOR_A_PERSON),
        ~func.coalesce(its_login_waits, False),
    )


def _plan_one(connection: Connection, one: WantedDay, at: datetime, wait_seconds: float) -> bool:
    """Plan a day, unless it waits no more; where a visit of it is under way, that one is its."""
    mine = (VisitRow.login_id == one.login_id, VisitRow.kind == VisitKind.PAST_DAY)
    if connection.scalar(select(VisitRow.id).where(*mine, VisitRow.planned_at == at)):
        return False  # somebody reads another day in this very second
    taken = connection.execute(
        update(WantedDayRow)
        .where(*_is(one.login_id, one.day), WantedDayRow.state == WantedState.WAITING)
        .values(state=WantedState.PLANNED, planned_at=at)
    )
    if not taken.rowcount:
        return False
    visit = connection.scalar(
        select(VisitRow.id)
        .where(*mine, VisitRow.business_date == one.day, VisitRow.state.in_(_UNDER_WAY))
        .limit(1)
    )
    if visit is None:
        start = {one.login_id: wait_seconds}
        visit = plan_visits(start, at, VisitKind.PAST_DAY, one.day, connection)[one.login_id]
    connection.execute(
        update(WantedDayRow).where(*_is(one.login_id, one.day)).values(visit_id=visit)
    )
    return True


def _after(one: WantedDay, ended: VisitState, attempts: int, why: str) -> dict[str, Any]:
    """Return what becomes of a day whose visit ended so."""
    if ended is VisitState.DONE:
        return {"state": WantedState.READ, "tries": one.tries, "detail": ""}
    tries = one.tries + int(ended is not VisitState.MISSED or attempts > 0)
    state = WantedState.GIVEN_UP if tries >= TRIES else WantedState.WAITING
    return {"state": state, "tries": tries, "detail": f"{ended}: {why}" if why else str(ended)}


def _open(connection: Connection, days: Collection[tuple[int, date]]) -> set[tuple[int, date]]:
    rows = select(WantedDayRow.login_id, WantedDayRow.business_date).where(
        WantedDayRow.login_id.in_({login for login, _ in days}), WantedDayRow.state.in_(OPEN)
    )
    return {(row[0], row[1]) for row in connection.execute(rows)}


def _is(login: int, day: date) -> Iterable[ColumnElement[bool]]:
    return WantedDayRow.login_id == login, WantedDayRow.business_date == day


def _days(*more: Any) -> Any:
    return select(
        WantedDayRow, LoginRow.name.label("login"), LoginRow.home_site.label("site"), *more
    ).join(LoginRow, (LoginRow.id == WantedDayRow.login_id) & LoginRow.enabled)


def _day(row: Row[*tuple[Any, ...]]) -> WantedDay:
    return WantedDay(
        row.login_id,
        row.login,
        row.site,
        row.business_date,
        WantedState(row.state),
        row.tries,
        row.asked_at,
        row.asked_by,
        row.planned_at,
        row.visit_id,
        row.detail,
    )
