"""Change the request budget of a site for a while: in the database, so that all workers hear of it.

Whoever asks for a grant reads it every few seconds (`workers/policies.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, select

from domain.audit import Actor, Deed
from domain.pace_override import PaceOverride
from storage.audit import note_deed
from storage.database_clock import database_now
from storage.tables import PaceOverrideRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


class OverrideBook:
    """The overrides of all sites."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self) -> tuple[PaceOverride, ...]:
        """Return the overrides that hold now, by site."""
        with reading(self._engine) as connection:
            rows = select(PaceOverrideRow).where(PaceOverrideRow.until > database_now(connection))
            return tuple(_record(row) for row in connection.execute(rows.order_by("site")))

    def set(
        self,
        site: str,
        changes: Mapping[str, float],
        until: datetime | timedelta,
        actor: Actor,
        reason: str,
    ) -> PaceOverride:
        """Let these settings hold instead of the site's policy; an earlier override ends."""

        def work(connection: Connection) -> PaceOverride:
            now = database_now(connection)
            end = now + until if isinstance(until, timedelta) else until
            settings: dict[str, Any] = dict(changes)
            override = PaceOverride(site, actor.name, reason, now, end, **settings)
            row = {
                "site": site,
                "by": actor.name[:200],
                "reason": reason,
                "since": now,
                "until": end,
                "requests_per_second": override.requests_per_second,
                "burst": override.burst,
                "concurrent_visits": override.concurrent_visits,
            }
            upsert(connection, PaceOverrideRow, [row])
            detail = {**changes, "until": end.isoformat()}
            note_deed(connection, actor, Deed("pace.set", f"site {site}", reason, detail))
            return override

        return run_in_transaction(self._engine, work)

    def end(self, site: str, actor: Actor, reason: str) -> bool:
        """Let the policy of a site hold again; return whether anything else did."""

        def work(connection: Connection) -> bool:
            mine = PaceOverrideRow.site == site
            still = PaceOverrideRow.until > database_now(connection)
            held = connection.scalar(select(PaceOverrideRow.site).where(mine, still)) is not None
            connection.execute(delete(PaceOverrideRow).where(mine))
            if held:
                note_deed(connection, actor, Deed("pace.reset", f"site {site}", reason))
            return held

        return run_in_transaction(self._engine, work)


def _record(row: Row[*tuple[Any, ...]]) -> PaceOverride:
    return PaceOverride(
        row.site,
        row.by,
        row.reason,
        row.since,
        row.until,
        row.requests_per_second,
        row.burst,
        row.concurrent_visits,
    )
