"""Who may start which sign-in: links, the browsers that have claimed them, one person at a time.

A link is looked at as often as anybody likes (chat tools do); the button's POST claims it. Called
from the server's threads; the browser's thread takes what was started from `next_start`.
"""

from __future__ import annotations

import queue
import threading
from dataclasses import dataclass
from datetime import timedelta

from domain.audit import Actor, person
from domain.sign_in_link import LinkState, SignInLink
from storage.accounts import AccountBook
from storage.logins import LoginBook
from storage.sign_in_links import SignInLinks
from storage.visit_schedule import VisitSchedule
from workers.house import House
from workers.remote import words
from workers.remote.stage import Stage

WORK = timedelta(minutes=10)
"""How long a person has from the button on."""
KNOWN = timedelta(days=30)
"""How long a browser that has signed a login in is known as an operator's."""
_RENEWED = timedelta(hours=1)


class Busy(Exception):
    """Somebody else signs in just now."""


class NotYours(Exception):
    """This browser may not do that: the link is another's, over, or was never there."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the page of a link shows."""

    link: SignInLink
    login: str
    sites: tuple[str, ...]
    clients: tuple[str, ...]
    reason: str
    waiting: int
    may_start: bool
    known_as: str
    """The name of the operator whose browser this is; empty: not known."""


class SignInDesk:
    """The links of a house and the one sign-in that is under way here."""

    def __init__(self, house: House, work: timedelta = WORK) -> None:
        self._house = house
        self._links = SignInLinks(house.engine)
        self._work = work
        self._lock = threading.Lock()
        self._now: Stage | None = None
        self._starts: queue.SimpleQueue[Stage] = queue.SimpleQueue()
        self.offered: list[int] = []
        """Keys of the links that were made here, the oldest first."""

    def offer(self, login: str, by: Actor, lasts: timedelta, made_for: str = "") -> str:
        """Make a link and return its token."""
        token = self._links.offer(login, by, lasts, made_for)
        made = self._links.find(token)
        assert made is not None, "it was just made"
        self.offered.append(made.id)
        return token

    def look(self, token: str, browser: str | None) -> Sight | None:
        """Return what to show of a link to a browser, or None: there is no such link."""
        link = self._links.find(token)
        return None if link is None else self._sight(link, browser)

    def last_of(self, browser: str) -> Sight | None:
        """Return the link that this browser claimed last."""
        link = self._links.of_browser(browser)
        return None if link is None else self._sight(link, browser)

    def claim(self, sight: Sight, name: str, browser: str | None = None) -> str:
        """Bind the link to the browser of `name`, start, and return the browser's secret.

        A known operator's browser keeps its secret, and with it what it is known for.

        Raises:
            Busy: somebody else signs in; the link was not touched.
            LinkUsed: another browser was first.
        """
        with self._lock:
            self._require_free(sight)
            kept = browser if sight.known_as else None
            secret = self._links.claim(sight.link, name, self._work, kept)
            self._begin(self._links.get(sight.link.id), sight)
        return secret

    def resume(self, sight: Sight, browser: str | None) -> None:
        """Start once more in the browser that has the link; what goes on already goes on.

        Raises:
            Busy: somebody else signs in.
            NotYours: the link is another's, or its time is over.
        """
        if sight.link.state is not LinkState.CLAIMED or not sight.link.belongs_to(browser):
            raise NotYours
        with self._lock:
            if self._now is None or self._now.phase.over or self._now.link.id != sight.link.id:
                self._require_free(sight)
                self._begin(sight.link, sight)

    def renew(self, sight: Sight) -> str:
        """Return the token of a new link for the known operator who saw that this one has expired.

        Raises:
            NotYours: nobody knows this browser, or the link is not expired.
        """
        if not sight.known_as or sight.link.state is not LinkState.EXPIRED:
            raise NotYours
        return self.offer(sight.login, person(sight.known_as), _RENEWED, sight.known_as)

    def stage_of(self, browser: str | None) -> Stage | None:
        """Return the sign-in that this browser has started, under way or just over."""
        stage = self._now
        return stage if stage and stage.link.belongs_to(browser) else None

    def next_start(self, timeout_seconds: float) -> Stage | None:
        """Wait for a sign-in to begin; None: nobody came."""
        try:
            return self._starts.get(timeout=timeout_seconds)
        except queue.Empty:
            return None

    def _require_free(self, sight: Sight) -> None:
        now = self._now
        if now is not None and not now.phase.over and now.link.id != sight.link.id:
            raise Busy

    def _begin(self, link: SignInLink, sight: Sight) -> None:
        title = f"{', '.join(sight.sites)} · {sight.login} · {sight.reason}"
        self._now = Stage(link, sight.login, title)
        self._starts.put(self._now)

    def _sight(self, link: SignInLink, browser: str | None) -> Sight:
        house = self._house
        login = LoginBook(house.engine).with_id(link.login_id)
        accounts = AccountBook(house.engine).of_login(login.id)
        return Sight(
            link=link,
            login=login.name,
            sites=login.sites,
            clients=tuple(sorted({one.client for one in accounts if one.client})),
            reason=words.reason(login.state_reason),
            waiting=VisitSchedule(house.engine).waiting(login.id),
            may_start=link.lets_start(browser),
            known_as=self._known(browser),
        )

    def _known(self, browser: str | None) -> str:
        last = self._links.done_in(browser) if browser else None
        if last is None or last.done_at is None or last.seen_at - last.done_at > KNOWN:
            return ""
        return last.claimed_by or ""
