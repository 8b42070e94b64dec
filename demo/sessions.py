"""Sessions as real sites keep them: they end, rotate, and kick each other out."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from demo.knobs import Knobs

COOKIE = "demo_session"


@dataclass(slots=True)
class Session:
    """One signed-in browser. `confirmed` is false while the second factor is awaited."""

    user: str
    began: datetime
    confirmed: bool = True
    tokens: set[str] = field(default_factory=set)


class Sessions:
    """All sessions by the token in their cookie."""

    def __init__(self) -> None:
        self._by_token: dict[str, Session] = {}
        self._dies_at: dict[str, float] = {}

    def __len__(self) -> int:
        return len({id(session) for session in self._by_token.values()})

    def begin(self, user: str, now: datetime, knobs: Knobs) -> tuple[str, Session]:
        """Sign `user` in and return the cookie's token with the session."""
        if knobs.one_session:
            self.end(user)
        session = Session(user, now, confirmed=not knobs.second_factor)
        return self._issue(session), session

    def find(self, token: str | None, now: datetime, knobs: Knobs) -> Session | None:
        """Return the living session of `token`."""
        session = self._by_token.get(token or "")
        if session is None or token is None:
            return None
        if self._dies_at.get(token, float("inf")) <= time.monotonic():
            self._drop(token)
            return None
        if knobs.session_minutes is not None:
            age = now - session.began
            if age >= timedelta(minutes=knobs.session_minutes):
                self.end_session(session)
                return None
        return session

    def rotate(self, token: str, session: Session, grace_seconds: float) -> str:
        """Return the next token; the old one dies after the grace."""
        self._dies_at.setdefault(token, time.monotonic() + grace_seconds)
        return self._issue(session)

    def end(self, user: str | None = None) -> int:
        """End the sessions of `user`, or all; return how many there were."""
        ending = {
            id(session): session
            for session in self._by_token.values()
            if user is None or session.user == user
        }
        for session in ending.values():
            self.end_session(session)
        return len(ending)

    def end_session(self, session: Session) -> None:
        """End one session with all its tokens."""
        for token in tuple(session.tokens):
            self._drop(token)

    def as_json(self) -> list[dict[str, Any]]:
        """Return who is signed in, for `--sessions`."""
        living = {id(session): session for session in self._by_token.values()}
        return [
            {
                "user": session.user,
                "began": session.began.isoformat(),
                "confirmed": session.confirmed,
                "tokens": sorted(session.tokens),
            }
            for session in living.values()
        ]

    def remember(self, told: list[dict[str, Any]]) -> None:
        """Take back what `as_json` returned in an earlier process."""
        for one in told:
            began = datetime.fromisoformat(one["began"])
            session = Session(one["user"], began, one["confirmed"], set(one["tokens"]))
            self._by_token.update(dict.fromkeys(session.tokens, session))

    def _issue(self, session: Session) -> str:
        token = secrets.token_urlsafe(18)
        session.tokens.add(token)
        self._by_token[token] = session
        return token

    def _drop(self, token: str) -> None:
        session = self._by_token.pop(token, None)
        self._dies_at.pop(token, None)
        if session is not None:
            session.tokens.discard(token)
