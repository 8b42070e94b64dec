"""What a scheduler does about notifications, at the edge of its minute: it never stops the tick."""

from __future__ import annotations

import structlog

from storage.errors import DatabaseAway
from storage.inventory import InventoryStore
from workers.house import House
from workers.notify.database_trouble import database_answers, database_is_away
from workers.notify.dead_man import ping
from workers.notify.sending import deliver
from workers.notify.telling import tell

log = structlog.get_logger(__name__)


def notify_round(house: House) -> None:
    """Derive causes, write messages, and ping where numbers come in.

    Raises:
        DatabaseAway: nothing could be derived.
    """
    if tell(house):
        ping(house.settings)


def delivery_round(house: House) -> None:
    """Send what waits; while the database is away, tell of that."""
    try:
        deliver(house)
        people = InventoryStore(house.engine).people()
    except DatabaseAway as away:
        log.warning("messages.wait", because=str(away))
        database_is_away(house.settings, str(away))
    else:
        database_answers(house.settings, people)
