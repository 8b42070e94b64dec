"""One sign-in under way, shared by two threads: the browser's and the web server's.

The browser's thread puts pictures and words in and takes the person's inputs out; the server's
event loop does the opposite. Only the newest picture is kept: a slow line gets fewer, not older
ones. Inputs are neither logged nor kept after they were taken.
"""

from __future__ import annotations

import asyncio
import queue
import threading
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from crawler.live_view import Frame
from crawler.person_input import Answered, PersonInput, Pointer
from domain.sign_in_link import SignInLink

_MOST_INPUTS = 1_000


class Phase(StrEnum):
    """How far it is, as the page tells it."""

    OPENING = "opening"
    WORKING = "working"
    PROVING = "proving"
    DONE = "done"
    FAILED = "failed"

    @property
    def over(self) -> bool:
        """Whether nothing follows."""
        return self in (Phase.DONE, Phase.FAILED)


class Viewer:
    """The person's page, while it is connected; made and read in the server's event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._news = asyncio.Event()
        self._frame: Frame | None = None
        self._words: deque[dict[str, Any]] = deque()
        self.replaced = False

    def put(self, frame: Frame | None = None, words: dict[str, Any] | None = None) -> None:
        """Hand over something to send; from any thread."""
        if frame is not None:
            self._frame = frame
        if words is not None:
            self._words.append(words)
        with suppress(RuntimeError):  # the server has stopped: nobody is there to be told
            self._loop.call_soon_threadsafe(self._news.set)

    async def next(self) -> tuple[list[dict[str, Any]], Frame | None]:
        """Wait for news and return all of it."""
        await self._news.wait()
        self._news.clear()
        words = [self._words.popleft() for _ in range(len(self._words))]
        frame, self._frame = self._frame, None
        return words, frame


@dataclass
class Stage:
    """A sign-in that was started by the browser which has claimed `link`."""

    link: SignInLink
    login: str
    title: str = ""
    """Which site, which login, and why."""
    phase: Phase = Phase.OPENING
    text: str = ""
    _until: float = field(init=False)
    _inputs: queue.SimpleQueue[PersonInput] = field(default_factory=queue.SimpleQueue)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _viewer: Viewer | None = None
    _alone_since: float = field(default_factory=time.monotonic)
    _frame: Frame | None = None
    _question: dict[str, Any] | None = None
    _joined: bool = False

    def __post_init__(self) -> None:
        self._until = time.monotonic() + self.link.seconds_left

    @property
    def seconds_left(self) -> float:
        """How much of the person's time is left."""
        return max(self._until - time.monotonic(), 0.0)

    # The browser's thread

    @property
    def alone_seconds(self) -> float:
        """For how long nobody has been looking."""
        with self._lock:
            return 0.0 if self._viewer else time.monotonic() - self._alone_since

    def show(self, frame: Frame) -> None:
        """Put the newest picture up."""
        with self._lock:
            self._frame = frame
            if self._viewer:
                self._viewer.put(frame=frame)

    def tell(self, phase: Phase, text: str = "") -> None:
        """Say how far it is."""
        with self._lock:
            self.phase, self.text = phase, text
            self._question = None
            if phase not in (Phase.OPENING, Phase.WORKING):
                self._frame = None  # whoever comes back later sees words, no page of the account
            if self._viewer:
                self._viewer.put(words=self._state())

    def ask(self, question: dict[str, Any]) -> None:
        """Put up what the page asks or says."""
        with self._lock:
            self._question = question if question["wants_answer"] else None
            if self._viewer:
                self._viewer.put(words=question)

    def mention(self, text: str) -> None:
        """Show a sentence that passes."""
        with self._lock:
            if self._viewer:
                self._viewer.put(words={"event": "mention", "text": text})

    def taken(self) -> list[PersonInput]:
        """Take what the person has done since; of moves in a row only the last one."""
        acts: list[PersonInput] = []
        with suppress(queue.Empty):
            while True:
                act = self._inputs.get_nowait()
                if acts and _is_move(acts[-1]) and _is_move(act):
                    acts.pop()
                acts.append(act)
        return acts

    def answer(self) -> Answered | None:
        """Take the answer to what was asked; all else that was done meanwhile is nothing."""
        answers = [act for act in self.taken() if isinstance(act, Answered)]
        if answers:
            self._question = None
        return answers[-1] if answers else None

    def somebody_joined(self) -> bool:
        """Whether somebody came to look since this was last asked."""
        with self._lock:
            joined, self._joined = self._joined, False
        return joined

    # The server's event loop

    def join(self, viewer: Viewer) -> None:
        """Let `viewer` look on; who looked before is sent away."""
        with self._lock:
            if self._viewer:
                self._viewer.replaced = True
                self._viewer.put()
            self._viewer, self._joined = viewer, True
            viewer.put(frame=self._frame, words=self._state())
            if self._question:
                viewer.put(words=self._question)

    def leave(self, viewer: Viewer) -> None:
        """The page was closed, or its line broke."""
        with self._lock:
            if self._viewer is viewer:
                self._viewer, self._alone_since = None, time.monotonic()

    def take(self, act: PersonInput) -> None:
        """Note what the person did; a flood is cut off."""
        if self._inputs.qsize() < _MOST_INPUTS:
            self._inputs.put(act)

    def _state(self) -> dict[str, Any]:
        return {
            "event": "state",
            "title": self.title,
            "phase": self.phase,
            "text": self.text,
            "seconds_left": round(self.seconds_left),
        }


def _is_move(act: PersonInput) -> bool:
    return isinstance(act, Pointer) and act.does == "move"
