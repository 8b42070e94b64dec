"""What a page, or the way to it, turned out to be: the words of the verdict table.

Which facts lead to which verdict is decided in one place, `crawler/verdict_table.py`. Here
stand only the words, in the order in which they win, and whom each blames.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Blame(StrEnum):
    """Who or what has to change before a visit can succeed."""

    US = "us"
    PROXY = "proxy"
    SITE = "site"
    SESSION = "session"
    CREDENTIALS = "credentials"
    ROUTER = "router"
    INVENTORY = "inventory"
    PAGE_OBJECT = "page_object"
    NOBODY = "nobody"


class VerdictKind(StrEnum):
    """All verdicts, first match in this order wins."""

    OURS = "ours"
    PROXY_DOWN = "proxy_down"
    UNREACHABLE = "unreachable"
    OVERLOADED = "overloaded"
    REFUSED = "refused"
    CAPTCHA = "captcha"
    CONSENT = "consent"
    SECOND_FACTOR = "second_factor"
    BAD_CREDENTIALS = "bad_credentials"
    SIGNED_OUT = "signed_out"
    MAINTENANCE = "maintenance"
    BLANK = "blank"
    COVERED = "covered"
    WRONG_ACCOUNT = "wrong_account"
    WRONG_VIEW = "wrong_view"
    GONE = "gone"
    INCOMPLETE = "incomplete"
    LAYOUT_CHANGED = "layout_changed"
    OK = "ok"

    @property
    def blame(self) -> Blame:
        """Who has to change."""
        return _BLAME[self]

    @property
    def needs_human(self) -> bool:
        """Whether only a person can bring the login back."""
        return self in _FOR_A_PERSON


_BLAME = {
    VerdictKind.OURS: Blame.US,
    VerdictKind.PROXY_DOWN: Blame.PROXY,
    VerdictKind.UNREACHABLE: Blame.SITE,
    VerdictKind.OVERLOADED: Blame.US,
    VerdictKind.REFUSED: Blame.PROXY,
    VerdictKind.CAPTCHA: Blame.SESSION,
    VerdictKind.CONSENT: Blame.SESSION,
    VerdictKind.SECOND_FACTOR: Blame.SESSION,
    VerdictKind.BAD_CREDENTIALS: Blame.CREDENTIALS,
    VerdictKind.SIGNED_OUT: Blame.SESSION,
    VerdictKind.MAINTENANCE: Blame.SITE,
    VerdictKind.BLANK: Blame.ROUTER,
    VerdictKind.COVERED: Blame.SITE,
    VerdictKind.WRONG_ACCOUNT: Blame.US,
    VerdictKind.WRONG_VIEW: Blame.US,
    VerdictKind.GONE: Blame.INVENTORY,
    VerdictKind.INCOMPLETE: Blame.SITE,
    VerdictKind.LAYOUT_CHANGED: Blame.PAGE_OBJECT,
    VerdictKind.OK: Blame.NOBODY,
}
_FOR_A_PERSON = frozenset(
    {
        VerdictKind.CAPTCHA,
        VerdictKind.CONSENT,
        VerdictKind.SECOND_FACTOR,
        VerdictKind.BAD_CREDENTIALS,
    }
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One row of the table, with what was seen (`detail`, without secrets)."""

    kind: VerdictKind
    detail: str = ""
    retry_after_seconds: float | None = None
    """What the site asked for in Retry-After, where it did."""

    @property
    def ok(self) -> bool:
        """Whether the page may be read."""
        return self.kind is VerdictKind.OK


OK = Verdict(VerdictKind.OK)
