"""A session as plain values, its fingerprint, and what of it people may see.

The plain form has a number of its own, so that a later Danga reads what this one saved.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.session import BrowserSession

FORMAT = 1
_LAST_MOMENT = datetime(9999, 12, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CookieSummary:
    """A cookie without its value; `ends_at` is None for one that ends with the browser."""

    name: str
    domain: str
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """What a person may see of a session: names, hosts and ends, never a value."""

    cookies: tuple[CookieSummary, ...]
    origins: tuple[str, ...]
    user_agent: str | None

    @property
    def ends_at(self) -> datetime | None:
        """When the last dated cookie ends; None where none has a date."""
        return max((cookie.ends_at for cookie in self.cookies if cookie.ends_at), default=None)


def summarise(session: BrowserSession) -> SessionSummary:
    """Return what of a session people may see, by host and name."""
    cookies = [
        CookieSummary(cookie.get("name", ""), cookie.get("domain", ""), _ends_at(cookie))
        for cookie in session.cookies
    ]
    origins = {origin.get("origin", "") for origin in session.origins}
    return SessionSummary(
        cookies=tuple(sorted(cookies, key=lambda cookie: (cookie.domain, cookie.name))),
        origins=tuple(sorted(origins | set(session.session_storage))),
        user_agent=session.user_agent,
    )


def fingerprint(session: BrowserSession) -> str:
    """Return a digest that is equal for sessions that differ in nothing but order.

    A caller saves only when it changed. It tells something about the secrets: keep it in
    memory, never in a log.
    """
    plain = to_plain(session)
    for part in ("cookies", "origins"):
        plain[part] = sorted(_canonical(item) for item in plain[part])
    return hashlib.sha256(_canonical(plain).encode("ascii")).hexdigest()


def to_plain(session: BrowserSession) -> dict[str, Any]:
    """Return the session as values that JSON knows."""
    return {
        "format": FORMAT,
        "cookies": list(session.cookies),
        "origins": list(session.origins),
        "session_storage": session.session_storage,
        "user_agent": session.user_agent,
    }


def from_plain(plain: Any) -> BrowserSession:
    """Return the session that `to_plain` wrote.

    Raises:
        ValueError: it has another shape, or a format of a later Danga; no value is repeated.
    """
    if not isinstance(plain, dict) or plain.get("format") != FORMAT:
        later = isinstance(plain, dict) and isinstance(plain.get("format"), int)
        raise ValueError("a later Danga saved it" if later else "it holds no session")
    if not _has_the_shape(plain):
        raise ValueError("the session does not have the shape it was saved in")
    return BrowserSession(
        cookies=tuple(plain["cookies"]),
        origins=tuple(plain["origins"]),
        session_storage=plain["session_storage"],
        user_agent=plain["user_agent"],
    )


def _has_the_shape(plain: dict[str, Any]) -> bool:
    return (
        _are_dicts(plain.get("cookies"))
        and _are_dicts(plain.get("origins"))
        and isinstance(plain.get("session_storage"), dict)
        and _are_dicts(list(plain["session_storage"].values()))
        and isinstance(plain.get("user_agent"), str | None)
    )


def _are_dicts(items: object) -> bool:
    return isinstance(items, list) and all(isinstance(item, dict) for item in items)


def _ends_at(cookie: Mapping[str, Any]) -> datetime | None:
    expires = cookie.get("expires", -1)
    if expires < 0:
        return None
    if expires >= _LAST_MOMENT.timestamp():
        return _LAST_MOMENT
    return datetime.fromtimestamp(expires, UTC)


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))
