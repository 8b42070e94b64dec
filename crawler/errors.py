"""What stops a page or a visit.

    DangaError
    +-- VisitError
        +-- Stopped           a verdict that ends the way to this page (carries the Verdict)
        |   +-- WrongCurrency the page shows amounts in another currency than the account's
        +-- LayoutChanged     a required label is missing or its number does not parse
        |   +-- InexactNumber a rounded display: not the number itself
        +-- PaceWait          the request budget says "later" and the visit cannot wait so long
        +-- ProxyDown         a forward proxy failed, or refused us
        +-- BrowserMissing    no browser program was found
        +-- SiteClassBroken   a site class cannot be loaded, raised, or answered nonsense

Nothing here names a secret. `Stopped` is how trouble below a page (network, proxy, browser)
reaches the page reader as a row of the verdict table.
"""

from __future__ import annotations

from domain.errors import DangaError
from domain.verdict import Verdict, VerdictKind


class VisitError(DangaError):
    """A visit cannot go on as planned."""


class Stopped(VisitError):
    """The way to a page ended in a verdict."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(f"{verdict.kind}: {verdict.detail}")
        self.verdict = verdict


class WrongCurrency(Stopped):
    """The page shows amounts in another currency than the account's: a wrong view, no reading."""

    advice = "Correct the account's `currency` in danga.yaml and apply it, or the view on the site."

    def __init__(self, what: str) -> None:
        super().__init__(Verdict(VerdictKind.WRONG_VIEW, what))


class LayoutChanged(VisitError):
    """A required label is missing on the page, or what stands there is not a number."""

    advice = "Look at `danga evidence show`, mend the site class, test it with the saved page."


class InexactNumber(LayoutChanged):
    """The page shows a rounded amount (1.2만), which is not the number itself."""


class PaceWait(VisitError):
    """The request budget lets nothing through for longer than a visit may wait."""

    advice = "Nothing to do: the visit goes on by itself. `danga doctor` shows the budget."

    def __init__(self, seconds: float, reason: str) -> None:
        super().__init__(f"wait {seconds:.0f} s: {reason}")
        self.seconds = seconds
        self.reason = reason


class ProxyDown(VisitError):
    """A forward proxy cannot be reached, refuses its password, or opens no tunnel.

    `status` is what the proxy itself answered, where it did.
    """

    advice = "Run `danga proxy check --all`; ask the proxy's operator, or correct proxies.yaml."

    def __init__(self, what: str, status: int | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.status = status


class BrowserMissing(VisitError):
    """No Chromium was found."""

    advice = (
        "Run `make setup`, or install Debian's package chromium-headless-shell, "
        "or set DANGA_BROWSER to a Chromium program."
    )


class SiteClassBroken(VisitError):
    """A site class raised something, or answered what its contract does not allow."""

    advice = "Mend the class; `danga site try` shows what it sees."
