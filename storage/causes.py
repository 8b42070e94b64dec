"""The causes that are there, and those that are over; each step is taken once.

Whoever compares what is there with what was is `workers/notify/`; here each step is one
conditional update with its messages in the same transaction, so that of two schedulers exactly
one takes it. All moments are business time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, Row, delete, or_, select, update

from domain.account import AccountKey
from domain.cause import BlindWatch, Cause, CauseKind, CostShown
from storage.outbox import NewMessage, drop_held, put_messages
from storage.tables import CauseRow
from storage.transaction import reading, run_in_transaction
from storage.upsert import insert_new

_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class CauseRecord:
    """A cause with its times: first seen, told, absent since, over."""

    id: int
    cause: Cause
    since: datetime
    seen_at: datetime
    told_at: datetime | None = None
    gone_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def begin(self) -> str:
        """The name of the message that tells of it."""
        return f"{self.id} begin"

    @property
    def end(self) -> str:
        """The name of the message that says it is over."""
        return f"{self.id} over"


class CauseBook:
    """All causes."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self) -> tuple[CauseRecord, ...]:
        """Return what is not over, also what has not held for long enough to be told."""
        return self._select(CauseRow.open_key.is_not(None))

    def since(self, moment: datetime) -> tuple[CauseRecord, ...]:
        """Return what is not over, or was so after `moment`."""
        return self._select(or_(CauseRow.open_key.is_not(None), CauseRow.over_at > moment))

    def appear(self, cause: Cause, now: datetime) -> None:
        """Note that it is there from now on; nobody is told yet."""
        row = {
            "kind": cause.kind,
            "subject": cause.subject[:_LONGEST_SUBJECT],
            "open_key": _open_key(cause),
            "since": cause.since or now,
            "seen_at": now,
            "facts": _facts(cause),
        }
        run_in_transaction(self._engine, lambda to: insert_new(to, CauseRow, [row]))

    def refresh(self, record: CauseRecord, cause: Cause) -> None:
        """Keep what is known of it now, and that it is there."""
        self._step(record, values={"gone_at": None, "facts": _facts(cause)})

    def tell(self, record: CauseRecord, at: datetime, messages: Collection[NewMessage]) -> bool:
        """It counts from now on: write its messages. False: somebody else did."""
        return self._step(
            record, CauseRow.told_at.is_(None), values={"told_at": at}, messages=messages
        )

    def vanish(self, record: CauseRecord, at: datetime) -> None:
        """It is not there just now."""
        self._step(record, CauseRow.gone_at.is_(None), values={"gone_at": at})

    def end(self, record: CauseRecord, at: datetime, messages: Collection[NewMessage]) -> bool:
        """It is over: write its last messages. False: somebody else did."""

        def work(connection: Connection) -> bool:
            if not _update(connection, record, [], {"over_at": at, "open_key": None}):
                return False
            drop_held(connection, record.begin, at)
            put_messages(connection, messages)
            return True

        return run_in_transaction(self._engine, work)

    def forget(self, record: CauseRecord) -> None:
        """It went before it counted: it never was one."""
        run_in_transaction(
            self._engine,
            lambda connection: connection.execute(
                delete(CauseRow).where(CauseRow.id == record.id, CauseRow.told_at.is_(None))
            ),
        )

    def _step(
        self,
        record: CauseRecord,
        *conditions: ColumnElement[bool],
        values: Mapping[str, Any],
        messages: Collection[NewMessage] = (),
    ) -> bool:
        def work(connection: Connection) -> bool:
            if not _update(connection, record, conditions, values):
                return False
            put_messages(connection, messages)
            return True

        return run_in_transaction(self._engine, work)

    def _select(self, condition: ColumnElement[bool]) -> tuple[CauseRecord, ...]:
        rows = select(CauseRow).where(condition).order_by(CauseRow.id)
        with reading(self._engine) as connection:
            return tuple(_record(row) for row in connection.execute(rows))


def _update(
    connection: Connection,
    record: CauseRecord,
    conditions: Collection[ColumnElement[bool]],
    values: Mapping[str, Any],
) -> bool:
    still = [CauseRow.id == record.id, CauseRow.open_key.is_not(None), *conditions]
    return bool(connection.execute(update(CauseRow).where(*still).values(values)).rowcount)


def _open_key(cause: Cause) -> str:
    return f"{cause.kind} {cause.subject[:_LONGEST_SUBJECT]}"


def _facts(cause: Cause) -> dict[str, Any]:
    return {
        "reason": cause.reason,
        "logins": list(cause.logins),
        "accounts": sorted([one.site, one.external_id] for one in cause.accounts),
        "blind": [asdict(one) for one in cause.blind],
        "due": None if cause.due is None else cause.due.isoformat(),
        "cost": None if cause.cost is None else _plain_cost(cause.cost),
    }


def _plain_cost(cost: CostShown) -> dict[str, Any]:
    return {**asdict(cost), "owners": list(cost.owners), "span": cost.span.total_seconds()}


def _cost(plain: Mapping[str, Any] | None) -> CostShown | None:
    if plain is None:
        return None
    span = timedelta(seconds=plain["span"])
    return CostShown(**{**plain, "owners": tuple(plain["owners"]), "span": span})


def _record(row: Row[*tuple[Any, ...]]) -> CauseRecord:
    facts = row.facts
    cause = Cause(
        CauseKind(row.kind),
        row.subject,
        facts["reason"],
        row.since,
        tuple(facts["logins"]),
        frozenset(AccountKey(*one) for one in facts["accounts"]),
        tuple(
            BlindWatch(one["client"], one["watch"], tuple(one["owners"])) for one in facts["blind"]
        ),
        _moment(facts.get("due")),
        _cost(facts.get("cost")),
    )
    return CauseRecord(row.id, cause, row.since, row.seen_at, row.told_at, row.gone_at, row.over_at)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
