"""The one-time link by which a person signs a login in: who may use it, and until when.

Pure: whoever reads a link hands in the database's time with it. Neither the token in the link's
address nor the secret in the person's browser is ever stored, only their digests.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

_SECRET_BYTES = 32


class LinkState(StrEnum):
    """Where a link stands."""

    OFFERED = "offered"
    """Nobody pressed its button yet; looking at it changes nothing."""
    CLAIMED = "claimed"
    """One person's browser has it: nobody else can use it."""
    DONE = "done"
    """The login is signed in."""
    EXPIRED = "expired"
    """Its time is over without that."""


@dataclass(frozen=True, slots=True)
class SignInLink:
    """A link as it was read at `seen_at`; all moments are on the database's clock.

    `made_for` is the person it was sent to, empty where it went to a whole channel. `outcome`
    tells in the page's words how the last try ended.
    """

    id: int
    login_id: int
    made_by: str
    made_for: str
    made_at: datetime
    expires_at: datetime
    seen_at: datetime
    claimed_by: str | None = None
    claimed_at: datetime | None = None
    browser_digest: str | None = None
    done_at: datetime | None = None
    outcome: str = ""

    @property
    def state(self) -> LinkState:
        """Where it stood at `seen_at`."""
        if self.done_at is not None:
            return LinkState.DONE
        if self.expires_at <= self.seen_at:
            return LinkState.EXPIRED
        return LinkState.OFFERED if self.browser_digest is None else LinkState.CLAIMED

    @property
    def seconds_left(self) -> float:
        """How long it can still be used."""
        return max((self.expires_at - self.seen_at).total_seconds(), 0.0)

    def belongs_to(self, browser: str | None) -> bool:
        """Whether the browser that keeps this secret has claimed it."""
        if browser is None or self.browser_digest is None:
            return False
        return hmac.compare_digest(digest(browser), self.browser_digest)

    def lets_start(self, browser: str | None) -> bool:
        """Whether that browser may begin: as the first one, or once more as the one that has it."""
        if self.state is LinkState.CLAIMED:
            return self.belongs_to(browser)
        return self.state is LinkState.OFFERED


def new_secret() -> str:
    """Return 256 random bits that fit into an address and a cookie."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def digest(secret: str) -> str:
    """Return what is stored of a secret: its SHA-256 as 64 hex digits."""
    return sha256(secret.encode()).hexdigest()
