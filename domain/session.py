"""The states of a login's session, and what a saved session holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class SessionState(StrEnum):
    """Where a login stands. (A later issue adds the states of single flight and remote refresh.)"""

    NEW = "new"
    """No session was ever saved."""
    ACTIVE = "active"
    """The last page was read with it."""
    SUSPECT = "suspect"
    """Imported or signed out once; the next visit proves or replaces it."""
    NEEDS_HUMAN = "needs_human"
    """The site asks for a person; visits wait without failing."""
    DISABLED = "disabled"
    """Switched off by a person."""


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
