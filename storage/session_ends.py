"""How long the session of each login still lasts, and who could begin the next one.

For the notifications: one look a minute at all logins; no session is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine, and_, case, func, or_, select

from domain.sign_in import SignInKind
from storage.database_clock import database_now
from storage.tables import LoginCredentialRow, LoginRow, SessionVersionRow, SignInRow
from storage.transaction import reading


@dataclass(frozen=True, slots=True)
class SessionEnd:
    """A session that ends within the time asked for.

    `left` is measured on the database's clock, negative where its last dated cookie has ended.
    `has_password`: one is stored, or named in the environment. `begun_by_program`: the newest
    session was begun by a visit that typed it.
    """

    login_id: int
    left: timedelta
    has_password: bool
    begun_by_program: bool


class SessionEnds:
    """The expected ends of all logins' newest sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def within(self, span: timedelta) -> tuple[SessionEnd, ...]:
        """Return the sessions whose last dated cookie ends within `span`, by login.

        A session whose end moved on since it began is left out: the visits keep it alive.
        """
        with reading(self._engine) as connection:
            now = database_now(connection)
            kept, begun = _kept_versions(), _newest_sign_ins()
            rows = connection.execute(
                select(
                    SessionVersionRow.login_id,
                    SessionVersionRow.ends_at,
                    SignInRow.kind,
                    LoginRow.credential_source,
                    LoginCredentialRow.login_id.label("sealed_for"),
                )
                .join(
                    kept,
                    and_(
                        SessionVersionRow.login_id == kept.c.login_id,
                        SessionVersionRow.version == kept.c.newest,
                    ),
                )
                .join(LoginRow, LoginRow.id == SessionVersionRow.login_id)
                .outerjoin(begun, begun.c.login_id == LoginRow.id)
                .outerjoin(SignInRow, SignInRow.id == begun.c.newest)
                .outerjoin(LoginCredentialRow, LoginCredentialRow.login_id == LoginRow.id)
                .where(
                    LoginRow.enabled,
                    SessionVersionRow.ends_at < now + span,
                    or_(kept.c.first_end.is_(None), SessionVersionRow.ends_at <= kept.c.first_end),
                )
                .order_by(SessionVersionRow.login_id)
            ).all()
        return tuple(
            SessionEnd(
                row.login_id,
                row.ends_at - now,
                row.sealed_for is not None or _names_a_variable(row.credential_source),
                row.kind == SignInKind.PROGRAM,
            )
            for row in rows
        )


def _kept_versions() -> Any:
    """Each login's newest version, and the earliest end since its session began."""
    since_begun = or_(
        LoginRow.signed_in_at.is_(None), SessionVersionRow.created_at >= LoginRow.signed_in_at
    )
    return (
        select(
            SessionVersionRow.login_id,
            func.max(SessionVersionRow.version).label("newest"),
            func.min(case((since_begun, SessionVersionRow.ends_at))).label("first_end"),
        )
        .join(LoginRow, LoginRow.id == SessionVersionRow.login_id)
        .group_by(SessionVersionRow.login_id)
        .subquery()
    )


def _newest_sign_ins() -> Any:
    return (
        select(SignInRow.login_id, func.max(SignInRow.id).label("newest"))
        .where(SignInRow.kind != SignInKind.CLEARED)
        .group_by(SignInRow.login_id)
        .subquery()
    )


def _names_a_variable(source: str | None) -> bool:
    return source is not None and source.startswith("env:")
