"""Record each time a site is left alone, looked at by one visit, and open to all again."""

from __future__ import annotations

import structlog
from sqlalchemy import Engine

from domain.audit import Deed, program
from pace.breaker import Position, Turned
from storage.audit import AuditBook
from storage.errors import DatabaseAway

log = structlog.get_logger(__name__)

_ACTIONS = {
    Position.OPEN: "site.rest",
    Position.HALF_OPEN: "site.look",
    Position.CLOSED: "site.open",
}


def note_turn(engine: Engine, change: Turned, visit: str) -> None:
    """Note a change of a site's breaker with its reason, as the deed of the visit it came by.

    Where the database is away it stands in the log alone: the site is left alone all the same.
    """
    action = _ACTIONS[change.after]
    log.warning(action, site=change.site, seconds=change.seconds, because=change.reason)
    detail = {"seconds": change.seconds} if change.after is Position.OPEN else {}
    deed = Deed(action, f"site {change.site}", change.reason, detail)
    try:
        AuditBook(engine).note(program(visit), deed)
    except DatabaseAway as away:
        log.error("site.turn_not_noted", site=change.site, because=str(away))
