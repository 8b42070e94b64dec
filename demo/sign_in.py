"""Who may sign in: password, captcha, second factor, consent.

The captcha's answer and the code are constants, so that a test can play the person.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from demo.knobs import Knobs
from demo.sessions import Session
from demo.world import World

CAPTCHA_ANSWER = "8064"
SECOND_FACTOR_CODE = "246810"


class Stage(StrEnum):
    """What stands between a visitor and the pages."""

    CREDENTIALS = "credentials"
    BAD_CREDENTIALS = "bad_credentials"
    CAPTCHA = "captcha"
    SECOND_FACTOR = "second_factor"
    CONSENT = "consent"
    OPEN = "open"


@dataclass
class SignInGuard:
    """Remembers attempts, captchas that wait for an answer, and who agreed to the terms."""

    _attempts: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    _asked: set[str] = field(default_factory=set)
    _agreed: set[str] = field(default_factory=set)

    def wants_captcha(self, user: str, now: datetime, knobs: Knobs) -> bool:
        """Note an attempt of `user` and say whether it has to pass a captcha first."""
        if user in self._asked:
            return True
        since = now - timedelta(minutes=knobs.captcha_window_minutes or 0)
        recent = [at for at in self._attempts[user] if since < at <= now]
        self._attempts[user] = [*recent, now]
        if knobs.captcha_after is None or len(recent) < knobs.captcha_after:
            return False
        self._asked.add(user)
        return True

    def solve(self, user: str, answer: str) -> bool:
        """Take a captcha's answer; the right one lets `user` begin anew."""
        if user not in self._asked or answer != CAPTCHA_ANSWER:
            return False
        self._asked.discard(user)
        self._attempts[user].clear()
        return True

    def agree(self, user: str) -> None:
        """Note that `user` agreed to the terms."""
        self._agreed.add(user)

    def stage(self, session: Session | None, knobs: Knobs) -> Stage:
        """Return what the holder of `session` has to do next."""
        if session is None:
            return Stage.CREDENTIALS
        if not session.confirmed:
            return Stage.SECOND_FACTOR
        if knobs.consent and session.user not in self._agreed:
            return Stage.CONSENT
        return Stage.OPEN

    def forget(self) -> None:
        """Forget everything."""
        self._attempts.clear()
        self._asked.clear()
        self._agreed.clear()


def password_fits(world: World, user: str, password: str) -> bool:
    """Whether `user` exists and this is the password."""
    known = world.users.get(user)
    return known is not None and known.password == password
