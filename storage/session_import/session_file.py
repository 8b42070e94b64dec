"""Read a file with a session in it, for one site, or say everything that is wrong with it.

Only what belongs to the site is taken: a storage state also holds the cookies of advertising
networks and of whatever else was open. What has ended is left out too. Where nothing remains,
each cookie says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from domain.errors import BadInput, Fault
from domain.session import BrowserSession
from storage.session_import.cookie import Judged, belongs_to, judge, shown
from storage.session_import.netscape import read_lines
from storage.session_import.origin import JudgedOrigin, judge_origin
from storage.session_import.recognise import CURE, Container, read_plain
from storage.session_payload import SessionSummary, summarise

_MOST_COOKIES = 5000
"""Browsers keep about 3,000 of all sites together."""


class SessionFormat(StrEnum):
    """What can be imported."""

    SELENIUM_PICKLE = "selenium pickle"
    STORAGE_STATE = "playwright storage state"
    COOKIE_LIST = "cookies in JSON"
    """As Cookie-Editor and EditThisCookie export them; also Puppeteer's, and Selenium's as JSON."""
    COOKIES_TXT = "netscape cookies.txt"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A cookie or origin that was not taken, and why."""

    what: str
    host: str
    why: str


@dataclass(frozen=True, slots=True)
class ImportedSession:
    """A session from a file; `summary` and `left_out` may be shown, they hold no value.

    `session.user_agent` is what the file says of the browser that made it, if it says anything.
    """

    session: BrowserSession
    format: SessionFormat
    summary: SessionSummary
    left_out: tuple[LeftOut, ...]


@dataclass(frozen=True, slots=True)
class _Content:
    """Cookies by their places in the file, and faults of what could not even be one."""

    format: SessionFormat
    cookies: Sequence[tuple[str, object]]
    origins: Sequence[object] = ()
    faults: Sequence[Fault] = ()
    user_agent: str | None = None


def read_session_file(
    data: bytes, name: str, hosts: frozenset[str], now: datetime
) -> ImportedSession:
    """Return the session in `data` as far as it belongs to `hosts` and has not ended by `now`.

    `name` is how messages call the file. Pure: it writes nothing anywhere.

    Raises:
        BadInput: truncated, of another format, malicious, faulty, for another site, ended or
            empty; all faults at once, none with a value.
    """
    content = _content(*read_plain(data, name), name)
    if len(content.cookies) + len(content.faults) > _MOST_COOKIES:
        raise BadInput(Fault(name, f"holds more than {_MOST_COOKIES} cookies: no session does"))
    cookies = [judge(raw, place) for place, raw in content.cookies]
    origins = [
        judge_origin(raw, number, name) for number, raw in enumerate(content.origins, start=1)
    ]
    sieve = _Sieve(frozenset(host.lower() for host in hosts if host), now, content.faults)
    kept_cookies = [one.cookie for one in cookies if sieve.takes_cookie(one)]
    kept_origins = [one.state for one in origins if sieve.takes_origin(one)]
    if sieve.faults or not (kept_cookies or any(one["localStorage"] for one in kept_origins)):
        raise BadInput(*sieve.all_faults(name))
    session = BrowserSession(
        cookies=tuple(kept_cookies), origins=tuple(kept_origins), user_agent=content.user_agent
    )
    left_out = tuple(out for _where, out in sieve.left_out)
    return ImportedSession(session, content.format, summarise(session), left_out)


class _Sieve:
    """Takes what belongs to the site and lives; remembers faults and what it left out."""

    def __init__(self, hosts: frozenset[str], now: datetime, faults: Sequence[Fault]) -> None:
        self._hosts = hosts
        self._now = now
        self.faults = list(faults)
        self.left_out: list[tuple[str, LeftOut]] = []

    def takes_cookie(self, judged: Judged) -> bool:
        """Whether the cookie is part of the session. Faults of other sites do not matter."""
        if judged.domain and not belongs_to(judged.domain, self._hosts):
            return self._leave_out(judged.where, judged.name, judged.domain, self._foreign())
        self.faults += judged.faults
        ended = judged.ended_at(self._now)
        if ended is not None:
            why = f"ended on {ended:%Y-%m-%d %H:%M} UTC"
            return self._leave_out(judged.where, judged.name, judged.domain, why)
        return not judged.faults

    def takes_origin(self, judged: JudgedOrigin) -> bool:
        """Whether the origin is part of the session."""
        if judged.host and judged.host not in self._hosts:
            return self._leave_out(judged.where, "local storage", judged.host, self._foreign())
        self.faults += judged.faults
        return not judged.faults

    def all_faults(self, file: str) -> list[Fault]:
        """Return why there is no session: the faults, else the reason of each part left out."""
        if self.faults:
            return self.faults
        cure = "sign in anew and export at once"
        left_out = [Fault(where, f"of {out.host}: {out.why}", cure) for where, out in self.left_out]
        return left_out or [Fault(file, "holds no cookies", CURE)]

    def _foreign(self) -> str:
        return f"belongs to another site, not to {', '.join(sorted(self._hosts))}"

    def _leave_out(self, where: str, what: str, host: str, why: str) -> bool:
        self.left_out.append((where, LeftOut(shown(what), shown(host), why)))
        return False


def _content(container: Container, plain: Any, name: str) -> _Content:
    if container is Container.NETSCAPE:
        read = read_lines(plain, name)
        return _Content(SessionFormat.COOKIES_TXT, read.cookies, faults=read.faults)
    if isinstance(plain, list):
        is_pickle = container is Container.PICKLE
        kind = SessionFormat.SELENIUM_PICKLE if is_pickle else SessionFormat.COOKIE_LIST
        return _Content(kind, _numbered(plain, name))
    if container is Container.JSON and _is_storage_state(plain):
        return _Content(
            SessionFormat.STORAGE_STATE,
            _numbered(plain["cookies"], name),
            plain.get("origins", []),
            user_agent=_user_agent(plain),
        )
    raise BadInput(Fault(name, f"is {container} of {_kind(plain)}, which is no session", CURE))


def _numbered(cookies: Sequence[object], name: str) -> list[tuple[str, object]]:
    return [(f"{name}: cookie {number}", raw) for number, raw in enumerate(cookies, start=1)]


def _user_agent(state: dict[str, Any]) -> str | None:
    """Return what `session export` and others write beside the state."""
    said = state.get("userAgent")
    return said if isinstance(said, str) and said.isprintable() and len(said) <= 500 else None


def _is_storage_state(plain: Any) -> bool:
    return (
        isinstance(plain, dict)
        and isinstance(plain.get("cookies"), list)
        and isinstance(plain.get("origins", []), list)
    )


def _kind(plain: Any) -> str:
    if not isinstance(plain, dict):
        return f"a value of type {type(plain).__name__}"
    return "a HAR recording" if "log" in plain else "a dictionary"
