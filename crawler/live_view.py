"""A live browser page for a person from afar: pictures out, mouse, keys and text in.

    view = LiveView(tab, hosts, audience)
    while working:
        view.do(inputs)
        view.pump(0.02)

It draws on the very tab that the login's context has, through the login's own proxy. Documents
of the main frame come from the site's `hosts` only; a way elsewhere is answered with nothing, so
that the page stays. Everything runs in the thread that owns the browser. Nothing typed is kept.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never
from urllib.parse import urlsplit

from playwright.sync_api import Dialog

from crawler.person_input import (
    LARGEST,
    Answered,
    Key,
    Left,
    Pasted,
    PersonInput,
    Pointer,
    Size,
    Typed,
    Wheel,
)
from crawler.tab import Tab

JPEG_QUALITY = 60
ANSWER_SECONDS = 60.0
"""How long a page's question waits for the person; then it is dismissed, never agreed to."""
_ANSWER_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture (JPEG) of the page; `drawn_at` is in Unix seconds."""

    jpeg: bytes
    drawn_at: float


@dataclass(frozen=True, slots=True)
class Question:
    """What a page asks in a window of its own; an `alert` wants no answer."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Audience:
    """Who is told: of each picture, of a page's questions, of a way that was not gone."""

    show: Callable[[Frame], None]
    ask: Callable[[Question], None]
    answer: Callable[[], Answered | None]
    """The person's answer to what was asked last; None: not yet."""
    turned_back: Callable[[str], None]
    """Is told the host to which the page wanted to go."""


class LiveView:
    """The screen of one tab; open it before the first page."""

    def __init__(self, tab: Tab, hosts: frozenset[str], audience: Audience) -> None:
        self._tab = tab
        self._page = tab.page
        self._hosts = hosts
        self._audience = audience
        self._protocol = self._page.context.new_cdp_session(self._page)
        self._main_frame = self._protocol.send("Page.getFrameTree")["frameTree"]["frame"]["id"]
        self._protocol.on("Page.screencastFrame", self._on_frame)
        self._protocol.on("Fetch.requestPaused", self._on_document)
        self._page.on("dialog", self._on_dialog)
        documents = {"resourceType": "Document", "requestStage": "Request"}
        self._protocol.send("Fetch.enable", {"patterns": [documents]})
        self.draw()

    @property
    def strayed_to(self) -> str | None:
        """The foreign host on which the page stands all the same, or None.

        The browser's own page for a failed navigation (`chrome-error:`) is no host: the person
        sees it and may try again.
        """
        url = urlsplit(self._page.url)
        foreign = url.scheme in ("http", "https") and url.hostname not in self._hosts
        return url.hostname if foreign else None

    def draw(self) -> None:
        """Begin anew: a page that does not change is drawn once more."""
        self._protocol.send("Page.stopScreencast")
        most = dict(zip(("maxWidth", "maxHeight"), LARGEST, strict=True))
        self._protocol.send(
            "Page.startScreencast", {"format": "jpeg", "quality": JPEG_QUALITY, **most}
        )

    def pump(self, seconds: float) -> None:
        """Let the page live on: pictures and questions come only inside Playwright's calls."""
        self._page.wait_for_timeout(seconds * 1000)

    def do(self, act: PersonInput) -> None:
        """Do in the page what the person did on the picture of it."""
        match act:
            case Pointer() | Wheel():
                self._point(act)
            case Key() | Typed() | Pasted():
                self._type(act)
            case Size():
                self._page.set_viewport_size({"width": act.width, "height": act.height})
                self.draw()
            case Answered() | Left():
                return  # an answer to nothing; leaving is for whoever opened the page
            case _:
                assert_never(act)

    def _point(self, act: Pointer | Wheel) -> None:
        size = self._page.viewport_size or {"width": LARGEST[0], "height": LARGEST[1]}
        mouse = self._page.mouse
        mouse.move(act.x * size["width"], act.y * size["height"])
        if isinstance(act, Wheel):
            mouse.wheel(act.right, act.down)
        elif act.does == "down":
            mouse.down()
        elif act.does == "up":
            mouse.up()

    def _type(self, act: Key | Typed | Pasted) -> None:
        keyboard = self._page.keyboard
        match act:
            case Key():
                keyboard.press(act.name)
            case Pasted():
                keyboard.insert_text(act.text)
            case Typed():
                for _ in range(act.erased):
                    keyboard.press("Backspace")
                # Letters of a keyboard as keys, which some forms listen to; all else as text.
                if act.text.isascii() and act.text.isprintable():
                    keyboard.type(act.text)
                elif act.text:
                    keyboard.insert_text(act.text)

    def _on_dialog(self, dialog: Dialog) -> None:
        """Wait for the answer here: the click that asked the question does not end before."""
        self._audience.ask(Question(dialog.type, dialog.message))
        if dialog.type == "alert":
            dialog.accept()
            return
        until = time.monotonic() + ANSWER_SECONDS
        while (answered := self._audience.answer()) is None and time.monotonic() < until:
            self.pump(_ANSWER_POLL_SECONDS)
        if answered is not None and answered.agrees:
            dialog.accept(answered.text if dialog.type == "prompt" else None)
        else:
            dialog.dismiss()

    def _on_frame(self, event: dict[str, Any]) -> None:
        """Take every picture: one that is not acknowledged at once keeps the newest away."""
        self._protocol.send("Page.screencastFrameAck", {"sessionId": event["sessionId"]})
        drawn_at = float(event["metadata"].get("timestamp", 0.0))
        self._audience.show(Frame(base64.b64decode(event["data"]), drawn_at))

    def _on_document(self, event: dict[str, Any]) -> None:
        """Let frames inside the page come from anywhere (captchas do), the page itself not."""
        request, url = {"requestId": event["requestId"]}, urlsplit(event["request"]["url"])
        if event["frameId"] != self._main_frame or url.hostname in self._hosts:
            self._protocol.send("Fetch.continueRequest", request)
            return
        self._protocol.send("Fetch.fulfillRequest", {**request, "responseCode": 204})
        self._audience.turned_back(url.hostname or url.scheme)
