"""Which watches' cost alerts are muted, until when, and at whose word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Engine, delete, select

from domain.audit import Actor, Deed
from storage.audit import note_deed
from storage.errors import UnknownName
from storage.tables import AlertMuteRow, WatchRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import upsert


@dataclass(frozen=True, slots=True)
class AlertMute:
    """The alerts of a watch are not told before `until` (business time)."""

    watch: str
    until: datetime
    by: str
    reason: str


class MuteBook:
    """All mutes; each ends by itself."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def holding(self, now: datetime) -> Mapping[int, AlertMute]:
        """Return the mutes that hold at `now`, by the key of their watch."""
        rows = (
            select(
                AlertMuteRow.watch_id,
                WatchRow.name,
                AlertMuteRow.until,
                AlertMuteRow.by,
                AlertMuteRow.reason,
            )
            .join(WatchRow, WatchRow.id == AlertMuteRow.watch_id)
            .where(AlertMuteRow.until > now)
            .order_by(WatchRow.name)
        )
        with reading(self._engine) as connection:
            return {row[0]: AlertMute(*row[1:]) for row in connection.execute(rows)}

    def mute(self, watch: str, until: datetime, who: Actor, reason: str) -> AlertMute:
        """Tell of no alert of a watch before `until`; a mute of before is replaced.

        Raises:
            UnknownName: no open watch has this name.
        """

        def work(connection: Connection) -> AlertMute:
            key = _key_of(connection, watch)
            row = {"watch_id": key, "until": until, "by": who.name[:200], "reason": reason}
            upsert(connection, AlertMuteRow, [row])
            detail = {"until": until.isoformat()}
            note_deed(connection, who, Deed("alert.mute", f"watch {watch}", reason, detail))
            return AlertMute(watch, until, who.name, reason)

        return run_in_transaction(self._engine, work)

    def unmute(self, watch: str, now: datetime, who: Actor, reason: str) -> bool:
        """Tell of its alerts again; return whether it was muted.

        Raises:
            UnknownName: no open watch has this name.
        """

        def work(connection: Connection) -> bool:
            key = _key_of(connection, watch)
            held = connection.scalar(select(AlertMuteRow.until).where(AlertMuteRow.watch_id == key))
            connection.execute(delete(AlertMuteRow).where(AlertMuteRow.watch_id == key))
            if held is None or held <= now:
                return False
            note_deed(connection, who, Deed("alert.unmute", f"watch {watch}", reason))
            return True

        return run_in_transaction(self._engine, work)


def _key_of(connection: Connection, watch: str) -> int:
    key = connection.scalar(select(WatchRow.id).where(WatchRow.name == watch, WatchRow.enabled))
    if key is None:
        raise UnknownName(f"There is no watch {watch!r}", advice="See `danga watch list`.")
    return key
