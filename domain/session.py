"""The states of a login's session, and what a saved session holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class SessionState(StrEnum):
    """Where the session of a login stands."""

    NEW = "new"
    """No session was ever saved."""
    ACTIVE = "active"
    """The last page was read with it."""
    SUSPECT = "suspect"
    """Imported or signed out once; the next visit proves or replaces it."""
    REFRESHING = "refreshing"
    """Somebody is signing in just now: a visit, or a person at a window."""
    NEEDS_HUMAN = "needs_human"
    """The site asks for a person; visits wait without failing."""
    CLAIMED = "claimed"
    """A person has taken it in hand and is about to sign in; visits wait."""
    CONTESTED = "contested"
    """Somebody else signs in with it, and each ends the other's session; visits wait."""
    DISABLED = "disabled"
    """Switched off by a person."""

    @property
    def waits(self) -> bool:
        """Whether visits of such a login wait for a person."""
        return self in FOR_A_PERSON


FOR_A_PERSON = frozenset(
    {
        SessionState.NEEDS_HUMAN,
        SessionState.CLAIMED,
        SessionState.CONTESTED,
        SessionState.DISABLED,
    }
)
"""States in which a program leaves the login alone."""


ENDS_SOON = timedelta(hours=24)
"""So long before its expected end a session is spoken of."""


def ends_soon(ends_at: datetime | None, now: datetime) -> bool:
    """Whether a session's expected end is near; one without an end never ends soon."""
    return ends_at is not None and ends_at <= now + ENDS_SOON


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """What a browser needs to be signed in again.

    Source: Playwright's `context.storage_state()` (`cookies`, `origins` with local storage)
    plus the session storage of each origin, which storage states leave out. `user_agent` is
    the browser that made it: some sites sign a session out when it changes.
    """

    cookies: tuple[dict[str, Any], ...] = ()
    origins: tuple[dict[str, Any], ...] = ()
    session_storage: dict[str, dict[str, str]] = field(default_factory=dict)
    user_agent: str | None = None
