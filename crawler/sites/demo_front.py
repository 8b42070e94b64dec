"""What both demo sites share: one front door, one set of marks, one way to sign in."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlsplit

from crawler.marks import Marks
from crawler.site import Site
from domain.credentials import Credentials

if TYPE_CHECKING:
    from playwright.sync_api import Page as BrowserPage
    from playwright.sync_api import Response

_FORM = "form[name=sign-in]"


class DemoFront(Site):
    """A site of `python -m demo`."""

    cold_page_requests: ClassVar[int] = 20
    marks = Marks(
        root="#app",
        ready="[data-ready]",
        sign_in=_FORM,
        captcha="[data-captcha]",
        consent="[data-consent]",
        second_factor="[data-second-factor]",
        bad_credentials="[data-bad-credentials]",
        refused="[data-refused]",
        overloaded="[data-overloaded]",
        maintenance="[data-maintenance]",
        gone="[data-gone]",
        overlay="[data-overlay]",
        overlay_close="[data-overlay-close]",
    )

    def login(self, page: BrowserPage, credentials: Credentials) -> None:
        """Send the form once and wait until the page has answered it."""
        page.fill(f"{_FORM} input[name=username]", credentials.username)
        page.fill(f"{_FORM} input[name=password]", credentials.password)
        within = self.ready_within_seconds * 1000
        with page.expect_response(_is_sign_in, timeout=within):
            page.click(f"{_FORM} button[type=submit]")
        unanswered = f"{_FORM}:not(:has([data-bad-credentials]))"
        page.wait_for_selector(unanswered, state="detached", timeout=within)


def _is_sign_in(response: Response) -> bool:
    return response.request.method == "POST" and urlsplit(response.url).path == "/sign-in"
