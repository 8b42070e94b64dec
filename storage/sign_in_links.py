"""The one-time links of remote sign-ins: offered, claimed by one browser, done.

A claim is one conditional update: of many browsers that press the button exactly one gets the
link. What is stored are digests; the token itself is returned once and never again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, insert, select, update

from domain.audit import Actor, Deed, person
from domain.sign_in_link import SignInLink, digest, new_secret
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.errors import LinkUsed, UnknownName
from storage.tables import LoginRow, SignInLinkRow
from storage.transaction import reading, run_in_transaction


class SignInLinks:
    """All links."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def offer(
        self,
        login: str,
        by: Actor,
        lasts: timedelta,
        made_for: str = "",
        *,
        noted: bool = True,
    ) -> str:
        """Make a link to sign `login` in and return its token, which is stored nowhere.

        Not `noted`: the caller says so with `note_offered` when somebody has it, or withdraws it.

        Raises:
            UnknownName: there is no such login.
        """
        token = new_secret()

        def work(connection: Connection) -> str:
            login_id = connection.scalar(select(LoginRow.id).where(LoginRow.name == login))
            if login_id is None:
                raise UnknownName(f"There is no login {login!r}")
            now = database_now(connection)
            connection.execute(
                insert(SignInLinkRow).values(
                    login_id=login_id,
                    token_digest=digest(token),
                    made_by=by.name[:200],
                    made_for=made_for[:200],
                    made_at=now,
                    expires_at=now + lasts,
                    outcome="",
                )
            )
            if noted:
                _note_offered(connection, login, by, made_for)
            return token

        return run_in_transaction(self._engine, work)

    def note_offered(self, login: str, by: Actor, made_for: str) -> None:
        """Note in the audit that somebody was given a link."""
        run_in_transaction(self._engine, lambda to: _note_offered(to, login, by, made_for))

    def withdraw(self, token: str) -> None:
        """Let a link expire that reached nobody; who has claimed it all the same keeps it."""

        def work(connection: Connection) -> None:
            connection.execute(
                update(SignInLinkRow)
                .where(
                    SignInLinkRow.token_digest == digest(token),
                    SignInLinkRow.browser_digest.is_(None),
                )
                .values(expires_at=database_now(connection))
            )

        run_in_transaction(self._engine, work)

    def find(self, token: str) -> SignInLink | None:
        """Return the link of a token, or None: it never existed."""
        return self._one(SignInLinkRow.token_digest == digest(token))

    def get(self, link_id: int) -> SignInLink:
        """Return a link by its key.

        Raises:
            UnknownName: there is none.
        """
        found = self._one(SignInLinkRow.id == link_id)
        if found is None:
            raise UnknownName(f"There is no link {link_id}")
        return found

    def of_browser(self, browser: str) -> SignInLink | None:
        """Return the link that the browser with this secret claimed last."""
        return self._one(SignInLinkRow.browser_digest == digest(browser))

    def done_in(self, browser: str) -> SignInLink | None:
        """Return the link by which the browser with this secret has signed a login in last."""
        own = SignInLinkRow.browser_digest == digest(browser)
        return self._one(own & SignInLinkRow.done_at.is_not(None))

    def claim(
        self, link: SignInLink, name: str, lasts: timedelta, browser: str | None = None
    ) -> str:
        """Give the link to the browser of the person `name` and return that browser's secret.

        The person has `lasts` from now on. `browser` is the secret that a browser we know has
        already; None makes a new one.

        Raises:
            LinkUsed: somebody else was first, or its time is over.
        """
        secret = browser or new_secret()

        def work(connection: Connection) -> str:
            now = database_now(connection)
            claimed = connection.execute(
                update(SignInLinkRow)
                .where(
                    SignInLinkRow.id == link.id,
                    SignInLinkRow.browser_digest.is_(None),
                    SignInLinkRow.done_at.is_(None),
                    SignInLinkRow.expires_at > now,
                )
                .values(
                    browser_digest=digest(secret),
                    claimed_by=name[:200],
                    claimed_at=now,
                    expires_at=now + lasts,
                )
            )
            if claimed.rowcount != 1:
                raise LinkUsed
            _note(connection, link.login_id, person(name), "sign_in.claimed", "")
            return secret

        return run_in_transaction(self._engine, work)

    def note_try(self, link: SignInLink, outcome: str) -> None:
        """Say how a try ended that did not sign the login in: the link stays as it is."""
        self._note_outcome(link, outcome, "sign_in.left")

    def note_done(self, link: SignInLink, outcome: str) -> None:
        """Say that the login is signed in: the link has served."""
        self._note_outcome(link, outcome, "sign_in.done")

    def forget(self, name: str, by: Actor) -> int:
        """Let every browser in which `name` claimed a link be unknown again; return how many links.

        A sign-in under way sees that its link is no longer its browser's, and ends.
        """

        def work(connection: Connection) -> int:
            now = database_now(connection)
            known = (SignInLinkRow.claimed_by == name) & (SignInLinkRow.browser_digest != "")
            connection.execute(
                update(SignInLinkRow)
                .where(known, SignInLinkRow.expires_at > now)
                .values(expires_at=now)
            )
            forgotten = connection.execute(
                update(SignInLinkRow).where(known).values(browser_digest="")
            )
            note_deed(connection, by, Deed("sign_in.forgotten", f"person {name}"))
            return forgotten.rowcount

        return run_in_transaction(self._engine, work)

    def _note_outcome(self, link: SignInLink, outcome: str, action: str) -> None:
        def work(connection: Connection) -> None:
            values: dict[str, Any] = {"outcome": outcome}
            if action == "sign_in.done":
                values["done_at"] = database_now(connection)
            connection.execute(
                update(SignInLinkRow).where(SignInLinkRow.id == link.id).values(values)
            )
            _note(connection, link.login_id, person(link.claimed_by or ""), action, outcome)

        run_in_transaction(self._engine, work)

    def _one(self, condition: Any) -> SignInLink | None:
        with reading(self._engine) as connection:
            latest = SignInLinkRow.claimed_at.desc(), SignInLinkRow.id.desc()
            newest = select(SignInLinkRow).where(condition).order_by(*latest)
            row = connection.execute(newest.limit(1)).one_or_none()
            return None if row is None else _link(row, database_now(connection))


def _note_offered(connection: Connection, login: str, by: Actor, made_for: str) -> None:
    note_deed(connection, by, Deed("sign_in.offered", f"login {login}", made_for))


def _note(connection: Connection, login_id: int, who: Actor, action: str, reason: str) -> None:
    login = connection.scalar(select(LoginRow.name).where(LoginRow.id == login_id))
    note_deed(connection, who, Deed(action, f"login {login}", reason))


def _link(row: Row[Any], now: Any) -> SignInLink:
    return SignInLink(
        id=row.id,
        login_id=row.login_id,
        made_by=row.made_by,
        made_for=row.made_for,
        made_at=row.made_at,
        expires_at=row.expires_at,
        seen_at=now,
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
        browser_digest=row.browser_digest,
        done_at=row.done_at,
        outcome=row.outcome,
    )
