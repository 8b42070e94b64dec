"""Versions of site classes: a changed one is tried on one account, of all workers together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, Update, and_, or_, select, update

from domain.audit import Actor, Deed
from domain.class_state import ClassState
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.tables import SiteClassRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import insert_new

STUCK = timedelta(minutes=5)
"""A trial that nobody has decided for so long goes to whoever comes next with an account."""
ABANDONED = timedelta(hours=6)
"""So does one whose account could not be read, when nobody looks at that account any more."""


@dataclass(frozen=True, slots=True)
class ClassVersion:
    """One version of a site's class; `since` (operational) it has its state.

    `detail` says what the trial saw; empty while nothing was seen yet.
    """

    site: str
    fingerprint: str
    state: ClassState
    canary: str | None
    detail: str
    since: datetime


class SiteClassBook:
    """All versions that were ever met. The first one of a site is trusted: nothing to compare."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def meet(self, site: str, fingerprint: str, canary: str) -> ClassVersion:
        """Return how far this version is believed; a new one is tried on the account `canary`.

        Of many who meet it at once one account wins, and all are told which.
        """
        known = self.find(site, fingerprint)
        if known is not None and (known.state is not ClassState.TRYING or known.canary == canary):
            return known

        def work(connection: Connection) -> ClassVersion:
            now = database_now(connection)
            first = connection.scalar(
                select(SiteClassRow.site).where(SiteClassRow.site == site).limit(1)
            )
            fresh = {
                "site": site,
                "fingerprint": fingerprint,
                "state": ClassState.TRYING if first else ClassState.TRUSTED,
                "canary": canary,
                "detail": "",
                "since": now,
            }
            insert_new(connection, SiteClassRow, [fresh])
            stuck = _version(site, fingerprint).where(
                SiteClassRow.state == ClassState.TRYING,
                or_(
                    and_(SiteClassRow.detail == "", SiteClassRow.since < now - STUCK),
                    SiteClassRow.since < now - ABANDONED,
                ),
            )
            connection.execute(stuck.values(canary=canary, since=now))
            return _read(connection, site, fingerprint)

        return run_in_transaction(self._engine, work)

    def decide(self, version: ClassVersion, state: ClassState, detail: str, by: Actor) -> bool:
        """Note what came out of a trial, unless somebody did before; return whether it changed."""

        def work(connection: Connection) -> bool:
            now = database_now(connection)
            mine = _version(version.site, version.fingerprint).where(
                SiteClassRow.state == version.state, SiteClassRow.canary == version.canary
            )
            changed = connection.execute(
                mine.values(state=state, detail=detail, since=now)
            ).rowcount
            if changed and state is not version.state:
                _note(connection, by, version, state, detail)
            return bool(changed)

        return run_in_transaction(self._engine, work)

    def try_on(self, version: ClassVersion, canary: str) -> ClassVersion:
        """Begin a trial anew on another account; of many who ask for it at once one wins."""

        def work(connection: Connection) -> ClassVersion:
            mine = _version(version.site, version.fingerprint).where(
                SiteClassRow.state == ClassState.TRYING,
                SiteClassRow.canary == version.canary,
                SiteClassRow.detail == version.detail,
            )
            now = database_now(connection)
            connection.execute(mine.values(canary=canary, detail="", since=now))
            return _read(connection, version.site, version.fingerprint)

        return run_in_transaction(self._engine, work)

    def trust(self, site: str, fingerprint: str, by: Actor, reason: str) -> bool:
        """Believe a version from now on, at a person's word; return whether it was not before."""

        def work(connection: Connection) -> bool:
            now = database_now(connection)
            fresh = {
                "site": site,
                "fingerprint": fingerprint,
                "state": ClassState.TRYING,
                "canary": None,
                "detail": "",
                "since": now,
            }
            insert_new(connection, SiteClassRow, [fresh])
            before = _read(connection, site, fingerprint)
            if before.state is ClassState.TRUSTED:
                return False
            trusted = _version(site, fingerprint).values(
                state=ClassState.TRUSTED, detail="", since=now
            )
            connection.execute(trusted)
            _note(connection, by, before, ClassState.TRUSTED, reason)
            return True

        return run_in_transaction(self._engine, work)

    def find(self, site: str, fingerprint: str) -> ClassVersion | None:
        """Return a version, or None where nobody met it yet."""
        with reading(self._engine) as connection:
            row = connection.execute(_wanted(site, fingerprint)).one_or_none()
            return None if row is None else _record(row)

    def in_force(self) -> Mapping[str, frozenset[str]]:
        """Return the versions that visits may go by, by site: trusted last, or on trial."""
        wanted = select(SiteClassRow).where(SiteClassRow.state != ClassState.HELD)
        trusted: dict[str, str] = {}
        trying: dict[str, set[str]] = defaultdict(set)
        with reading(self._engine) as connection:
            for row in connection.execute(wanted.order_by(SiteClassRow.since)):
                if row.state == ClassState.TRUSTED:
                    trusted[row.site] = row.fingerprint
                else:
                    trying[row.site].add(row.fingerprint)
        return {site: frozenset({one, *trying[site]}) for site, one in trusted.items()}

    def knows(self, site: str) -> bool:
        """Whether any version of the site's class was ever met."""
        wanted = select(SiteClassRow.site).where(SiteClassRow.site == site).limit(1)
        with reading(self._engine) as connection:
            return connection.scalar(wanted) is not None


def _wanted(site: str, fingerprint: str) -> Any:
    return select(SiteClassRow).where(
        SiteClassRow.site == site, SiteClassRow.fingerprint == fingerprint
    )


def _version(site: str, fingerprint: str) -> Update:
    return update(SiteClassRow).where(
        SiteClassRow.site == site, SiteClassRow.fingerprint == fingerprint
    )


def _read(connection: Connection, site: str, fingerprint: str) -> ClassVersion:
    return _record(connection.execute(_wanted(site, fingerprint)).one())


def _record(row: Row[*tuple[Any, ...]]) -> ClassVersion:
    return ClassVersion(
        row.site, row.fingerprint, ClassState(row.state), row.canary, row.detail, row.since
    )


def _note(
    connection: Connection, by: Actor, version: ClassVersion, state: ClassState, reason: str
) -> None:
    detail = {"from": version.state, "to": state, "fingerprint": version.fingerprint[:12]}
    note_deed(connection, by, Deed("site.class", f"site {version.site}", reason, detail))
