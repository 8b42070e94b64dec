"""Close a month of unit costs, or tell what differs from a closed one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine

from domain.audit import Actor
from domain.business_day import BusinessDay
from domain.errors import BadInput, Fault
from domain.month import Month
from storage.closing import Change, Closing, ClosingBook
from storage.watches import WatchBook

_NAMED = 5


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants which month closed, at which business time; days are those of `wall`."""

    month: Month
    actor: Actor
    at: datetime
    wall: BusinessDay
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed month; `is_new`: it was closed just now, so nothing differs yet."""

    closing: Closing
    is_new: bool
    changes: tuple[Change, ...] = ()


def close_final(engine: Engine, asked: Asked) -> Closed:
    """Close a month whose days are all final, or return what differs from when it was closed.

    Raises:
        BadInput: it is not over, nothing was measured in it, or days of it are provisional.
    """
    return _close(engine, asked, may_be_provisional=False)


def close_provisional(engine: Engine, asked: Asked) -> Closed:
    """Close a month although days of it are provisional.

    Raises:
        BadInput: it is not over, or nothing was measured in it.
    """
    return _close(engine, asked, may_be_provisional=True)


def _close(engine: Engine, asked: Asked, *, may_be_provisional: bool) -> Closed:
    book, month = ClosingBook(engine), asked.month
    there = book.closing(month)
    if there is not None:
        return Closed(there, is_new=False, changes=book.changes(month))
    if asked.at < month.ends(asked.wall):
        today = asked.wall.date_of(asked.at)
        raise BadInput(Fault("MONTH", f"{month} is not over", f"today is {today}"))
    if not book.days(month):
        raise BadInput(Fault("MONTH", f"nothing was measured in {month}", "name another month"))
    if not may_be_provisional:
        _require_final(engine, book, month)
    return Closed(book.close(month, asked.actor, asked.at, asked.reason), is_new=True)


def _require_final(engine: Engine, book: ClosingBook, month: Month) -> None:
    waiting = book.open_days(month)
    if not waiting:
        return
    names = {one.id: one.name for one in WatchBook(engine).all()}
    faults = [
        Fault(f"{day}", f"{names[watch]} is provisional", "its final figures were not read yet")
        for watch, day in waiting[:_NAMED]
    ]
    if len(waiting) > _NAMED:
        faults.append(Fault(str(month), f"{len(waiting) - _NAMED} more days are provisional"))
    raise BadInput(
        *faults,
        advice="Wait until the past days were read, or say --provisional to close it as it is.",
    )
