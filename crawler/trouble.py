"""Name the trouble below a page: browser, proxy or network, as a row of the verdict table.

Source: Chromium's net error names, which Playwright puts into its messages.
"""

from __future__ import annotations

import re

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from domain.verdict import Verdict, VerdictKind

_NET_ERROR = re.compile(r"ERR_[A-Z0-9_]+")
_PROXY = ("ERR_PROXY", "ERR_TUNNEL", "ERR_SOCKS", "ERR_MANDATORY_PROXY", "ERR_NO_SUPPORTED_PROXIES")
_ABORTED = "ERR_ABORTED"
_NO_ANSWER = "no answer in time"


def name_trouble(error: Exception) -> Verdict:
    """Return `OURS`, `PROXY_DOWN` or `UNREACHABLE` for what a Playwright call raised.

    A closed or crashed target, and a driver that died, are ours: the browser is rebuilt and
    the visit is charged no attempt.
    """
    text = str(error)
    named = _NET_ERROR.search(text)
    if named is not None:
        name = named.group()
        if name.startswith(_PROXY) or "407" in text:
            return Verdict(VerdictKind.PROXY_DOWN, name)
        if name != _ABORTED:
            return Verdict(VerdictKind.UNREACHABLE, name)
    if isinstance(error, PlaywrightTimeout):
        return Verdict(VerdictKind.UNREACHABLE, _NO_ANSWER)
    if isinstance(error, PlaywrightError):
        return Verdict(VerdictKind.OURS, _first_line(text))
    return Verdict(VerdictKind.OURS, type(error).__name__)


def timed_out(verdict: Verdict) -> bool:
    """Whether the site took too long, which may be our doing; a name that is unknown is not."""
    late = verdict.detail == _NO_ANSWER or "TIMED_OUT" in verdict.detail
    return verdict.kind is VerdictKind.UNREACHABLE and late


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0][:200] if text.strip() else "the browser failed"
