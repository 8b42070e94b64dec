"""The one lock of a login: visits, probes, sign-ins and a person's refresh all take it.

A lease runs out by itself on the database's clock, so that a killed process blocks its login for
a while only. Its token grows with each taking: whoever comes with an older one has lost it, and
is refused by everything that stores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, Engine, Update, or_, select, update

from storage.database_clock import database_now
from storage.errors import LeaseTaken, StaleToken, UnknownName
from storage.tables import LoginLeaseRow
from storage.transaction import reading, run_in_transaction


@dataclass(frozen=True, slots=True)
class HeldLease:
    """Proof of having taken a login's lease; good until somebody else takes it."""

    login_id: int
    token: int


class LeaseBook:
    """The leases of all logins."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, login_id: int, holder: str, kind: str, seconds: float) -> HeldLease | None:
        """Take a free or expired lease for `seconds`, or return None: somebody has it.

        `holder` says who (host, process), `kind` what for (a visit's kind).

        Raises:
            UnknownName: there is no such login.
        """
        return run_in_transaction(
            self._engine, lambda connection: take_lease(connection, login_id, holder, kind, seconds)
        )

    def renew(self, held: HeldLease, seconds: float) -> None:
        """Let it run out `seconds` from now.

        Raises:
            StaleToken: it was lost.
        """

        def work(connection: Connection) -> None:
            require_token(connection, held.login_id, held.token)
            renew_lease(connection, held, seconds)

        run_in_transaction(self._engine, work)

    def release(self, held: HeldLease) -> None:
        """Give it back; one that was lost is somebody else's and stays so."""
        run_in_transaction(self._engine, lambda connection: release_lease(connection, held))

    def holder_of(self, login_id: int) -> str | None:
        """Return who works with the login now, or None."""

        with reading(self._engine) as connection:
            return connection.scalar(
                select(LoginLeaseRow.holder).where(
                    LoginLeaseRow.login_id == login_id,
                    LoginLeaseRow.expires_at > database_now(connection),
                )
            )

    def holders(self) -> frozenset[str]:
        """Return everybody who holds a lease that has not run out."""
        with reading(self._engine) as connection:
            held = select(LoginLeaseRow.holder).where(
                LoginLeaseRow.holder.is_not(None),
                LoginLeaseRow.expires_at > database_now(connection),
            )
            return frozenset(holder for holder in connection.scalars(held) if holder)

    def forfeit(self, holder: str) -> int:
        """Take back every lease of `holder`, whose process is known to be gone; return how many.

        Should it live after all, whatever it still wants to store is refused.
        """

        def work(connection: Connection) -> int:
            taken = connection.execute(
                update(LoginLeaseRow).where(LoginLeaseRow.holder == holder).values(holder=None)
            )
            return taken.rowcount

        return run_in_transaction(self._engine, work)

    @contextmanager
    def hold(self, login_id: int, holder: str, kind: str, seconds: float) -> Iterator[HeldLease]:
        """Hold the lease for a command; longer work renews it in between.

        Raises:
            LeaseTaken: somebody else works with the login.
        """
        held = self.take(login_id, holder, kind, seconds)
        if held is None:
            raise LeaseTaken(f"{self.holder_of(login_id) or 'Somebody'} works with this login")
        try:
            yield held
        finally:
            self.release(held)


def take_lease(
    connection: Connection, login_id: int, holder: str, kind: str, seconds: float
) -> HeldLease | None:
    """Take the lease in a transaction of the caller's; None where somebody has it."""
    now = database_now(connection)
    taken = connection.execute(
        update(LoginLeaseRow)
        .where(
            LoginLeaseRow.login_id == login_id,
            or_(LoginLeaseRow.holder.is_(None), LoginLeaseRow.expires_at <= now),
        )
        .values(
            holder=holder,
            kind=kind,
            token=LoginLeaseRow.token + 1,
            expires_at=now + timedelta(seconds=seconds),
        )
    )
    # The row is ours until the transaction ends: nobody can have changed the token since.
    token = connection.scalar(select(LoginLeaseRow.token).where(LoginLeaseRow.login_id == login_id))
    if token is None:
        raise UnknownName(f"There is no login with the key {login_id}")
    return HeldLease(login_id, token) if taken.rowcount else None


def require_token(connection: Connection, login_id: int, token: int) -> None:
    """Pass where `token` still holds the lease, and let nobody take it before the commit.

    Raises:
        StaleToken: it was released, or somebody took it after it had run out.
    """
    found = connection.execute(
        select(LoginLeaseRow.token, LoginLeaseRow.holder)
        .where(LoginLeaseRow.login_id == login_id)
        .with_for_update()
    ).one_or_none()
    if found is None or found.token != token or found.holder is None:
        raise StaleToken


def renew_lease(connection: Connection, held: HeldLease, seconds: float) -> None:
    """Let it run out `seconds` from now, in a transaction that has asked for its token."""
    until = database_now(connection) + timedelta(seconds=seconds)
    connection.execute(_mine(held).values(expires_at=until))


def release_lease(connection: Connection, held: HeldLease) -> None:
    """Give the lease back in a transaction of the caller's."""
    connection.execute(_mine(held).values(holder=None, expires_at=database_now(connection)))


def _mine(held: HeldLease) -> Update:
    return update(LoginLeaseRow).where(
        LoginLeaseRow.login_id == held.login_id, LoginLeaseRow.token == held.token
    )
