"""Delete what nobody asks for any more: visits, sign-ins, links, messages, past causes, proof.

A little at a time, each in a transaction of its own, so that nobody waits for it; harmless to run
twice at once. Never touched: readings (`storage/pruning.py`), unit costs that count, the audit,
and what people declared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, exists, func, or_, select, update

from domain.wanted_day import OPEN, WantedState
from storage.outbox import MessageState
from storage.sign_ins import REMEMBERED
from storage.tables import (
    Base,
    CauseRow,
    NotificationRow,
    ProofPageRow,
    SignInLinkRow,
    SignInRow,
    VisitPageRow,
    VisitRow,
    WantedDayRow,
)
from storage.transaction import reading, run_in_transaction

AT_ONCE = 500
"""Rows of one transaction."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is older goes: business time for slots and causes, the database's for the rest.

    `proof` is the first business date whose last page stays.
    """

    business: datetime
    operational: datetime
    proof: date


def count_old(engine: Engine, before: Before) -> Mapping[str, int]:
    """Return how many rows of each table are to go now; none of it is named."""
    with reading(engine) as connection:
        found = {
            name: connection.scalar(select(func.count()).select_from(rows.subquery())) or 0
            for name, rows in _old(before).items()
        }
    return {name: rows for name, rows in found.items() if rows}


def sweep(engine: Engine, before: Before, most: int = 20) -> Mapping[str, int]:
    """Delete old rows, of each table at most `most` times `AT_ONCE`; return how many of each.

    What is left over goes with the next sweep.

    Raises:
        DatabaseAway: what was deleted until then is gone, the rest stays for the next sweep.
    """
    swept = {name: _sweep(engine, name, rows, most) for name, rows in _old(before).items()}
    return {name: rows for name, rows in swept.items() if rows}


def _sweep(engine: Engine, name: str, old: Select[Any], most: int) -> int:
    swept = 0
    for _ in range(most):
        gone = run_in_transaction(engine, partial(_delete, name=name, old=old))
        swept += gone
        if gone < AT_ONCE:
            break
    return swept


def _delete(connection: Connection, name: str, old: Select[Any]) -> int:
    # The keys first: MySQL deletes nothing from a table that the same statement asks.
    keys = connection.scalars(old.limit(AT_ONCE)).all()
    if name == "visit":
        connection.execute(delete(VisitPageRow).where(VisitPageRow.visit_id.in_(keys)))
        _end_wanted_days(connection, keys)
    table = Base.metadata.tables[name]
    return connection.execute(delete(table).where(table.c.id.in_(keys))).rowcount


def _end_wanted_days(connection: Connection, visits: Sequence[int]) -> None:
    """Days that were read or given up go with their last visit; the others wait for another."""
    of_them = WantedDayRow.visit_id.in_(visits)
    connection.execute(delete(WantedDayRow).where(of_them, WantedDayRow.state.not_in(OPEN)))
    waits = {"state": WantedState.WAITING, "visit_id": None}
    connection.execute(update(WantedDayRow).where(of_them).values(waits))


def _old(before: Before) -> dict[str, Select[Any]]:
    """Return, in the order in which they go, the keys of what is old."""
    return {
        "visit": select(VisitRow.id).where(VisitRow.planned_at < before.business),
        "sign_in": _old_sign_ins(before.operational),
        "sign_in_link": select(SignInLinkRow.id).where(
            SignInLinkRow.expires_at < before.operational
        ),
        "notification": _old_messages(before),
        "cause": select(CauseRow.id).where(
            CauseRow.over_at < before.business,
            ~exists().where(NotificationRow.cause_id == CauseRow.id),
        ),
        "proof_page": select(ProofPageRow.id).where(ProofPageRow.business_date < before.proof),
    }


def _old_sign_ins(before: datetime) -> Select[Any]:
    """The newest of each login decide when a program may sign in again; a refused password is
    remembered for ever."""
    rank = func.row_number().over(partition_by=SignInRow.login_id, order_by=SignInRow.id.desc())
    ranked = select(SignInRow.id, rank.label("rank")).subquery()
    return (
        select(SignInRow.id)
        .join(ranked, ranked.c.id == SignInRow.id)
        .where(
            SignInRow.at < before,
            SignInRow.password_mark.is_(None),
            ranked.c.rank > REMEMBERED,
        )
    )


def _old_messages(before: Before) -> Select[Any]:
    """Those of a cause that is still there stay: they say who was told of it."""
    return (
        select(NotificationRow.id)
        .join(CauseRow, CauseRow.id == NotificationRow.cause_id, isouter=True)
        .where(
            NotificationRow.state != MessageState.WAITING,
            NotificationRow.ended_at < before.operational,
            or_(NotificationRow.cause_id.is_(None), CauseRow.over_at < before.business),
        )
    )
