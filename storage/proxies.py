"""Which login goes through which proxy, and which proxies rest until when.

Which proxy a login should take is decided elsewhere; here it is remembered across restarts and
shared by all machines. Proxies are named by our own ids; urls and passwords never come here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select, update

from domain.audit import Actor, Deed
from domain.verdict import VerdictKind
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.errors import ProxyTaken
from storage.named_lock import named_lock
from storage.tables import LoginRow, ProxyAssignmentRow, ProxyRestRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class ProxyAssignment:
    """A login's proxy; `moves_today` counts its moves on the business date `moves_date`."""

    login_id: int
    proxy_id: str
    since: datetime
    moves_today: int
    moves_date: date
    refused_moves_today: int = 0

    def moves_on(self, day: date) -> int:
        """Return how often the login has moved on `day`."""
        return self.moves_today if self.moves_date == day else 0

    def refused_moves_on(self, day: date) -> int:
        """Return how many of them because a site had refused its proxy."""
        return self.refused_moves_today if self.moves_date == day else 0


@dataclass(frozen=True, slots=True)
class ProxyRest:
    """A proxy in trouble; `seconds_rested` and `seconds_left` as of the question.

    `rested_at` is when its trouble began, `probed` whether a probe found it well since.
    """

    proxy_id: str
    rested_at: datetime
    resting_until: datetime
    failures: int
    reason: str
    seconds_rested: float
    seconds_left: float
    probed: bool

    @property
    def refused(self) -> bool:
        """Whether a site turned it away: the verdict stands first in the reason."""
        return self.reason.startswith(f"{VerdictKind.REFUSED}:")


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long a proxy rests: the first time, and at most; each failure in a row doubles it."""

    floor_seconds: float
    ceiling_seconds: float

    def after(self, failures: int) -> float:
        """Return the rest after so many failures in a row, the last included.

        >>> [Backoff(300, 7200).after(n) for n in (1, 2, 3, 9)]
        [300, 600, 1200, 7200]
        """
        factor = 1 << min(failures - 1, 20)
        return min(self.floor_seconds * factor, self.ceiling_seconds)


class ProxyBook:
    """The assignments and the rests of all proxies; each change is audited with its `actor`."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def assignment(self, login_id: int) -> ProxyAssignment | None:
        """Return the login's proxy, or None: it never had one."""
        with reading(self._engine) as connection:
            return _assignment(connection, login_id)

    def assigned(self) -> tuple[ProxyAssignment, ...]:
        """Return all assignments, by login."""
        rows = select(ProxyAssignmentRow).order_by(ProxyAssignmentRow.login_id)
        with reading(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(rows))

    def assign(
        self,
        wanted: ProxyAssignment,
        actor: Actor,
        reason: str = "",
        apart_from: frozenset[int] = frozenset(),
    ) -> ProxyAssignment:
        """Give a login its proxy; another than before is a move, counted in `moves_today`.

        A person's move is recorded and not counted: the bound is for programs. In `wanted` only
        a 1 in `refused_moves_today` counts, for a move after a refusal. `apart_from` are the
        logins with which it may not share the proxy.

        Raises:
            ProxyTaken: one of those has it by now.
        """

        def work(connection: Connection) -> ProxyAssignment:
            before = _assignment(connection, wanted.login_id)
            if before is not None and before.proxy_id == wanted.proxy_id:
                return before
            _require_apart(connection, wanted, apart_from)
            now = _moved(before, wanted, actor)
            upsert(connection, ProxyAssignmentRow, [_row(now)])
            note_deed(connection, actor, _deed(connection, before, now, reason))
            return now

        with named_lock(self._engine, "proxies"):  # two logins may not both find it free
            return run_in_transaction(self._engine, work)

    def rest(self, proxy_id: str, backoff: Backoff, reason: str, actor: Actor) -> float:
        """Let it rest from now on; return for how many seconds.

        A proxy that rests already has failed several logins at once: that counts once.
        """

        def work(connection: Connection) -> float:
            before = connection.execute(
                select(ProxyRestRow).where(ProxyRestRow.proxy_id == proxy_id).with_for_update()
            ).one_or_none()
            now = database_now(connection)
            row = _rested(proxy_id, before, now, backoff, reason)
            seconds: float = (row["resting_until"] - now).total_seconds()
            upsert(connection, ProxyRestRow, [row])
            detail = {"seconds": round(seconds), "failures": row["failures"]}
            note_deed(connection, actor, Deed("proxy.rest", f"proxy {proxy_id}", reason, detail))
            return seconds

        return run_in_transaction(self._engine, work)

    def end_rest(self, proxy_id: str, reason: str, actor: Actor) -> bool:
        """Forget that it failed; return whether there was anything to forget."""

        def work(connection: Connection) -> bool:
            gone = connection.execute(
                delete(ProxyRestRow).where(ProxyRestRow.proxy_id == proxy_id)
            ).rowcount
            if gone:
                note_deed(connection, actor, Deed("proxy.works", f"proxy {proxy_id}", reason))
            return bool(gone)

        return run_in_transaction(self._engine, work)

    def worked(self, proxy_id: str, actor: Actor) -> None:
        """A page came through it: its trouble is over.

        Not where it rests at a person's word, or because a site refused it: one page of
        another site proves nothing then.
        """
        rest = next((one for one in self.rests() if one.proxy_id == proxy_id), None)
        if rest is None:
            return  # the usual case: nothing to write after each visit
        if rest.seconds_left <= 0 or rest.reason.startswith(f"{VerdictKind.PROXY_DOWN}:"):
            self.end_rest(proxy_id, "a page came through it", actor)

    def probed(self, proxy_id: str) -> None:
        """A probe found it well after its rest."""

        def work(connection: Connection) -> None:
            now = database_now(connection)
            connection.execute(
                update(ProxyRestRow)
                .where(ProxyRestRow.proxy_id == proxy_id, ProxyRestRow.resting_until <= now)
                .values(probed_at=now)
            )

        run_in_transaction(self._engine, work)

    def resting(self) -> tuple[ProxyRest, ...]:
        """Return the proxies that may not be used now."""
        return tuple(one for one in self.rests() if one.seconds_left > 0)

    def rests(self) -> tuple[ProxyRest, ...]:
        """Return the proxies in trouble, by id: those that rest, and those that must prove
        themselves after it."""
        with reading(self._engine) as connection:
            now = database_now(connection)
            rows = select(ProxyRestRow).order_by(ProxyRestRow.proxy_id)
            return tuple(_rest(row, now) for row in connection.execute(rows))


def _assignment(connection: Connection, login_id: int) -> ProxyAssignment | None:
    row = connection.execute(
        select(ProxyAssignmentRow).where(ProxyAssignmentRow.login_id == login_id)
    ).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[*tuple[Any, ...]]) -> ProxyAssignment:
    return ProxyAssignment(
        row.login_id,
        row.proxy_id,
        row.since,
        row.moves_today,
        row.moves_date,
        row.refused_moves_today,
    )


def _row(one: ProxyAssignment) -> dict[str, Any]:
    return {
        "login_id": one.login_id,
        "proxy_id": one.proxy_id,
        "since": one.since,
        "moves_today": one.moves_today,
        "moves_date": one.moves_date,
        "refused_moves_today": one.refused_moves_today,
    }


def _require_apart(
    connection: Connection, wanted: ProxyAssignment, apart_from: frozenset[int]
) -> None:
    rows = select(ProxyAssignmentRow.login_id).where(ProxyAssignmentRow.proxy_id == wanted.proxy_id)
    if apart_from & set(connection.scalars(rows)):
        raise ProxyTaken(f"the proxy {wanted.proxy_id} is another login's alone")


def _moved(
    before: ProxyAssignment | None, wanted: ProxyAssignment, actor: Actor
) -> ProxyAssignment:
    """`wanted` with its moves counted on from `before`."""
    if before is None:
        return replace(wanted, moves_today=0, refused_moves_today=0)
    day, counts = wanted.moves_date, not actor.is_person
    return replace(
        wanted,
        moves_today=before.moves_on(day) + counts,
        refused_moves_today=before.refused_moves_on(day)
        + (wanted.refused_moves_today if counts else 0),
    )


def _deed(
    connection: Connection, before: ProxyAssignment | None, now: ProxyAssignment, reason: str
) -> Deed:
    name = connection.scalar(select(LoginRow.name).where(LoginRow.id == now.login_id))
    if before is None:
        return Deed("proxy.assign", f"login {name}", reason, {"to": now.proxy_id})
    detail = {"from": before.proxy_id, "to": now.proxy_id, "moves_today": now.moves_today}
    return Deed("proxy.move", f"login {name}", reason, detail)


def _rested(
    proxy_id: str,
    before: Row[*tuple[Any, ...]] | None,
    now: datetime,
    backoff: Backoff,
    reason: str,
) -> dict[str, Any]:
    """The row of a proxy that fails now; its trouble began when nobody had found it well since."""
    resting = before is not None and before.resting_until > now
    unproved = before is not None and before.probed_at is None
    failures = 1 if before is None else before.failures + (not resting)
    until = now + timedelta(seconds=backoff.after(failures))
    longer = before is None or until > before.resting_until
    return {
        "proxy_id": proxy_id,
        "rested_at": before.rested_at if before is not None and (resting or unproved) else now,
        "resting_until": until if before is None or longer else before.resting_until,
        "probed_at": None,
        "failures": failures,
        "reason": reason if before is None or longer else before.reason,
    }


def _rest(row: Row[*tuple[Any, ...]], now: datetime) -> ProxyRest:
    return ProxyRest(
        row.proxy_id,
        row.rested_at,
        row.resting_until,
        row.failures,
        row.reason,
        (now - row.rested_at).total_seconds(),
        (row.resting_until - now).total_seconds(),
        row.probed_at is not None,
    )
