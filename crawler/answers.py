"""Collect the JSON answers that a page itself asked for and received."""

from __future__ import annotations

from urllib.parse import urlsplit

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import Request, Response

from crawler.snapshot import Answer

TOO_MUCH = (429, 503)
"""Whatever was asked for, a script or JSON: the site says that it is pressed."""
_MOST_ANSWERS = 60
_MOST_BYTES = 4 * 1024 * 1024


class AnswerCollector:
    """Listens to one page; a new document forgets what the earlier one received."""

    def __init__(self, page: BrowserPage, hosts: frozenset[str]) -> None:
        self._hosts = hosts
        self._responses: list[Response] = []
        self._finished: set[Request] = set()
        self.status: int | None = None
        self.retry_after_seconds: float | None = None
        self.challenged = False
        """The document was answered by a question for a user and a password (WWW-Authenticate)."""
        self.first_byte_ms: float | None = None
        """How long the newest document's first byte took; None: there was none, or it was taken."""
        self._page = page
        page.on("request", self._on_request)
        page.on("response", self._on_response)
        page.on("requestfinished", self._on_finished)

    def begin(self) -> None:
        """Forget everything: a new document is about to be asked for."""
        self._responses.clear()
        self._finished.clear()
        self.status = None
        self.challenged = False
        self.retry_after_seconds = None

    def collect(self) -> tuple[Answer, ...]:
        """Return the answers whose bodies have fully arrived, oldest first, within limits."""
        answers, room = [], _MOST_BYTES
        for response in self._responses[:_MOST_ANSWERS]:
            if response.status != 200:
                answers.append(Answer(response.url, response.status, ""))
            elif response.request in self._finished:
                body = _body(response)
                room -= len(body)
                if room >= 0:
                    answers.append(Answer(response.url, response.status, body))
        return tuple(answers)

    def _on_request(self, request: Request) -> None:
        if request.is_navigation_request() and request.frame == self._page.main_frame:
            self.begin()

    def _on_finished(self, request: Request) -> None:
        self._finished.add(request)

    def _on_response(self, response: Response) -> None:
        if urlsplit(response.url).hostname not in self._hosts:
            return
        headers = response.headers
        too_much = response.status in TOO_MUCH
        if too_much:
            self.retry_after_seconds = _seconds(headers.get("retry-after"))
        if response.request.is_navigation_request():
            self._on_document(response)
        elif too_much or "json" in headers.get("content-type", ""):
            self._responses.append(response)

    def _on_document(self, response: Response) -> None:
        """Only the page's own document tells its status, not that of a frame in it."""
        if response.frame == self._page.main_frame:
            self.status = response.status
            self.challenged = "www-authenticate" in response.headers
            self.first_byte_ms = _first_byte_ms(response.request)


def _first_byte_ms(request: Request) -> float | None:
    """Return how long the site took to answer, without the way there (name, connection)."""
    timing = request.timing
    asked, answered = timing["requestStart"], timing["responseStart"]
    return answered - asked if 0 <= asked <= answered else None


def _body(response: Response) -> str:
    try:
        return response.text()
    except PlaywrightError:
        return ""  # the document it belonged to is gone: an answer without a body proves nothing


def _seconds(header: str | None) -> float | None:
    """Retry-After in seconds; its date form is rare, and the pace's own default serves it."""
    return float(header) if header is not None and header.strip().isdigit() else None
