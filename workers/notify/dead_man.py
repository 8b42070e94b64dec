"""A dead man's ping: an address of the user's own hears from us while numbers come in.

What watches that address says when it falls silent, also where this machine is gone altogether.
"""

from __future__ import annotations

import time

import httpx
import structlog

from workers.notify.apprise_door import blotted, silence
from workers.settings import Settings

log = structlog.get_logger(__name__)

ANSWERS_WITHIN_SECONDS = 5.0


def ping(settings: Settings) -> bool:
    """Ask for the address, unless this machine did so of late; return whether it answered.

    Failing is only logged: whoever waits for the ping tells.
    """
    if settings.ping_url is None:
        return False
    mark = settings.folder.state / "last-ping"
    if mark.exists() and 0 <= time.time() - mark.stat().st_mtime < settings.ping_minutes * 60:
        return False
    url = settings.ping_url.get_secret_value()
    silence()
    try:
        answer = httpx.get(url, timeout=ANSWERS_WITHIN_SECONDS, follow_redirects=True)
        answer.raise_for_status()
    except httpx.HTTPStatusError as error:
        log.warning("ping.failed", because=f"status {error.response.status_code}")
        return False
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        log.warning("ping.failed", because=f"{type(error).__name__}: {blotted(str(error), url)}")
        return False
    mark.parent.mkdir(exist_ok=True)
    mark.touch()
    return True
