"""Send what waits in the outbox: outside of any transaction, one try at a time.

A service that is dead is asked again after 10 s, then ever more rarely; after a day the message
is given up, and its row says so. A message is marked as sent only after its service took it: who
dies in between sends it twice rather than never.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from storage.outbox import MessageRecord, Outbox
from workers.house import House
from workers.notify.apprise_door import NotSent, send
from workers.notify.message import with_links
from workers.remote.invitations import Invitations
from workers.settings import Settings

log = structlog.get_logger(__name__)

FIRST_WAIT_SECONDS = 10.0
LONGEST_WAIT_SECONDS = 600.0
AGE_LIMIT = timedelta(days=1)
"""Business time; older news would only confuse."""
MOST_AT_ONCE = 200


def deliver(house: House) -> int:
    """Try every message that is due, each address's oldest first; return how many were sent.

    Raises:
        DatabaseAway: what is due cannot be seen, or what was sent cannot be noted.
    """
    outbox, sent, tried = Outbox(house.engine), 0, 0
    while tried < MOST_AT_ONCE:
        due = outbox.due(house.clock.now())
        if not due:
            break
        for message in due:
            tried += 1
            if outbox.take(message):
                sent += _try(house, outbox, message)
    return sent


def address(settings: Settings, target: str) -> str:
    """Return the url that a variable of this machine holds.

    Raises:
        NotSent: the variable is not set here.
    """
    url = settings.environment.get(target)
    if not url:
        raise NotSent(f"{target} is not set on this machine", advice=f"Add {target}=... to .env.")
    return url


def _try(house: House, outbox: Outbox, message: MessageRecord) -> bool:
    invitations = Invitations(house, message.person)
    try:
        url = address(house.settings, message.target)
        send(url, message.title, with_links(message.body, invitations.link))
    except NotSent as error:
        invitations.not_sent()
        _not_sent(outbox, message, str(error), house.clock.now())
        return False
    invitations.sent()
    outbox.sent(message.id)
    log.info("message.sent", about=message.about, person=message.person, target=message.target)
    return True


def _not_sent(outbox: Outbox, message: MessageRecord, because: str, now: datetime) -> None:
    age = now - max(message.made_at, message.held_until or message.made_at)
    if age > AGE_LIMIT:
        log.error("message.given_up", about=message.about, person=message.person,
                  target=message.target, tries=message.tries + 1, because=because)  # fmt: skip
        outbox.give_up(message.id, because)
        return
    wait = min(FIRST_WAIT_SECONDS * 2 ** min(message.tries, 10), LONGEST_WAIT_SECONDS)
    log.warning("message.waits", about=message.about, person=message.person,
                target=message.target, seconds=wait, because=because)  # fmt: skip
    outbox.later(message.id, wait, because)
