"""The history of each login's sign-ins: written under its lease, and what is decided by it.

A program asks here before it types a password. What it may do follows from the rows alone, so
it is the same for every process and after every restart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from domain.audit import Actor, Deed
from domain.session import FOR_A_PERSON, SessionState
from domain.sign_in import SignIn, SignInKind, SignInOutcome, SignInWait
from domain.verdict import VerdictKind
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.leases import HeldLease, renew_lease, require_token
from storage.logins import change_state
from storage.session_vault import newest_end
from storage.tables import LoginRow, SignInRow
from storage.transaction import reading, run_in_transaction

REMEMBERED = 60
"""Sign-ins of a login that are looked at: more than any ceiling of a day."""
Decide = Callable[[Sequence[SignIn], datetime], SignInWait | None]
"""Gets the history, the oldest first, and the database's time."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A program's wish to sign in: who, at which business time, and how long it may take.

    The lease is prolonged to `lease_seconds` from the moment of typing, so that a slow sign-in
    loses it last.
    """

    who: Actor
    began_at: datetime
    lease_seconds: float


class SignInBook:
    """All sign-ins; what a visit notes is refused when its lease was lost (`StaleToken`)."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def history(self, login_id: int) -> tuple[SignIn, ...]:
        """Return the newest sign-ins of a login, the oldest of them first."""
        with reading(self._engine) as connection:
            return _history(connection, login_id)

    def history_and_time(self, login_id: int) -> tuple[tuple[SignIn, ...], datetime]:
        """Return the same with the database's time, by which a cooldown is judged."""
        with reading(self._engine) as connection:
            return _history(connection, login_id), database_now(connection)

    def of_peers(self, login_id: int) -> tuple[tuple[SignIn, ...], ...]:
        """Return the histories of the other logins that are visited at the same site."""
        with reading(self._engine) as connection:
            site = select(LoginRow.home_site).where(LoginRow.id == login_id).scalar_subquery()
            peers = connection.scalars(
                select(LoginRow.id).where(
                    LoginRow.home_site == site,
                    LoginRow.id != login_id,
                    LoginRow.enabled,
                    LoginRow.state.not_in(FOR_A_PERSON),
                )
            ).all()
            return tuple(_history(connection, peer) for peer in peers)

    def refused_marks(self, login_id: int) -> frozenset[str]:
        """Return the marks of the passwords that the site has refused for this login."""
        marks = select(SignInRow.password_mark).where(
            SignInRow.login_id == login_id, SignInRow.password_mark.is_not(None)
        )
        with reading(self._engine) as connection:
            return frozenset(mark for mark in connection.scalars(marks) if mark)

    def renew_marks(self, login_id: int, marks: Sequence[str]) -> int:
        """Put the first of a password's marks, that of the newest key, in the place of the others.

        Without it a refused password would be typed once more when the older keys are gone.
        """
        newest, *older = marks
        stale = SignInRow.login_id == login_id, SignInRow.password_mark.in_(older)
        change = update(SignInRow).where(*stale).values(password_mark=newest)
        return run_in_transaction(
            self._engine, lambda connection: connection.execute(change).rowcount
        )

    def begin(self, lease: HeldLease, attempt: Attempt, decide: Decide) -> SignInWait | None:
        """Note that the session has ended and that the password is typed now, or return the wait.

        Raises:
            StaleToken: the lease was lost; nothing may be typed.
        """

        def work(connection: Connection) -> SignInWait | None:
            require_token(connection, lease.login_id, lease.token)
            now = database_now(connection)
            _end(connection, lease.login_id, attempt.began_at, now)
            wait = decide(_history(connection, lease.login_id), now)
            if wait is None:
                renew_lease(connection, lease, attempt.lease_seconds)
                _note_typing(connection, lease, attempt, now)
            return wait

        return run_in_transaction(self._engine, work)

    def came_out(
        self, lease: HeldLease, outcome: SignInOutcome, verdict: VerdictKind, mark: str | None
    ) -> None:
        """Note what came of the sign-in that was begun under `lease`.

        `mark` is that of a refused password.

        Raises:
            StaleToken: the lease was lost.
        """

        def work(connection: Connection) -> None:
            require_token(connection, lease.login_id, lease.token)
            newest = _newest(connection, lease.login_id)
            if newest is None or newest.token != lease.token:
                return
            values = {"outcome": outcome, "verdict": verdict, "password_mark": mark}
            _change(connection, newest.id, values)
            if outcome is SignInOutcome.HELD:
                _stamp_login(connection, lease.login_id, database_now(connection))

        run_in_transaction(self._engine, work)

    def alive(self, lease: HeldLease, who: Actor, at: datetime) -> None:
        """Note that a page was read with the session at the business time `at`.

        Raises:
            StaleToken: the lease was lost.
        """

        def work(connection: Connection) -> None:
            require_token(connection, lease.login_id, lease.token)
            newest = _newest(connection, lease.login_id)
            proof = {"outcome": SignInOutcome.HELD, "alive_at": at, "ended_at": None}
            if newest is not None:
                _change(connection, newest.id, proof)
                return
            # A session from before this table, or one that nobody noted.
            row = _row(connection, lease.login_id, SignInKind.IMPORT, who, at)
            connection.execute(insert(SignInRow).values(**row | proof))

        run_in_transaction(self._engine, work)

    def ended(self, lease: HeldLease, at: datetime) -> None:
        """Note that the session was found signed out at the business time `at`.

        Raises:
            StaleToken: the lease was lost.
        """

        def work(connection: Connection) -> None:
            require_token(connection, lease.login_id, lease.token)
            _end(connection, lease.login_id, at, database_now(connection))

        run_in_transaction(self._engine, work)

    def by_person(self, login_id: int, kind: SignInKind, who: Actor, at: datetime) -> None:
        """Note that a person began a session, or said that the login may go on (`CLEARED`)."""

        def work(connection: Connection) -> None:
            note_by_person(connection, login_id, kind, who, at)

        run_in_transaction(self._engine, work)


def note_by_person(
    connection: Connection, login_id: int, kind: SignInKind, who: Actor, at: datetime
) -> None:
    """Write a person's part in a transaction of the caller's."""
    row = _row(connection, login_id, kind, who, at)
    connection.execute(insert(SignInRow).values(**row))
    if kind is not SignInKind.CLEARED:
        _stamp_login(connection, login_id, row["at"])


def _note_typing(connection: Connection, lease: HeldLease, attempt: Attempt, now: datetime) -> None:
    row = _row(connection, lease.login_id, SignInKind.PROGRAM, attempt.who, attempt.began_at)
    row |= {"token": lease.token, "outcome": SignInOutcome.TYPED}
    connection.execute(insert(SignInRow).values(**row))
    why = "its session is over: the program signs in"
    change_state(connection, lease.login_id, SessionState.REFRESHING, attempt.who, why)
    name = connection.scalar(select(LoginRow.name).where(LoginRow.id == lease.login_id))
    note_deed(connection, attempt.who, Deed("session.sign_in", f"login {name}", why))


def _row(
    connection: Connection, login_id: int, kind: SignInKind, who: Actor, began_at: datetime
) -> dict[str, Any]:
    return {
        "login_id": login_id,
        "kind": kind,
        "who": who.name[:200],
        "at": database_now(connection),
        "began_at": began_at,
        "outcome": SignInOutcome.HELD,
        "expired": False,
    }


def _end(connection: Connection, login_id: int, at: datetime, now: datetime) -> None:
    newest = _newest(connection, login_id)
    if newest is None or newest.ended_at is not None:
        return
    ends = newest_end(connection, login_id)
    expired = ends is not None and ends <= now + _NEAR_ITS_END
    _change(connection, newest.id, {"ended_at": at, "expired": expired})


_NEAR_ITS_END = timedelta(minutes=5)


def _newest(connection: Connection, login_id: int) -> Row[*tuple[Any, ...]] | None:
    """Return the newest session's row; nobody changes it before the commit."""
    return connection.execute(
        select(SignInRow.id, SignInRow.token, SignInRow.ended_at)
        .where(SignInRow.login_id == login_id, SignInRow.kind != SignInKind.CLEARED)
        .order_by(SignInRow.id.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()


def _change(connection: Connection, key: int, values: dict[str, Any]) -> None:
    connection.execute(update(SignInRow).where(SignInRow.id == key).values(values))


def _stamp_login(connection: Connection, login_id: int, at: datetime) -> None:
    connection.execute(update(LoginRow).where(LoginRow.id == login_id).values(signed_in_at=at))


_COLUMNS = [getattr(SignInRow, name) for name in SignIn.__slots__]


def _history(connection: Connection, login_id: int) -> tuple[SignIn, ...]:
    rows = connection.execute(
        select(*_COLUMNS)
        .where(SignInRow.login_id == login_id)
        .order_by(SignInRow.id.desc())
        .limit(REMEMBERED)
    ).all()
    return tuple(_sign_in(row) for row in reversed(rows))


def _sign_in(row: Row[*tuple[Any, ...]]) -> SignIn:
    return SignIn(
        SignInKind(row.kind),
        SignInOutcome(row.outcome),
        row.at,
        row.began_at,
        row.alive_at,
        row.ended_at,
        row.expired,
        None if row.verdict is None else VerdictKind(row.verdict),
    )
